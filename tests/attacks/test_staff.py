"""The staff page under attack: forged sign-ins, others' sessions, yesterday's staff, no provider."""

import hmac
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.responses import Response
from pydantic import ValidationError

from issuer.app import build_app
from issuer.settings import IssuerSettings
from protocol.encoding import b64url_encode, json_dumps
from protocol.jose.jws import create_jws
from protocol.keys import SoftwareSigningKey
from serving.sign_in.cookie import SessionCookie
from tests.issuer.world import URL, make_keystore
from tests.issuer.world import World as Department

HTML = {"accept": "text/html"}
FORM = "Who is the claim about?"
KEY, OTHER_KEY = (SoftwareSigningKey(ec.generate_private_key(ec.SECP256R1())) for _ in range(2))


class Provider(HTTPServer):
    """An OpenID provider whose next ID token a test may change."""

    nonce = ""
    change: Callable[[dict[str, Any]], dict[str, Any]] = staticmethod(lambda claims: claims)
    sign: Callable[[dict[str, Any]], str] = staticmethod(
        lambda claims: create_jws(claims, KEY, typ="JWT", kid="k")
    )

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
        }

    def id_token(self) -> str:
        now = int(time.time())  # the sign-in library looks at the real clock
        claims = {"iss": self.url, "aud": "issuer", "sub": "alice", "nonce": self.nonce}
        return self.sign(self.change({**claims, "iat": now, "exp": now + 300}))


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        keys = {"keys": [{**KEY.public_key.to_jwk(), "kid": "k", "alg": "ES256", "use": "sig"}]}
        self._answer(keys if self.path == "/jwks" else self.server.metadata())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer({"access_token": "a", "token_type": "Bearer", "id_token": self.server.id_token()})

    def _answer(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    server = Provider(("localhost", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@contextmanager
def department_of(directory: Path, registers: Path, provider: str, **changes: Any) -> Iterator[Department]:
    directory.mkdir(exist_ok=True)
    sign_in = {"issuer": provider, "client_id": "issuer", "staff": ["alice"]}
    with Department(directory, registers, oidc=sign_in, **changes) as running:
        yield running


@pytest.fixture
def staffed(tmp_path: Path, registers: Path, provider: Provider) -> Iterator[Department]:
    with department_of(tmp_path / "staffed", registers, provider.url) as running:
        yield running


def come_back(browser: httpx.Client, provider: Provider) -> httpx.Response:
    """Signs in as far as the provider's answer."""
    asked = httpx.URL(browser.get("/staff/sign-in", headers=HTML).headers["location"]).params
    provider.nonce = asked["nonce"]
    return browser.get(f"/staff/signed-in?code=c&state={asked['state']}", headers=HTML)


def sees_the_form(browser: httpx.Client) -> bool:
    return FORM in browser.get("/staff", headers=HTML).text


def unsigned(claims: dict[str, Any]) -> str:
    header = b64url_encode(json_dumps({"alg": "none"}))
    return f"{header}.{b64url_encode(json_dumps(claims))}."


def signed_with_hmac(claims: dict[str, Any]) -> str:
    """With the public key as the secret: the classic confusion of algorithms."""
    secret = json_dumps(KEY.public_key.to_jwk())
    data = f"{b64url_encode(json_dumps({'alg': 'HS256', 'kid': 'k'}))}.{b64url_encode(json_dumps(claims))}"
    return f"{data}.{b64url_encode(hmac.digest(secret, data.encode(), 'sha256'))}"


def test_the_honest_provider_signs_staff_in(staffed: Department, provider: Provider) -> None:
    browser = staffed.client()
    assert come_back(browser, provider).status_code == 303
    assert sees_the_form(browser)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"sub": None},
        {"sub": "mallory"},
    ],
    ids=lambda change: next(iter(change)) + str(next(iter(change.values()))),
)
def test_an_id_token_that_says_something_else(
    staffed: Department, provider: Provider, change: dict[str, Any]
) -> None:
    provider.change = lambda claims: {k: v for k, v in (claims | change).items() if v is not None}
    browser = staffed.client()
    assert come_back(browser, provider).status_code in {401, 403}
    assert not sees_the_form(browser)


@pytest.mark.parametrize(
    "sign",
    [lambda claims: create_jws(claims, OTHER_KEY, typ="JWT", kid="k"), unsigned, signed_with_hmac, str],
    ids=["another key", "none", "hmac", "no token"],
)
def test_an_id_token_that_the_provider_did_not_sign(
    staffed: Department, provider: Provider, sign: Callable[[dict[str, Any]], str]
) -> None:
    provider.sign = sign
    browser = staffed.client()
    assert come_back(browser, provider).status_code == 401
    assert not sees_the_form(browser)


