"""What the office works with: made once in `app.py` or in a test, passed in, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from cryptography import x509
from fastapi import Depends, Request

from authority.office.settings import OfficeSettings, check_secrets
from authority.people.email import Mailer
from serving.certificates import read_certificate
from serving.clock import Clock, SystemClock
from serving.database import Database, migrate
from serving.keystore import FileKeystore, Keystore, read_passphrase
from serving.logs import EventLog
from serving.randomness import Random, SystemRandom

LOG_FIELDS = ("organisation", "person")  # ids


@dataclass(frozen=True)
class Deps:
    """The office, put together."""

    settings: OfficeSettings
    root: x509.Certificate
    database: Database
    keystore: Keystore
    clock: Clock
    random: Random
    log: EventLog
    mailer: Mailer | None

    def url(self, path: str) -> str:
        """The address of a path of the office."""
        return self.settings.base_url + path


def create_deps(
    settings: OfficeSettings,
    environment: Mapping[str, str],
    *,
    clock: Clock | None = None,
    random: Random | None = None,
    log: EventLog | None = None,
) -> Deps:
    """Opens the database and brings its tables up to date; raises OperatorError with what to mend."""
    check_secrets(settings)
    clock = clock or SystemClock()
    database = Database(settings.database_url)
    migrate(database, "authority")
    return Deps(
        settings=settings,
        root=read_certificate(settings.root_certificate),
        database=database,
        keystore=FileKeystore(settings.keystore, passphrase=read_passphrase(dict(environment))),
        clock=clock,
        random=random or SystemRandom(),
        log=log or EventLog(clock=clock, fields=LOG_FIELDS),
        mailer=Mailer(settings.smtp) if settings.smtp else None,
    )


def deps_of(request: Request) -> Deps:
    """The office's dependencies, as `create_app` was given them."""
    deps = request.app.state.deps
    assert isinstance(deps, Deps)
    return deps


Injected = Annotated[Deps, Depends(deps_of)]
