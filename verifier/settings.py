"""What an installation is told by its one settings file (YAML), frozen. Relative paths start at that file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from serving.database import resolve_url
from serving.documents import load_document
from serving.limits import LimitSettings, Rate
from serving.settings import LOCAL_HOSTS, Model, Text
from serving.settings import ServiceSettings as ServingSettings

WebAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s#?]+$", max_length=512)]
ServiceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
OrganisationId = Annotated[str, StringConstraints(pattern=r"^PDXGB-[a-z0-9]+(-[a-z0-9]+)*$")]
Sha256Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RESERVED = frozenset({"api", "oid4vp", "health", "static", "assets", "openapi", "docs"})


class Network(Model):
    """Whom this installation trusts. Without a trust list only `additional_anchors` are trusted."""

    root_certificates: tuple[Path, ...] = Field(examples=[["network/root.pem"]], min_length=1)
    trust_list: WebAddress | None = Field(default=None, examples=["https://authority.example/trust-list.jwt"])
    office: WebAddress | None = Field(default=None, examples=["https://office.authority.example"])
    renewal_seconds: int = Field(default=600, ge=1)
    refresh_seconds: int = Field(default=300, ge=1)
    additional_anchors: tuple[Path, ...] = ()


class Wallet(Model):
    """A wallet offered besides those of the trust list."""

    name: Text
    url: str = Field(
        pattern=r"^[a-z][a-z0-9+.-]*:", max_length=512, examples=["https://wallet.example/present"]
    )


class ApiKey(Model):
    """One caller's key; only its SHA-256 stands here (`pdx verifier api-key` makes both)."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    sha256: Sha256Hex


class AskedQuestion(Model):
    """A question file and the registration certificate that approved it."""

    file: Path = Field(examples=["questions/blue-badge-england.yaml"])
    registration: Path | None = Field(default=None, examples=["registrations/blue-badge-england.jwt"])
    unsafe_unchecked: bool = Field(
        default=False, description="asks without looking whether it may: to show what wallets refuse"
    )


class ServiceSettings(Model):
    """One service. Its keystore (the directory of its name) is its own: what it seals opens for no other.

    `registered` is a directory that the running server keeps: what the network registered for the service.
    """

    organisation_id: OrganisationId = Field(examples=["PDXGB-blue-badge-england"])
    name: Text
    questions: tuple[AskedQuestion, ...] = ()
    registered: Path | None = None
    next_steps: Text | None = None
    other_ways: Text | None = None
    api_keys: tuple[ApiKey, ...] = ()
    return_urls: tuple[WebAddress, ...] = ()

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.questions and self.registered is None:
            raise ValueError("questions is missing; list at least one")
        return self


class Lifetimes(Model):
    """How long things last, in seconds, and how often they may go wrong."""

    link_seconds: int = Field(default=600, ge=30, le=3600)
    qr_seconds: int = Field(default=300, ge=30, le=3600)
    return_seconds: int = Field(default=300, ge=10, le=3600)
    confirm_seconds: int = Field(default=300, ge=10, le=3600)
    answer_page_seconds: int = Field(default=1800, ge=60, le=86_400)
    wrong_responses: int = Field(default=10, ge=1, le=100)
    wrong_codes: int = Field(default=5, ge=1, le=5)
    key_binding_seconds: int = Field(default=300, ge=30, le=3600)
    clock_leeway_seconds: int = Field(default=60, ge=0, le=300)


class Limits(LimitSettings):
    """How often one address may ask. A whole mobile network can stand behind one address: be generous."""

    start: Rate | None = "120/minute"  # two rows and two keys each
    confirm: Rate | None = "120/minute"
    request: Rate | None = "600/minute"  # a signature each
    response: Rate | None = "300/minute"
    api: Rate | None = "1200/minute"


class Settings(ServingSettings):
    """The whole installation; `keystore` is the directory in which each service has one."""

    database: str = Field(examples=["sqlite:///verifier.sqlite", "postgresql://user@host/verifier"])
    network: Network
    request_uri_method: Literal["get", "post"] = "get"
    wallet_endpoint: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9+.-]*:", max_length=512)
    wallets: tuple[Wallet, ...] = ()
    lifetimes: Lifetimes = Lifetimes()
    limits: Limits = Limits()
    services: Mapping[ServiceId, ServiceSettings] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_and_addresses(self) -> Self:
        if taken := sorted(RESERVED & set(self.services)):
            raise ValueError(f"a service can't be called {taken[0]}: that is an address of the program")
        if not all(self._may_return_to(url) for one in self.services.values() for url in one.return_urls):
            raise ValueError("return_urls must be https, except on localhost with demo: true")
        if any(one.registered for one in self.services.values()) and self.network.office is None:
            raise ValueError("registered needs network.office, from which new questions come")
        unchecked = [
            one for service in self.services.values() for one in service.questions if one.unsafe_unchecked
        ]
        if unchecked and not self.demo:
            raise ValueError("unsafe_unchecked is for a demonstration: demo: true")
        return self

    def _may_return_to(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme == "https" or (self.demo and parts.hostname in LOCAL_HOSTS)


def host_of(url: str) -> str:
    """The host name of a web address, in lower case."""
    return urlsplit(url).hostname or ""


def load_settings(path: Path) -> Settings:
    """Reads the settings file; raises DocumentError. Relative paths in it become absolute."""
    return _rebase(load_document(path, Settings), path.resolve().parent)


def _rebase(settings: Settings, base: Path) -> Settings:
    network = settings.network
    anchored = network.model_copy(
        update={
            "root_certificates": tuple(base / one for one in network.root_certificates),
            "additional_anchors": tuple(base / one for one in network.additional_anchors),
        }
    )
    return settings.model_copy(
        update={
            "keystore": base / settings.keystore,
            "network": anchored,
            "services": {name: _rebase_service(one, base) for name, one in settings.services.items()},
            "database": resolve_url(base, settings.database),
        }
    )


def _rebase_service(service: ServiceSettings, base: Path) -> ServiceSettings:
    questions = tuple(_rebase_question(one, base) for one in service.questions)
    registered = base / service.registered if service.registered else None
    return service.model_copy(update={"questions": questions, "registered": registered})


def _rebase_question(asked: AskedQuestion, base: Path) -> AskedQuestion:
    registration = base / asked.registration if asked.registration else None
    return asked.model_copy(update={"file": base / asked.file, "registration": registration})
