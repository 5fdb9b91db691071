"""Pages for people: Jinja templates on GOV.UK Frontend's components, in English and Welsh.

This is not a government site and must not look like a forged one: no crown, no "GOV.UK", no GDS
Transport; name and colours come from the settings.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
)
from jinja2.utils import missing
from markupsafe import Markup
from pydantic import RootModel
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serving.documents import Document, DocumentError, Problem, read_document
from serving.seen import seen
from serving.settings import Theme

Language = Literal["en", "cy"]
LANGUAGES: tuple[Language, ...] = ("en", "cy")
LANGUAGE_COOKIE = "lang"
STATIC = Path(__file__).parent / "static"
_HERE = Path(__file__).parent
_YEAR = 365 * 24 * 3600


class Catalogue(RootModel[dict[str, Any]]):
    """A file of texts; nested keys are joined by dots."""


class Pages:
    """Renders a service's templates: `<directory>/*.html` with the texts of `<directory>/en.yaml` and
    `cy.yaml`.
    """

    def __init__(self, theme: Theme, *directories: Path, secure: bool = True, demo: bool = False) -> None:
        self.theme = theme
        self._secure = secure
        self._texts = _load_texts([_HERE / "locales", *directories])
        self._environment = _environment([*directories, _HERE / "templates"])
        self._environment.globals["asset"] = _Assets(STATIC)
        self._environment.globals["demo"] = demo  # no page of a demonstration may pass for a real one

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """A page in the reader's language; `?lang=` chooses it and is remembered."""
        language = self.language(request)
        html = self._environment.get_template(template).render(self._context(request, language) | context)
        response = HTMLResponse(html, status_code=status, headers=dict(headers or {}))
        response.headers["content-language"] = language
        response.headers["vary"] = "Cookie, Accept-Language"
        self._remember(request, response)
        return response

    def render_file(self, template: str, language: Language, **context: Any) -> str:
        """A page that is the same for every reader, to be written to a file: there is no request."""
        return self._environment.get_template(template).render(self._words(language) | context)

    def language(self, request: Request) -> Language:
        """The reader's language: the address says it, else the cookie, else what the browser prefers."""
        chosen = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
        for language in (*chosen, *_preferred(request.headers.get("accept-language", ""))):
            if language in LANGUAGES:
                return "cy" if language == "cy" else "en"
        return "en"

    def text(self, language: Language, key: str, **values: object) -> str:
        """One text of the catalogue; raises KeyError if there is none. Keys that end in `_html` hold
        markup.
        """
        text = self._texts[language][key]
        if key.endswith("_html"):
            values = {name: _finalized(value) for name, value in values.items()}
            return Markup(text).format(**values)  # noqa: S704 - our own catalogue; values are escaped
        return text.format(**values) if values else text

    def has_text(self, key: str) -> bool:
        return key in self._texts["en"]

    def theme_css(self) -> str:
        """The theme's colours as CSS custom properties."""
        accent, on_accent = self.theme.accent, self.theme.on_accent
        return f":root{{--pdx-accent:{accent};--pdx-on-accent:{on_accent};--govuk-brand-colour:{accent}}}"

    def _context(self, request: Request, language: Language) -> dict[str, Any]:
        links = [(code, _with_language(request, code)) for code in LANGUAGES]
        return self._words(language) | {"language_links": links}

    def _words(self, language: Language) -> dict[str, Any]:
        def t(key: str, **values: object) -> str:
            return self.text(language, key, **values)

        return {
            "t": t,
            "lang": language,
            "theme": self.theme,
            "theme_version": _digest(self.theme_css().encode()),
            "site_name": self.theme.name[language],
        }

    def _remember(self, request: Request, response: Response) -> None:
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE,
                self.language(request),
                max_age=_YEAR,
                httponly=True,
                samesite="lax",
                secure=self._secure,
            )


class _Assets:
    """The address of a static file, which changes when its content does, so that it may be cached for
    ever.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        if name not in self._known:
            file = self._directory / name
            version = _digest(file.read_bytes()) if file.is_file() else "missing"
            self._known[name] = f"/static/{name}?v={version}"
        return self._known[name]


def _environment(directories: Sequence[Path]) -> Environment:
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(directories), govuk]),
        autoescape=True,
        finalize=_finalized,
        auto_reload=False,  # an update of the program must not change pages under a process that runs
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=_Undefined,
    )


def _finalized(value: Any) -> Any:
    """What an expression of a template gives; somebody else's words are plain text, and markup is ours."""
    return seen(value) if type(value) is str else value


class _Undefined(ChainableUndefined):
    """A name that nobody gave can't be printed; parts of what was given may be absent, as the components
    expect.
    """

    def __str__(self) -> str:
        if self._undefined_obj is missing:
            self._fail_with_undefined_error()
        return ""


def _load_texts(directories: Sequence[Path]) -> dict[Language, dict[str, str]]:
    texts: dict[Language, dict[str, str]] = {"en": {}, "cy": {}}
    problems: list[Problem] = []
    for directory in directories:
        if not (directory / "en.yaml").exists():
            continue
        documents = {code: read_document(directory / f"{code}.yaml", Catalogue) for code in LANGUAGES}
        flat = {code: dict(_flatten(documents[code].value.root)) for code in LANGUAGES}
        for code in LANGUAGES:
            every = flat["en"].keys() | flat["cy"].keys()
            problems += _missing(documents[code], every - flat[code].keys())
            texts[code] |= flat[code]
    if problems:
        raise DocumentError(problems)
    return texts


def _missing(document: Document[Catalogue], keys: set[str]) -> Iterator[Problem]:
    for key in sorted(keys):
        yield document.problem(tuple(key.split(".")), f'"{key}" is missing; the other language has it')


def _flatten(texts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


def _preferred(header: str) -> Iterator[str]:
    """The primary language tags of Accept-Language (RFC 9110 §12.5.4) in the order given."""
    for part in header[:200].split(","):
        yield part.split(";")[0].strip().lower()[:2]


def _with_language(request: Request, language: str) -> str:
    query = [(name, value) for name, value in parse_qsl(request.url.query) if name != "lang"]
    return "?" + urlencode([*query, ("lang", language)])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
