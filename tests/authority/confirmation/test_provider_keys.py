"""The provider's keys are fetched seldom, however many sign-ins there are to verify."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from joserfc.jwk import ECKey

from authority.confirmation.provider_keys import KEPT_SECONDS, ProviderAwayError, ProviderKeys
from authority.settings import ReviewerSettings
from tests.authority.network import NOW

KEY = ECKey.generate_key("P-256", {"kid": "one"})


class Provider(HTTPServer):
    """Says what it is told to say, and counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__(("localhost", 0), Asked)
        self.asked = 0
        self.issuer = f"http://localhost:{self.server_port}"
        self.says: dict[str, object] = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        self.keys: dict[str, object] = {"keys": [KEY.as_dict(private=False)]}

    @property
    def reviewers(self) -> ReviewerSettings:
        return ReviewerSettings(issuer=self.issuer, client_id="office", subjects=frozenset({"ruth"}))


class Asked(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.asked += 1
        body = json.dumps(self.server.keys if self.path == "/keys" else self.server.says).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        Thread(target=provider.serve_forever, daemon=True).start()
        yield provider
        provider.shutdown()


@pytest.fixture
def keys(tmp_path: Path) -> ProviderKeys:
    return ProviderKeys(tmp_path)


def test_they_are_kept_for_an_hour(provider: Provider, keys: ProviderKeys) -> None:
    for at in (NOW, NOW + 1, NOW + KEPT_SECONDS - 1):
        assert [one.kid for one in keys.get(provider.reviewers, now=at)] == ["one"]
    assert provider.asked == 2
    keys.get(provider.reviewers, now=NOW + KEPT_SECONDS)
    assert provider.asked == 4


def test_whoever_names_unknown_keys_has_them_fetched_once_a_round(
    provider: Provider, keys: ProviderKeys
) -> None:
    keys.get(provider.reviewers, now=NOW)
    for _ in range(5):
        keys.get(provider.reviewers, now=NOW + 10, anew=True)
    assert provider.asked == 4


def test_a_provider_that_is_away_is_asked_once_a_round(provider: Provider, keys: ProviderKeys) -> None:
    provider.keys = {}
    for _ in range(3):
        with pytest.raises(ProviderAwayError, match="can't be had"):
            keys.get(provider.reviewers, now=NOW)
    assert provider.asked == 2
    provider.keys = {"keys": [KEY.as_dict(private=False)]}
    assert keys.get(provider.reviewers, now=NOW + 10)


def test_a_provider_by_another_name(provider: Provider, keys: ProviderKeys) -> None:
    """OpenID Connect Discovery 1.0 §4.3."""
    provider.says["issuer"] = "https://other.example"
    with pytest.raises(ProviderAwayError, match="another name"):
        keys.get(provider.reviewers, now=NOW)
    assert provider.asked == 1


@pytest.mark.parametrize("place", ["https://127.0.0.1:1/keys", "file:///etc/passwd", None, 1])
def test_keys_are_fetched_from_no_odd_place(provider: Provider, keys: ProviderKeys, place: object) -> None:
    provider.says["jwks_uri"] = place
    with pytest.raises(ProviderAwayError):
        keys.get(provider.reviewers, now=NOW)
