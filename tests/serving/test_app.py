import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, Form, Request
from pydantic import BaseModel

import protocol.errors
from protocol.errors import (
    BindingError,
    LocalError,
    MalformedError,
    OverAskingError,
    ProtocolError,
    SignatureError,
    StatusError,
    UnsatisfiedError,
    UntrustedError,
    ValidityError,
)
from serving.app import create_app
from serving.clock import FixedClock
from serving.errors import HTTP_CODES, PROTOCOL_STATUS, ApiError, from_protocol
from serving.logs import EventLog
from serving.pages import Pages
from serving.settings import ServiceSettings, Text, Theme
from tests.serving.asking import PAGE, ask, ask_raw, chunks

CANARY = "canary-O'Brien"
FORM = {"content-type": "application/x-www-form-urlencoded"}
RAISED = {
    "malformed": (MalformedError("a part is missing", code="missing_part"), 400),
    "signature": (SignatureError("the signature does not verify"), 400),
    "validity": (ValidityError("it has expired"), 400),
    "binding": (BindingError("for somebody else"), 400),
    "unsatisfied": (UnsatisfiedError("not all was shown"), 400),
    "untrusted": (UntrustedError("nobody vouches"), 403),
    "overasking": (OverAskingError("asks for more"), 403),
    "status": (StatusError("it was revoked"), 403),
    "local": (LocalError(f"our key {CANARY} is gone"), 500),
}

router = APIRouter()


class Body(BaseModel):
    number: int


@router.get("/raise/{name}")
def raise_protocol_error(name: str) -> None:
    raise RAISED[name][0]


@router.get("/crash/{ref}")
def crash(ref: str) -> None:
    raise ValueError(ref)


@router.get("/refuse")
def refuse() -> None:
    raise ApiError(410, "gone", "used already", headers={"retry-after": "5"})


@router.post("/form")
@router.post("/big/form")
@router.post("/token")
def form(number: Annotated[int, Form()]) -> dict[str, int]:
    return {"number": number}


@router.post("/json")
def json_body(body: Body) -> dict[str, int]:
    return {"number": body.number}


@router.post("/api/v1/thing")
def api(request: Request) -> dict[str, str]:
    return {"deps": request.app.state.deps}


@router.get("/page")
def page(request: Request) -> Any:
    texts = {"error_title": "T", "error_text": "x", "error_next": "n"}
    return request.app.state.pages.render(request, "error.html", **texts)


@router.get("/cached")
def cached() -> Any:
    from starlette.responses import PlainTextResponse

    return PlainTextResponse("x", headers={"cache-control": "public, max-age=60"})


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


def build(log: io.StringIO, **options: Any) -> FastAPI:
    settings = ServiceSettings(base_url="https://claims.example", keystore=Path("keys"))
    options = {"protocol_paths": ["/token", "/raise/"], "machine_paths": ["/api/"], **options}
    return create_app(
        title="Test",
        settings=settings,
        pages=Pages(Theme(name=Text(en="Claims office", cy="Swyddfa hawliadau"))),
        log=EventLog(log, clock=FixedClock(1), strict=True),
        deps="the deps",
        routers=[router],
        body_limits={"/big/": 200_000},
        **options,
    )


@pytest.fixture
def app(log: io.StringIO) -> FastAPI:
    return build(log)


# --- errors


@pytest.mark.parametrize("name", RAISED)
def test_each_protocol_error_has_its_status_and_code(app: FastAPI, name: str) -> None:
    error, status = RAISED[name]
    answer = ask(app, "GET", f"/raise/{name}")
    assert answer.status_code == status
    if status < 500:
        assert answer.json() == {"error": error.code, "error_description": str(error)}
    else:
        assert answer.json()["error"] == "server_error"
        assert CANARY not in answer.text


def test_every_protocol_error_has_a_status() -> None:
    kinds = [kind for kind in vars(protocol.errors).values() if isinstance(kind, type)]
    errors = [kind("text") for kind in kinds if issubclass(kind, ProtocolError)]
    assert len(errors) == len(PROTOCOL_STATUS) == 11
    for error in errors:
        assert 400 <= from_protocol(error).status < 600


def test_an_unhandled_error_tells_nothing(app: FastAPI, log: io.StringIO) -> None:
    answer = ask(app, "GET", f"/crash/{CANARY}")
    assert answer.status_code == 500
    assert answer.json()["error"] == "server_error"
    assert CANARY not in answer.text + log.getvalue()
    first = json.loads(log.getvalue().splitlines()[0])
    assert (first["event"], first["kind"]) == ("unhandled_error", "ValueError")
    assert "test_app.py:" in first["where"]
    assert answer.headers["x-request-id"] == first["request_id"]


@pytest.mark.parametrize(
    ("path", "status"), [("/form", 422), ("/json", 422), ("/token", 400)], ids=["form", "json", "protocol"]
)
def test_what_does_not_validate_is_not_echoed(app: FastAPI, path: str, status: int) -> None:
    request = {"json": {"number": CANARY}} if path == "/json" else {"data": {"number": CANARY}}
    answer = ask(app, "POST", path, **request)
    assert answer.status_code == status
    assert answer.json()["error"] == "invalid_request"
    assert CANARY not in answer.text


