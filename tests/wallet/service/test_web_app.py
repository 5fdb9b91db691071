"""The service behind the web app: files, caching, what the page may do, and what is never logged."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.documents import DocumentError, load_document
from serving.logs import EventLog
from tests.network import InProcessNetwork
from tests.protocol.authority_for_tests import Authority
from tests.wallet.world import pem
from wallet.service.app import create_wallet_app
from wallet.service.files import cache_control
from wallet.service.settings import WalletSettings

URL = "http://localhost:8420"
ROOT = pem(Authority().root)
SETTINGS = f"""
demo: true
base_url: {URL}
web_app: dist
network:
  trust_list_url: http://localhost:8400/trust-list.jwt
  root_certificates: [root.pem]
"""


class Served:
    """A running service over a directory with a built app."""

    def __init__(self, directory: Path, network: InProcessNetwork, settings: str = SETTINGS) -> None:
        self.log = io.StringIO()
        (directory / "root.pem").write_text(ROOT)
        (directory / "wallet.yaml").write_text(settings)
        loaded = load_document(directory / "wallet.yaml", WalletSettings)
        app = create_wallet_app(loaded, directory=directory, log=EventLog(self.log))
        self.app = app
        network.mount(loaded.base_url, app)
        self.client = network.client(base_url=loaded.base_url)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)


def build(directory: Path) -> None:
    (directory / "dist" / "assets").mkdir(parents=True)
    (directory / "dist" / "index.html").write_text("<!doctype html><title>Wallet</title>")
    (directory / "dist" / "sw.js").write_text("self.addEventListener('fetch', () => {})")
    (directory / "dist" / "assets" / "index-C3f9_aB1.js").write_text("export {}")
    (directory / "secret.txt").write_text("secret")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    build(tmp_path)
    with InProcessNetwork() as network:
        yield Served(tmp_path, network)


@pytest.mark.parametrize(
    "path", ["/", "/present", "/add", "/present?client_id=x&request_uri=y", "/index.html"]
)
def test_pages_are_the_app(served: Served, path: str) -> None:
    response = served.get(path)
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-cache")
    assert "<title>Wallet</title>" in response.text


@pytest.mark.parametrize(
    "path", ["/other", "/present/more", "/assets/missing.js", "/assets/", "/../secret.txt"]
)
def test_other_paths_are_nothing(served: Served, path: str) -> None:
    assert served.get(path).status_code == 404


def test_encoded_traversal_is_nothing(served: Served) -> None:
    assert served.get("/..%2fsecret.txt").status_code == 404
    assert served.get("/assets/..%2f..%2fsecret.txt").status_code == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("assets/index-C3f9_aB1.js", "public, max-age=31536000, immutable"),
        ("assets/zxing_reader-D8fG2hJk.wasm", "public, max-age=31536000, immutable"),
        ("assets/plain.js", "no-cache"),
        ("sw.js", "no-cache"),
        ("manifest.webmanifest", "no-cache"),
        ("index.html", "no-cache"),
    ],
)
def test_caching_by_name(path: str, expected: str) -> None:
    assert cache_control(path) == expected


def test_caching_as_served(served: Served) -> None:
    assert "immutable" in served.get("/assets/index-C3f9_aB1.js").headers["cache-control"]
    assert served.get("/sw.js").headers["cache-control"] == "no-cache"


def policy(response: httpx.Response) -> dict[str, str]:
    directives = response.headers["content-security-policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


async def _fetch(served: Served, path: str) -> httpx.Response:
    # not by the network of the tests, which takes the compression off
    async with httpx.AsyncClient(transport=httpx.ASGITransport(served.app), base_url=URL) as client:
        return await client.get(path)


def test_files_are_compressed_on_the_way(served: Served, tmp_path: Path) -> None:
    (tmp_path / "dist" / "assets" / "big-C3f9_aB1.js").write_text("export const x = 1;\n" * 1000)
    response = asyncio.run(_fetch(served, "/assets/big-C3f9_aB1.js"))
    assert (response.headers["content-encoding"], response.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert response.headers["cache-control"].endswith("immutable")
    assert int(response.headers["content-length"]) < 1000


def test_the_page_runs_nothing_inline_and_nothing_of_others(served: Served) -> None:
    found = policy(served.get("/"))
    assert found["default-src"] == "'none'"
    assert found["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert found["worker-src"] == "'self'"
    assert found["frame-ancestors"] == "'none'"
    assert found["connect-src"] == "'self' https: http://localhost:*"
    assert not any("unsafe-inline" in value or "'unsafe-eval'" in value for value in found.values())


def test_outside_a_demonstration_the_page_talks_https_only(tmp_path: Path) -> None:
    build(tmp_path)
    settings = SETTINGS.replace("demo: true", "demo: false").replace(URL, "https://wallet.example")
    with InProcessNetwork() as network:
        response = Served(tmp_path, network, settings).get("/")
    assert policy(response)["connect-src"] == "'self' https:"
    assert response.headers["strict-transport-security"]


def test_headers_of_the_page(served: Served) -> None:
    headers = served.get("/present").headers
    assert "camera=(self)" in headers["permissions-policy"]
    assert "microphone=()" in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_config(served: Served) -> None:
    response = served.get("/config.json")
    found: Any = response.json()
    assert response.headers["cache-control"] == "no-cache"
    assert found["network"]["trustListUrl"] == "http://localhost:8400/trust-list.jwt"
    assert found["network"]["rootCertificates"] == [ROOT]
    assert found["network"]["name"] == "Personal Data Exchange"
    assert found["demo"] is True


def test_query_strings_are_not_logged(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    served.get("/add?credential_offer=CANARY")
    served.get("/other/CANARY")
    assert "CANARY" not in served.log.getvalue()
    assert "CANARY" not in "".join(line for line in caplog.messages if "HTTP Request" not in line)
    assert "request" in served.log.getvalue()


def test_an_app_that_is_not_built_says_what_to_do(tmp_path: Path) -> None:
    with InProcessNetwork() as network:
        served = Served(tmp_path, network)
        page = served.get("/present?request_uri=x")
        ready = served.get("/health/ready")
        assert served.get("/config.json").status_code == 200
    assert page.status_code == 503
    assert "make web" in page.text
    assert ready.status_code == 503


def test_health(served: Served) -> None:
    assert served.get("/health/live").json() == {"status": "live"}
    assert served.get("/health/ready").status_code == 200


def test_a_setting_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "wallet.yaml").write_text("demo: true\nbase_url: http://localhost:8420\n")
    with pytest.raises(DocumentError, match="network"):
        load_document(tmp_path / "wallet.yaml", WalletSettings)


def test_a_root_that_is_no_certificate_stops_the_start(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "wallet.yaml").write_text(SETTINGS)
    (tmp_path / "root.pem").write_text(json.dumps({}))
    settings = load_document(tmp_path / "wallet.yaml", WalletSettings)
    with pytest.raises(ValueError, match="PEM"):
        create_wallet_app(settings, directory=tmp_path, log=EventLog(io.StringIO()))
