"""What an authority is configured with: `authority.yaml` in its directory."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from authority.names import check_name
from authority.people.email import read_email
from serving.database import parse_url
from serving.settings import LOCAL_HOSTS, BaseUrl, Model, Text

DAY = 86_400
FILE = "authority.yaml"

MAX_DAYS = 36_500  # a century: later dates are somebody's mistake


class Lifetimes(Model):
    """How long what the authority signs is good for, in days."""

    root: int = Field(default=20 * 365, ge=1, le=MAX_DAYS)
    issuing: int = Field(default=10 * 365, ge=1, le=MAX_DAYS)
    own: int = Field(default=2 * 365, ge=1, le=MAX_DAYS)
    member: int = Field(default=365, ge=1, le=2 * 365)
    registration: int = Field(default=180, ge=1, le=366)  # ETSI TS 119 475 GEN-5.2.4-08: twelve months
    trust_list: int = Field(default=7, ge=1, le=183)
    trust_list_grace: int = Field(default=1, ge=0, le=7)  # on top, for who can't fetch the next one


class OperatorName(Text):
    """The operator's name in English and Welsh."""

    en: Annotated[str, AfterValidator(check_name)]
    cy: Annotated[str, AfterValidator(check_name)]


def _database(url: str) -> str:
    parse_url(url)
    return url


class ReviewerSettings(Model):
    """Who decides at the office, and where they sign in. Only who operates this machine edits it."""

    issuer: BaseUrl = Field(examples=["https://login.example.gov.uk"])
    client_id: str = Field(min_length=1)  # the office's
    addresses: frozenset[str] = frozenset()  # email addresses that the provider verified
    subjects: frozenset[str] = frozenset()  # the provider's names for people
    allow_private: bool = False  # the provider has an address of an inner network
    ca_bundle: Path | None = None  # who signed its certificate

    @property
    def is_local(self) -> bool:
        """Whether the provider is one for a demonstration, on this machine."""
        return self.issuer.startswith("http://")

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not self.addresses | self.subjects:
            raise ValueError("name the reviewers by addresses or subjects")
        wrong = [one for one in self.addresses if read_email(one) != one]
        if wrong:
            raise ValueError("an address is written in small letters, as name@example.org")
        return self


class AuthoritySettings(Model):
    """Who runs the network, and where its public files are found."""

    demo: bool = False
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)] = "authority"
    name: OperatorName
    base_url: BaseUrl = Field(examples=["https://network.example.gov.uk"])
    office: BaseUrl | None = Field(default=None, examples=["https://office.network.example.gov.uk"])
    database: Annotated[str, AfterValidator(_database)] | None = Field(
        default=None, examples=["postgresql://authority@localhost/authority"]
    )
    reviewers: ReviewerSettings | None = None
    lifetimes: Lifetimes = Field(default_factory=Lifetimes)

    @property
    def organisation_id(self) -> str:
        return f"PDXGB-{self.id}"

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.base_url.startswith("https://"):
            return self
        if not self.demo:
            raise ValueError("base_url must begin with https:// (http is for a demonstration: demo: true)")
        if urlsplit(self.base_url).hostname not in LOCAL_HOSTS:
            raise ValueError("a base_url with http must be on localhost")
        return self

    @model_validator(mode="after")
    def _asks_a_safe_provider(self) -> Self:
        is_safe = self.reviewers is None or not self.reviewers.is_local
        if not is_safe and not self.demo:
            raise ValueError("reviewers.issuer must begin with https:// (http is for a demonstration)")
        return self

    @model_validator(mode="after")
    def _name_fits_a_certificate(self) -> Self:
        if len(self.name.en) > 64:
            raise ValueError("name.en must have at most 64 characters: it stands in certificates")
        return self


def settings_path(directory: Path) -> Path:
    return directory / FILE