@pytest.mark.parametrize("content", [b"{", b'{"number": NaN}', b"\xff", b"[" * 10_000])
def test_broken_json_is_refused(app: FastAPI, content: bytes) -> None:
    answer = ask(app, "POST", "/json", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/nothing/{CANARY}", 404),
        ("DELETE", "/page", 405),
        ("GET", "/static/../../settings.py", 404),
        ("GET", "/page/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
    ],
)
def test_what_is_not_there(app: FastAPI, method: str, path: str, status: int) -> None:
    for headers in ({}, PAGE):
        answer = ask(app, method, path, headers=headers)
        assert answer.status_code == status
        assert CANARY not in answer.text
        assert ("<h1" in answer.text) is bool(headers)


def test_a_refusal_keeps_its_headers(app: FastAPI) -> None:
    answer = ask(app, "GET", "/refuse")
    assert (answer.status_code, answer.headers["retry-after"]) == (410, "5")
    assert answer.json() == {"error": "gone", "error_description": "used already"}


def test_a_person_gets_a_page_that_says_what_to_do(app: FastAPI) -> None:
    answer = ask(app, "GET", "/refuse", headers=PAGE)
    assert answer.headers["content-type"].startswith("text/html")
    assert "This is no longer here" in answer.text
    assert "Ask for a new one" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "Gofynnwch am un newydd" in ask(app, "GET", "/refuse?lang=cy", headers=PAGE).text


@pytest.mark.parametrize("path", ["/token", "/api/v1/none"])
def test_machines_get_json_whatever_they_accept(app: FastAPI, path: str) -> None:
    answer = ask(app, "GET", path, headers=PAGE)
    assert set(answer.json()) == {"error", "error_description"}


def test_every_status_has_a_page(app: FastAPI) -> None:
    pages: Pages = app.state.pages
    for status in HTTP_CODES:
        name = str(status) if pages.has_text(f"error.{status}.title") else "500" if status >= 500 else "400"
        for language in ("en", "cy"):
            assert all(pages.text(language, f"error.{name}.{part}") for part in ("title", "text", "next"))


# --- limits


def test_a_declared_10_mb_body_is_refused_before_it_is_read(app: FastAPI) -> None:
    headers = {**FORM, "content-length": str(10 << 20)}
    assert ask_raw(app, "/form", headers=headers, body=[b"x" * 1024] * 10_240) == (413, 0)


def test_a_streamed_10_mb_body_is_refused_at_the_byte_too_many(app: FastAPI) -> None:
    status, taken = ask_raw(app, "/form", headers=FORM, body=[b"x" * 1024] * 10_240)
    assert (status, taken) == (413, 65)


def test_a_body_that_is_longer_than_declared_is_refused(app: FastAPI) -> None:
    status, taken = ask_raw(app, "/form", headers={**FORM, "content-length": "5"}, body=[b"x" * 1024] * 100)
    assert (status, taken) == (413, 65)


@pytest.mark.parametrize("length", ["-1", "x", "1e9", "٣", "9" * 30])
def test_a_length_that_is_no_number_or_no_length(app: FastAPI, length: str) -> None:
    try:
        headers = {**FORM, "content-length": length}
        status, taken = ask_raw(app, "/form", headers=headers, body=[b""])
    except UnicodeError:
        pytest.fail("the header must be taken as bytes")
    assert status in {400, 413}
    assert taken == 0


def test_each_route_class_has_its_limit(app: FastAPI) -> None:
    content = b"number=1&x=" + b"x" * 100_000
    assert ask(app, "POST", "/form", content=content, headers=FORM).status_code == 413
    assert ask(app, "POST", "/big/form", content=content, headers=FORM).json() == {"number": 1}
    assert ask(app, "POST", "/big/form", content=content * 2, headers=FORM).status_code == 413
    assert ask(app, "POST", "/big/form", content=chunks(1_000, 300), headers=FORM).status_code == 413


def test_a_person_gets_a_page_for_what_is_too_large(app: FastAPI) -> None:
    answer = ask(app, "POST", "/form", content=b"x" * 70_000, headers={**FORM, **PAGE})
    assert answer.status_code == 413
    assert "That is too large" in answer.text


# --- headers


SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "strict-transport-security": "max-age=63072000",
    "x-frame-options": "DENY",
}


@pytest.mark.parametrize("path", ["/page", "/nothing", "/crash/x", "/refuse", "/health/live", "/token"])
def test_every_answer_has_the_security_headers(app: FastAPI, path: str) -> None:
    headers = ask(app, "GET", path).headers
    assert {name: headers.get(name) for name in SECURITY} == SECURITY
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert "camera=()" in headers["permissions-policy"]
    assert "server" not in headers


def test_a_refused_body_has_the_security_headers(app: FastAPI) -> None:
    headers = ask(app, "POST", "/form", content=b"x" * 70_000, headers=FORM).headers
    assert {name: headers.get(name) for name in SECURITY} == SECURITY


