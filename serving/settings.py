"""What every service is configured with: one frozen object, read from a file, made once, passed in.

What is unsafe outside a demonstration refuses to start unless the file says `demo: true`.
"""

import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_COLOUR = r"^#[0-9a-f]{6}$"


class Model(BaseModel):
    """A part of a settings file: frozen, and no key in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Model):
    """A text in English and Welsh."""

    en: str = Field(min_length=1)
    cy: str = Field(min_length=1)

    def __getitem__(self, language: str) -> str:
        return self.cy if language == "cy" else self.en


class Theme(Model):
    """How the pages look: a name and two colours, never those of GOV.UK."""

    name: Text = Text(en="Personal Data Exchange", cy="Cyfnewid Data Personol")
    accent: str = Field(default="#4c2c92", pattern=_COLOUR, examples=["#4c2c92"])
    on_accent: str = Field(default="#ffffff", pattern=_COLOUR, examples=["#ffffff"])

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        if contrast(self.accent, self.on_accent) < 4.5:
            raise ValueError("accent and on_accent need a contrast of 4.5 or more (WCAG 2.2 1.4.3)")
        return self


class Tls(Model):
    """The files of a server that speaks https itself (a proxy in front does it otherwise)."""

    certificate: Path
    key: Path


class Outgoing(Model):
    """Which addresses the service may fetch from."""

    allow_private: bool = False
    ca_bundle: Path | None = None


def _is_base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("write an address such as https://claims.example.gov.uk")
    if parts.query or parts.fragment or "@" in parts.netloc or value.endswith("/"):
        raise ValueError("write it without user, query, fragment and closing slash")
    if not re.fullmatch(r"[a-z0-9.:/\[\]_~-]+", value):
        raise ValueError("write it in lower-case ASCII letters, digits and . - _ ~ only")
    return value


BaseUrl = Annotated[str, AfterValidator(_is_base_url)]


class ServiceSettings(Model):
    """The part that all services share; each adds its own keys in a subclass."""

    demo: bool = False
    base_url: BaseUrl = Field(examples=["https://claims.example.gov.uk"])
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    database: str | None = Field(default=None, examples=["sqlite:////var/lib/pdx/issuer.sqlite"])
    keystore: Path
    theme: Theme = Field(default_factory=Theme)
    tls: Tls | None = None
    outgoing: Outgoing = Field(default_factory=Outgoing)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the base URL."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if not self.is_https and not self.demo:
            raise ValueError("base_url must begin with https:// (http is for a demonstration: demo: true)")
        if not self.is_https and urlsplit(self.base_url).hostname not in LOCAL_HOSTS:
            raise ValueError("a base_url with http must be on localhost")
        if self.outgoing.allow_private and not self.demo:
            raise ValueError("outgoing.allow_private is for a demonstration: demo: true")
        return self


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (#rrggbb), after WCAG 2.2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
