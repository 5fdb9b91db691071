"""The register's pages: each is one document in one language, the same for every reader.

They are plain files, good under any static web server and any prefix: every link inside is relative, style
and script lie beside them, and the policy that keeps other scripts out is in the page itself.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from authority.public_register import addresses
from authority.settings import AuthoritySettings
from protocol.registration.public_register import DIRECTORY, Language
from serving.pages import STATIC, Pages
from serving.settings import Theme

HERE: Final = Path(__file__).parent
#: What a browser may do on these pages, whatever the web server says (CSP Level 3 §3.3; frame-ancestors is of
#: no effect here, so docs/register.md names the headers that a server should add).
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_LONDON: Final = ZoneInfo("Europe/London")
_LINKED: Final = {"https", "http", "mailto", "tel"}
_OWN = ("register.css", "register.js")
_LOOK = ("app.css", "icon.svg")


class Screen:
    """Renders documents; `edition` changes whenever the same document would make another page."""

    def __init__(self, settings: AuthoritySettings) -> None:
        theme = Theme(name=settings.name)
        self._pages = Pages(theme, HERE / "templates", demo=settings.demo)
        self._base_url = settings.base_url
        self._is_demo = settings.demo
        self.assets = dict(_assets())
        self._versions = {name: _digest(data) for name, data in self.assets.items()}
        self.edition = _digest(_sources() + repr((settings.model_dump(), self._versions)).encode())

    def page(self, template: str, language: Language, *, path: str, other: str, **context: Any) -> bytes:
        """A page that will stand at `path`; `other` is the same page in the other language."""
        root = addresses.up(path)

        def link(to: str) -> str:
            return root + to.removeprefix(f"{DIRECTORY}/")

        def asset(name: str) -> str | None:
            version = self._versions.get(name)
            return f"{link(addresses.asset_path(name))}?v={version}" if version else None

        words = {"say": lambda texts: _shown(texts[language]), "day": lambda at: self._day(language, at)}
        around = {
            "at": addresses,
            "link": link,
            "register_asset": asset,
            "policy": POLICY,
            "address": f"{self._base_url}/{path}",
            "alternates": {language: path, _other(language): other},
            "base_url": self._base_url,
            "is_demo": self._is_demo,
            "shown": _shown,
            "is_linked": is_linked,
            **words,
        }
        return self._pages.render_file(template, language, **around, **context).encode()

    def _day(self, language: Language, at: str) -> str:
        """A day as people write it, in London; `at` is ISO 8601, a moment or a date."""
        moment = datetime.fromisoformat(at.replace("Z", "+00:00"))
        local = moment.astimezone(_LONDON) if moment.tzinfo else moment.replace(tzinfo=UTC)
        month = self._pages.text(language, "register.months").split()[local.month - 1]
        return f"{local.day} {month} {local.year}"


def is_linked(address: str) -> bool:
    """Whether a member's address may become a link: to the web, mail or telephone, never a script."""
    return urlsplit(address).scheme in _LINKED


def _shown(text: str) -> str:
    """Another party's text: what can't be seen shows as a sign, and nothing turns the text around it."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(one if one.isprintable() else "\ufffd" for one in line)


def _other(language: Language) -> Language:
    return "en" if language == "cy" else "cy"


def _assets() -> Iterator[tuple[str, bytes]]:
    for name in _OWN:
        yield name, (HERE / "assets" / name).read_bytes()
    for name in _LOOK:  # not built yet: pages work without their look
        if (STATIC / name).is_file():
            yield name, (STATIC / name).read_bytes()


def _sources() -> bytes:
    files = sorted(path for path in HERE.rglob("*") if path.suffix in {".py", ".html", ".yaml", ".json"})
    return b"".join(path.read_bytes() for path in files)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