def test_http_has_no_hsts(log: io.StringIO) -> None:
    settings = ServiceSettings(demo=True, base_url="http://localhost:1", keystore=Path("keys"))
    app = create_app(
        title="T", settings=settings, pages=Pages(settings.theme), log=EventLog(log, strict=True)
    )
    assert "strict-transport-security" not in ask(app, "GET", "/health/live").headers


def test_a_route_may_set_its_own(app: FastAPI) -> None:
    assert ask(app, "GET", "/cached").headers.get_list("cache-control") == ["public, max-age=60"]


def test_a_service_may_replace_directives(log: io.StringIO) -> None:
    app = build(log, csp={"connect-src": "'self' https:"})
    policy = ask(app, "GET", "/page").headers["content-security-policy"]
    assert "connect-src 'self' https:;" in policy
    assert "script-src 'self';" in policy


# --- CORS and forms


def test_any_page_may_read_the_protocol_but_nothing_else(app: FastAPI) -> None:
    origin = {"origin": "https://wallet.example"}
    answer = ask(
        app, "POST", "/token", data={"number": "1"}, headers={**origin, "sec-fetch-site": "cross-site"}
    )
    assert answer.json() == {"number": 1}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    refused = ask(app, "POST", "/token", content=b"x" * 70_000, headers={**FORM, **origin})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (413, "*")
    assert ask(app, "GET", "/raise/untrusted", headers=origin).headers["access-control-allow-origin"] == "*"
    for path in ("/page", "/tokens", "/token/x", "/raise"):
        assert "access-control-allow-origin" not in ask(app, "GET", path, headers=origin).headers


def test_a_preflight_is_answered_for_the_protocol_only(app: FastAPI) -> None:
    headers = {"origin": "https://wallet.example", "access-control-request-method": "POST"}
    answer = ask(app, "OPTIONS", "/token", headers=headers)
    assert answer.status_code == 204
    assert "DPoP" in answer.headers["access-control-allow-headers"]
    assert ask(app, "OPTIONS", "/form", headers=headers).status_code == 405


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://claims.example"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "https://claims.example.evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_a_form_of_another_site_is_refused(app: FastAPI, headers: dict[str, str], status: int) -> None:
    assert ask(app, "POST", "/form", data={"number": "1"}, headers=headers).status_code == status


def test_an_api_is_no_form(app: FastAPI) -> None:
    answer = ask(app, "POST", "/api/v1/thing", headers={"origin": "https://other.example"})
    assert answer.json() == {"deps": "the deps"}


# --- logs and health


def test_the_access_log_has_no_address_path_or_query(app: FastAPI, log: io.StringIO) -> None:
    ask(app, "GET", f"/crash/{CANARY}?name={CANARY}", headers={"user-agent": CANARY, "cookie": CANARY})
    ask(app, "GET", "/nothing/secret-reference")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/crash/{ref}", 500),
        ("unmatched", 404),
    ]
    assert all(
        set(line) == {"time", "event", "level", "method", "route", "status", "ms", "request_id"}
        for line in requests
    )
    assert "canary" not in log.getvalue()
    assert "secret-reference" not in log.getvalue()
    assert "127.0.0.1" not in log.getvalue()


def test_a_request_id_of_the_client_is_not_taken(app: FastAPI) -> None:
    first, second = (ask(app, "GET", "/page", headers={"x-request-id": CANARY}) for _ in range(2))
    assert CANARY not in str(first.headers)
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_health(log: io.StringIO) -> None:
    broken = False

    def check() -> None:
        if broken:
            raise RuntimeError(CANARY)

    app = build(log, ready=[check])
    assert ask(app, "GET", "/health/live").json() == {"status": "live"}
    assert ask(app, "GET", "/health/ready").json() == {"status": "ready"}
    broken = True
    answer = ask(app, "GET", "/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
    assert ask(app, "GET", "/health/live").status_code == 200
    assert CANARY not in answer.text + log.getvalue()


# --- what the pages look like


class Inline(HTMLParser):
    """Collects what a strict content security policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "style" or (tag == "script" and "src" not in given) or "style" in given:
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on")]


@pytest.mark.parametrize("lang", ["en", "cy"])
@pytest.mark.parametrize("path", ["/page", "/refuse", "/nothing"])
def test_pages_are_accessible_and_no_forged_government_site(app: FastAPI, path: str, lang: str) -> None:
    html = ask(app, "GET", f"{path}?lang={lang}", headers=PAGE).text
    assert re.search(rf'<html lang="{lang}"', html)
    assert 'href="#main-content"' in html
    assert '<main class="govuk-main-wrapper" id="main-content"' in html
    assert html.count("<h1") == 1
    assert ("Claims office" if lang == "en" else "Swyddfa hawliadau") in html
    assert not re.search(r"crown|gov\.uk|GDS Transport|crest|royal", html, re.IGNORECASE)
    inline = Inline()
    inline.feed(html)
    assert inline.found == []
