"""What a department's service is configured with."""

from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from serving.database import parse_url, resolve_url
from serving.documents import Document, DocumentError, read_document
from serving.limits import LimitSettings, Rate
from serving.settings import BaseUrl, Model, ServiceSettings, Text
from serving.sign_in.settings import ProviderSettings, secret_problem

OrganisationId = Annotated[str, StringConstraints(pattern=r"^PDXGB-[a-z0-9]+(-[a-z0-9]+)*$")]

MAX_BEARER_SECONDS = 300  # OpenID4VCI 1.0 §13.9: longer-lived access tokens must be sender-constrained


def _is_url(text: str) -> bool:
    try:
        make_url(text)
    except (ArgumentError, ValueError):
        return False
    return True


class RegisterSettings(Model):
    """One register: a SQL database by URL, or a CSV file as one table of that name."""

    url: str | None = Field(default=None, examples=["postgresql://reader@register.internal/pip"])
    csv: Path | None = None
    table: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.url is None) == (self.csv is None):
            raise ValueError("write either url, or csv and table")
        if (self.csv is None) != (self.table is None):
            raise ValueError("csv needs the name of its table, and only csv has one")
        if self.url is not None and not _is_url(self.url):
            raise ValueError(
                "url can't be read; write, for example, postgresql://reader@register.internal/pip"
            )
        return self


class SignInSettings(ProviderSettings):
    """The OpenID provider at which staff sign in."""

    staff: tuple[str, ...] = Field(
        default=(),
        description="the subjects (`sub`) who may make offers; empty, in a demonstration only: everyone",
    )


class WalletSettings(Model):
    """A wallet that citizens may choose, with the https link that opens it to add a claim."""

    name: Text
    url: BaseUrl = Field(examples=["https://wallet.example.org"])


class Limits(LimitSettings):
    """How often one address may ask. A mobile network or a library can stand behind one: be generous."""

    offer: Rate | None = "600/minute"
    token: Rate | None = "300/minute"  # noqa: S105 - a rate
    nonce: Rate | None = "600/minute"
    credential: Rate | None = "600/minute"  # one for each claim of an offer; a batch of signatures each
    sign_in: Rate | None = "120/minute"  # there and back: two for each member of staff
    look_up: Rate | None = "300/minute"  # a query for each claim type


class NetworkSettings(Model):
    """The network: where certificates are renewed, and the root that they are verified under.

    `trust_list` says whether the name in a certificate is still the department's.
    """

    office: BaseUrl = Field(examples=["https://office.network.example.gov.uk"])
    root_certificate: Path
    trust_list: BaseUrl | None = None


class IssuerSettings(ServiceSettings):
    """A department's settings file."""

    organisation_id: OrganisationId = Field(examples=["PDXGB-dwp"])
    name: Text
    registers: dict[str, RegisterSettings] = Field(min_length=1)
    claims: Path
    sign_in: SignInSettings | None = Field(default=None, alias="oidc")
    wallets: tuple[WalletSettings, ...] = ()
    network: NetworkSettings | None = None
    limits: Limits = Limits()
    dpop_required: bool = True
    offer_seconds: int = Field(default=900, ge=60, le=86_400)
    token_seconds: int = Field(default=600, ge=60, le=3_600)
    nonce_seconds: int = Field(default=300, ge=30, le=900)
    status_list_size: int = Field(default=1 << 20, ge=64, le=1 << 20)
    status_seconds: int = Field(default=30, ge=1, le=3_600, description="how often revocations are published")
    status_ttl: int = Field(default=600, ge=10, le=86_400)
    status_lifetime: int = Field(default=86_400, ge=600, le=30 * 86_400)

    @property
    def owner(self) -> str:
        """The department's short name, as in its claim types."""
        return self.organisation_id.removeprefix("PDXGB-")

    @property
    def database_url(self) -> str:
        return self.database or ""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.database:
            raise ValueError("database is missing; write, for example, database: sqlite:///issuer.sqlite")
        parse_url(self.database)
        if not self.dpop_required and self.token_seconds > MAX_BEARER_SECONDS:
            raise ValueError(f"without DPoP token_seconds must be {MAX_BEARER_SECONDS} or less")
        if self.sign_in and not self.sign_in.staff and not self.demo:
            raise ValueError(
                "oidc.staff is empty: name who may make offers (everyone who can sign in: demo: true)"
            )
        if urlsplit(self.base_url).path:
            raise ValueError("base_url is the issuer's identifier: write it without a path")
        if self.status_ttl * 2 > self.status_lifetime:
            raise ValueError("status_lifetime must be at least twice status_ttl")
        return self


def load_settings(path: Path, *, to_serve: bool = False) -> IssuerSettings:
    """Reads a settings file; its relative paths start at its own directory. Raises DocumentError.

    `to_serve` looks also at the file that only the service reads: the client secret.
    """
    document = read_document(path, IssuerSettings)
    settings, home = document.value, path.absolute().parent
    changes: dict[str, Any] = {
        "keystore": home / settings.keystore,
        "claims": home / settings.claims,
        "registers": {name: _register(home, register) for name, register in settings.registers.items()},
        "database": resolve_url(home, settings.database_url),
    }
    if settings.network:
        root = home / settings.network.root_certificate
        changes["network"] = settings.network.model_copy(update={"root_certificate": root})
    if settings.sign_in and settings.sign_in.client_secret_file:
        secret = home / settings.sign_in.client_secret_file
        changes["sign_in"] = settings.sign_in.model_copy(update={"client_secret_file": secret})
    _check_paths(document, changes)
    if to_serve:
        _check_client_secret(document, changes.get("sign_in"))
    return settings.model_copy(update=changes)


def _register(home: Path, register: RegisterSettings) -> RegisterSettings:
    csv = home / register.csv if register.csv else None
    url = resolve_url(home, register.url) if register.url else None
    return register.model_copy(update={"csv": csv, "url": url})


def _check_paths(document: Document[IssuerSettings], changes: dict[str, Any]) -> None:
    if not changes["claims"].is_dir():
        raise DocumentError([document.problem(("claims",), "there is no such directory")])


def _check_client_secret(document: Document[IssuerSettings], sign_in: SignInSettings | None) -> None:
    file = sign_in.client_secret_file if sign_in else None
    problem = secret_problem(file) if file else ""
    if problem:
        raise DocumentError([document.problem(("oidc", "client_secret_file"), problem)])
