"""What the office is configured with: `office.yaml`."""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from authority.member import MemberId
from serving.database import parse_url, resolve_url
from serving.documents import load_document
from serving.limits import LimitSettings, Rate
from serving.settings import BaseUrl, ServiceSettings


class Limits(LimitSettings):
    """How often one address may do what."""

    enrolment: Rate | None = "60/minute"  # certification requests: servers that join or renew


class OfficeSettings(ServiceSettings):
    """The office's part: which authority it is of, and where what is public is found.

    It knows the authority's database, but none of its keys: `keystore` holds only what seals cookies.
    """

    authority: MemberId = "authority"  # `id` in authority.yaml
    network: BaseUrl = Field(examples=["https://network.example.gov.uk"])
    root_certificate: Path
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


def load_office_settings(path: Path) -> OfficeSettings:
    """Reads a settings file; its relative paths start at its own directory. Raises DocumentError."""
    settings, home = load_document(path, OfficeSettings), path.absolute().parent
    changes: dict[str, Any] = {
        "keystore": home / settings.keystore,
        "root_certificate": home / settings.root_certificate,
        "database": resolve_url(home, settings.database_url),
    }
    return settings.model_copy(update=changes)