def test_a_provider_that_is_away_is_no_fault_of_ours(
    tmp_path: Path, registers: Path, provider: Provider
) -> None:
    with department_of(tmp_path / "d", registers, "http://localhost:9") as department:
        assert department.client().get("/staff/sign-in", headers=HTML).status_code == 503
    with department_of(tmp_path / "e", registers, provider.url) as department:
        browser = department.client()
        asked = httpx.URL(browser.get("/staff/sign-in", headers=HTML).headers["location"]).params
        provider.server_close()
        provider.shutdown()
        back = browser.get(f"/staff/signed-in?code=c&state={asked['state']}", headers=HTML)
        assert back.status_code == 503
        assert not sees_the_form(browser)


def test_who_left_the_staff_is_out_at_once(staffed: Department, provider: Provider) -> None:
    """The session is still there; whose it is must be staff at each request."""
    browser = staffed.client()
    come_back(browser, provider)
    assert sees_the_form(browser)
    sign_in = staffed.settings.sign_in
    assert sign_in is not None
    staffed.settings = staffed.settings.model_copy(
        update={"sign_in": sign_in.model_copy(update={"staff": ("bob",)})}
    )
    later = staffed.another_process()
    staffed.network.mount(URL, build_app(later))
    assert browser.get("/staff", headers=HTML).status_code == 403
    assert browser.post("/staff/check", data={}, headers=HTML).status_code == 403
    later.database.close()


def test_a_session_of_another_department_is_none_here(
    tmp_path: Path, registers: Path, provider: Provider
) -> None:
    with department_of(tmp_path / "dwp", registers, provider.url) as dwp:
        browser = dwp.client()
        come_back(browser, provider)
        cookies = dict(browser.cookies)
    with department_of(tmp_path / "veterans", registers, provider.url, owner="veterans") as veterans:
        other = veterans.client()
        other.cookies.update(cookies)
        assert cookies
        assert not sees_the_form(other)


def test_a_session_that_somebody_wrote_themselves(staffed: Department, provider: Provider) -> None:
    """Neither a cookie of the old kind, which said who it was for, nor one that is signed for the way in."""
    browser = staffed.client()
    pending = browser.get("/staff/sign-in", headers=HTML)
    written = b64encode(json.dumps({"staff": "alice", "csrf": "x"}).encode()).decode()
    for forged in (written, pending.cookies["pdx_staff_sign_in"], sha256(b"").hexdigest()):
        stranger = staffed.client()
        stranger.cookies.set("pdx_staff", forged, path="/staff")
        assert not sees_the_form(stranger)


def test_a_cookie_planted_before_the_sign_in_is_worth_nothing_after_it(
    staffed: Department, provider: Provider
) -> None:
    victim, planted = staffed.client(), "A" * 43
    victim.cookies.set("pdx_staff", planted, path="/staff")
    come_back(victim, provider)
    thief = staffed.client()
    thief.cookies.set("pdx_staff", planted, path="/staff")
    assert not sees_the_form(thief)


def test_over_https_the_cookies_belong_to_this_host_only(staffed: Department) -> None:
    https = {"base_url": "https://claims.example.gov.uk"}
    keys = staffed.directory / "keys for https"
    make_keystore(keys, staffed.authority, staffed.owner, uris=(https["base_url"],))
    staffed.settings = staffed.settings.model_copy(update={**https, "keystore": keys})
    later = staffed.another_process()
    staffed.network.mount(https["base_url"], build_app(later))
    browser = staffed.network.client(base_url=https["base_url"])
    pending = browser.get("/staff/sign-in").headers["set-cookie"]
    response = Response()
    SessionCookie("staff", "/staff", later.settings.is_https).send(response, "x")
    for cookie in (pending, response.headers["set-cookie"]):
        assert cookie.startswith("__Host-pdx-staff")
        assert {"path=/", "secure", "httponly", "samesite=lax"} <= set(cookie.lower().split("; "))
    later.database.close()


def test_outside_a_demonstration_staff_are_named(staffed: Department) -> None:
    values = staffed.settings.model_dump(by_alias=True)
    values |= {"demo": False, "base_url": "https://claims.example.gov.uk"}
    IssuerSettings.model_validate(values)
    values["oidc"]["staff"] = ()
    with pytest.raises(ValidationError, match=r"oidc\.staff is empty"):
        IssuerSettings.model_validate(values)
