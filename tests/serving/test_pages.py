import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request
from starlette.responses import Response

from serving.documents import DocumentError
from serving.pages import STATIC, Pages
from serving.settings import Text, Theme

WEB = Path(__file__).parents[2] / "serving" / "web"
TEMPLATE = """\
{% extends "layout.html" %}
{% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}
{% block title %}{{ t("offer.title") }}{% endblock %}
{% block content %}<h1>{{ t("offer.hello", name=name) }}</h1>{{ t("offer.help_html", name=name) }}
{{ govukButton({"text": t("offer.go"), "preventDoubleClick": true}) }}{% endblock %}
"""
ENGLISH = """\
offer:
  title: Your claim
  hello: "Hello {name}"
  go: Go on
  help_html: "<b>{name}</b>"
"""
WELSH = """\
offer:
  title: Eich hawliad
  hello: "Helo {name}"
  go: Ymlaen
  help_html: "<i>{name}</i>"
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "offer.html").write_text(TEMPLATE)
    (tmp_path / "en.yaml").write_text(ENGLISH)
    (tmp_path / "cy.yaml").write_text(WELSH)
    return tmp_path


@pytest.fixture
def pages(directory: Path) -> Pages:
    return Pages(Theme(), directory)


def request(query: str = "", **headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/offer",
            "query_string": query.encode(),
            "headers": sent,
            "server": ("claims.example", 443),
            "scheme": "https",
        }
    )


def html(response: Response) -> str:
    return bytes(response.body).decode()


def test_a_page_of_a_service(pages: Pages) -> None:
    text = html(pages.render(request(), "offer.html", name="O'Brien <x>"))
    assert "<title>Your claim – Personal Data Exchange</title>" in text
    assert "<h1>Hello O&#39;Brien &lt;x&gt;</h1><b>O&#39;Brien &lt;x&gt;</b>" in text
    assert 'class="govuk-button"' in text


def test_nobody_s_words_are_hidden_or_turn_a_page_around(pages: Pages) -> None:
    text = html(pages.render(request(), "offer.html", name="O\u202eB\u200bri\u00aden\x07\n\u00a0<x>"))
    shown = "O\ufffdB\ufffdri\ufffden\ufffd\n\u00a0&lt;x&gt;"
    assert f"<h1>Hello {shown}</h1><b>{shown}</b>" in text
    joined = "ab\u200dc"  # spells a name, in scripts that need it
    assert joined in html(pages.render(request(), "offer.html", name=joined))


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ("", {}, "en"),
        ("lang=cy", {}, "cy"),
        ("lang=fr", {}, "en"),
        ("", {"cookie": "lang=cy"}, "cy"),
        ("lang=en", {"cookie": "lang=cy"}, "en"),
        ("", {"cookie": "lang=<script>"}, "en"),
        ("", {"accept_language": "cy-GB,cy;q=0.9,en;q=0.8"}, "cy"),
        ("", {"accept_language": "fr,cy"}, "cy"),
        ("", {"accept_language": "en-GB,cy"}, "en"),
        ("", {"accept_language": "cy", "cookie": "lang=en"}, "en"),
    ],
)
def test_the_language_is_the_readers(
    pages: Pages, query: str, headers: dict[str, str], language: str
) -> None:
    response = pages.render(request(query, **headers), "offer.html", name="x")
    assert f'<html lang="{language}"' in html(response)
    assert response.headers["content-language"] == language


def test_a_chosen_language_is_remembered(pages: Pages) -> None:
    cookie = pages.render(request("lang=cy"), "offer.html", name="x").headers["set-cookie"]
    assert cookie.startswith("lang=cy;")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"))
    assert "set-cookie" not in pages.render(request(), "offer.html", name="x").headers


def test_the_other_language_is_a_link_to_the_same_page(pages: Pages) -> None:
    text = html(pages.render(request("code=a%26b&lang=en"), "offer.html", name="x"))
    assert 'href="?code=a%26b&amp;lang=cy" hreflang="cy" lang="cy"' in text
    assert '<span aria-current="true">English</span>' in text


@pytest.mark.parametrize(("language", "file"), [("en", "cy.yaml"), ("cy", "en.yaml")])
def test_a_text_that_one_language_lacks_stops_the_start(directory: Path, language: str, file: str) -> None:
    with (directory / f"{language}.yaml").open("a") as stream:
        stream.write("  extra: x\n")
    with pytest.raises(DocumentError, match=rf'{file}:1: "offer\.extra" is missing'):
        Pages(Theme(), directory)


def test_a_demonstration_says_so_on_every_page(directory: Path) -> None:
    page = html(Pages(Theme(), directory, demo=True).render(request(), "offer.html", name="x"))
    assert "Demonstration with invented people" in page
    page = html(Pages(Theme(), directory).render(request(), "offer.html", name="x"))
    assert "Demonstration" not in page


def test_our_own_catalogues_have_the_same_keys() -> None:
    pages = Pages(Theme())
    assert pages.text("cy", "layout.skip") != pages.text("en", "layout.skip")


def test_an_unknown_text_is_a_mistake(pages: Pages) -> None:
    with pytest.raises(KeyError):
        pages.text("en", "offer.none")


def test_an_unknown_name_is_a_mistake(directory: Path) -> None:
    (directory / "bad.html").write_text("{{ nothing }}")
    with pytest.raises(UndefinedError):
        Pages(Theme(), directory).render(request(), "bad.html")


def test_the_theme_is_name_and_colours(directory: Path) -> None:
    theme = Theme(name=Text(en="Office", cy="Swyddfa"), accent="#003366", on_accent="#ffffff")
    pages = Pages(theme, directory)
    assert "--pdx-accent:#003366" in pages.theme_css()
    text = html(pages.render(request(), "offer.html", name="x"))
    assert re.search(r'href="/theme\.css\?v=[0-9a-f]{12}"', text)
    assert text.index("app.css") < text.index("theme.css")


def test_no_page_style_or_script_carries_a_mark_of_gov_uk() -> None:
    ours = Path(__file__).parents[2]
    files = [
        *(ours / "serving" / "templates").glob("*.html"),
        *(WEB / "src").iterdir(),
        *(path for part in ("issuer", "verifier", "wallet") for path in (ours / part).rglob("pages/*.html")),
    ]
    assert len(files) >= 6
    for path in files:
        text = path.read_text()
        assert not re.search(r"govukHeader|govukFooter|crest|nta\.svg|@font-face", text), path
        assert "govuk_frontend_jinja/template.html" not in text, path


@pytest.mark.skipif(not STATIC.is_dir(), reason="the pages' look is not built: make web")
def test_the_built_look_has_its_own_font_and_nothing_of_gov_uk() -> None:
    css, script = (STATIC / "app.css").read_text(), (STATIC / "app.js").read_text()
    assert not re.search(r"GDS Transport|@font-face|crown|crest|url\(", css, re.IGNORECASE)
    assert "GDS Transport" not in script
    assert set(re.findall(r"font-family:([^;}]*)", css)) == {
        'system-ui,-apple-system,"Segoe UI",arial,sans-serif',
        'ui-monospace,"Cascadia Mono",menlo,consolas,monospace',
        "sans-serif",
    }
    assert all(f".govuk-{name}" in css for name in ("button", "input", "error-summary", "summary-list"))


def test_the_lock_file_names_no_download_address() -> None:
    lock = (WEB / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"node_modules/govuk-frontend"' in lock
    assert '"version": "6.3.0"' in lock
