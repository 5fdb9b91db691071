"""What the office is configured with: `office.yaml`."""

from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, Field, model_validator

from authority.member import MemberId
from authority.people.email import SmtpSettings
from serving.database import parse_url, resolve_url
from serving.documents import load_document
from serving.errors import OperatorError
from serving.limits import LimitSettings, Rate
from serving.settings import LOCAL_HOSTS, BaseUrl, ServiceSettings
from serving.sign_in.settings import ProviderSettings, secret_problem

ModelT = TypeVar("ModelT", bound=BaseModel)


class Limits(LimitSettings):
    """How often one address may do what. A whole department can stand behind one: be generous."""

    sign_in: Rate | None = "120/minute"  # there and back: two for each person
    invite: Rate | None = "30/minute"  # each sends a letter
    apply: Rate | None = "30/hour"  # each holds a short name
    enrolment: Rate | None = "60/minute"  # certification requests: servers that join or renew
    make_link: Rate | None = "30/minute"  # enrolment links
    propose: Rate | None = "240/minute"  # each step of a proposal that is saved or sent, and adoptions


class OfficeSettings(ServiceSettings):
    """The office's part: which authority it is of, and where what is public is found.

    It knows the authority's database, but none of its keys: `keystore` holds only what seals cookies.
    """

    authority: MemberId = "authority"  # `id` in authority.yaml
    network: BaseUrl = Field(examples=["https://network.example.gov.uk"])
    root_certificate: Path
    sign_in: ProviderSettings | None = Field(default=None, alias="oidc")
    smtp: SmtpSettings | None = None
    confirm_decisions: bool = False  # reviewers sign in for each: what `reviewers` in authority.yaml needs
    limits: Limits = Limits()

    @property
    def database_url(self) -> str:
        return self.database or ""

    @model_validator(mode="after")
    def _has_a_database(self) -> Self:
        if not self.database:
            raise ValueError("database is missing; write the one that the authority has")
        parse_url(self.database)
        return self

    @model_validator(mode="after")
    def _can_confirm(self) -> Self:
        if self.confirm_decisions and self.sign_in is None:
            raise ValueError("confirm_decisions needs oidc: reviewers sign in for each decision")
        return self

    @model_validator(mode="after")
    def _sends_letters_safely(self) -> Self:
        smtp = self.smtp
        if smtp and smtp.security == "none" and smtp.server not in LOCAL_HOSTS:
            raise ValueError("smtp.security: none is for a server on localhost; an invitation is a key")
        return self


def load_office_settings(path: Path) -> OfficeSettings:
    """Reads a settings file; its relative paths start at its own directory. Raises DocumentError."""
    settings, home = load_document(path, OfficeSettings), path.absolute().parent
    changes: dict[str, Any] = {
        "keystore": home / settings.keystore,
        "root_certificate": home / settings.root_certificate,
        "database": resolve_url(home, settings.database_url),
    }
    if settings.sign_in:
        changes["sign_in"] = _beside(home, settings.sign_in, "client_secret_file")
    if settings.smtp:
        changes["smtp"] = _beside(home, settings.smtp, "password_file", "ca_bundle")
    return settings.model_copy(update=changes)


def check_secrets(settings: OfficeSettings) -> None:
    """Raises OperatorError for a client secret that can't be read: only the service itself needs it."""
    file = settings.sign_in.client_secret_file if settings.sign_in else None
    problem = secret_problem(file) if file else ""
    if problem:
        raise OperatorError(f"oidc.client_secret_file: {problem}")


def _beside(home: Path, part: ModelT, *names: str) -> ModelT:
    paths = {name: getattr(part, name) for name in names}
    return part.model_copy(update={name: home / path for name, path in paths.items() if path})
