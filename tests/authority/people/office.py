"""An office for tests: the real application over an in-process network, and browsers of people."""

import io
import re
from pathlib import Path
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives.serialization import Encoding

from authority.actors import Actor, Role
from authority.office.app import build_office
from authority.office.deps import LOG_FIELDS, Deps, create_deps
from authority.office.settings import OfficeSettings
from authority.people.sessions import SignedIn, begin_session, use_session
from authority.people.store import add_roles
from serving.clock import FixedClock
from serving.keystore import FileKeystore
from serving.logs import EventLog
from tests.network import InProcessNetwork
from tests.protocol.authority_for_tests import NOW, Authority

URL = "http://localhost:8405"
HTML = {"accept": "text/html"}
PROVIDER = {"issuer": "http://localhost:9", "client_id": "office"}
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def claims(name: str, **changes: Any) -> dict[str, Any]:
    """What the provider proves of a person."""
    told = {"sub": name, "name": name.title(), "email": f"{name}@example.org", "email_verified": True}
    return {**told, **changes}


class Office:
    """One office; enter it to start the application."""

    def __init__(self, directory: Path, *, database: str, **changes: Any) -> None:
        self.clock = FixedClock(NOW)
        self.printed = io.StringIO()
        self.network = InProcessNetwork()
        root = directory / "root.pem"
        root.write_bytes(Authority().root.public_bytes(Encoding.PEM))
        FileKeystore(directory / "office-keys").create_secret()
        values = {
            "demo": True,
            "base_url": URL,
            "network": "http://localhost:8400",
            "root_certificate": root,
            "database": database,
            "keystore": directory / "office-keys",
            "oidc": PROVIDER,
        }
        self.settings = OfficeSettings.model_validate({**values, **changes})
        self.deps: Deps

    def __enter__(self) -> Self:
        self.network.__enter__()
        log = EventLog(self.printed, clock=self.clock, strict=True, fields=LOG_FIELDS)
        self.deps = create_deps(self.settings, {}, clock=self.clock, log=log)
        self.network.mount(URL, build_office(self.deps))
        return self

    def __exit__(self, *_: object) -> None:
        self.network.__exit__()
        self.deps.database.close()

    # --- people

    def person(self, name: str, **changes: Any) -> SignedIn:
        """Somebody who has signed in."""
        found = use_session(self.deps, begin_session(self.deps, claims(name, **changes)))
        assert found
        return found

    def actor(self, name: str, organisation_id: str, *roles: Role) -> Actor:
        """Somebody with roles, which the database has, too."""
        person = self.person(name)
        with self.deps.database.unit() as session:
            add_roles(session, person.id, organisation_id, roles)
            session.commit()
        return Actor(person.id, organisation_id, frozenset(roles))

    def browser(self, name: str, **changes: Any) -> "Browser":
        client = self.network.client(base_url=URL)
        client.cookies.set("pdx_office", begin_session(self.deps, claims(name, **changes)))
        return Browser(client)


class Browser:
    """A person's browser: what it posts carries the mark of its session."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers=HTML)

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        mark = CSRF.search(self.get("/").text)
        assert mark
        return self.client.post(path, data={"csrf": mark[1], **(data or {})}, headers={**HTML, **headers})
