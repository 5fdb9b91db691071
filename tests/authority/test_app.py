import io

import pytest
from fastapi import FastAPI

from authority.app import create_authority_app
from serving.logs import EventLog
from tests.authority.network import Network
from tests.serving.asking import ask

FROM = {"origin": "https://wallet.example"}


@pytest.fixture
def app(network: Network) -> FastAPI:
    log = EventLog(io.StringIO(), strict=True)
    return create_authority_app(network.records, log, host="127.0.0.1", port=8400)[0]


@pytest.mark.parametrize(
    ("path", "media_type", "caching"),
    [
        ("/trust-list.jwt", "application/jwt", "public, max-age=60"),
        ("/types/dwp.pip-moving-around-8.1.json", "application/json", "public, max-age=86400, immutable"),
        ("/registrations/blue-badge/blue-badge.jwt", "application/jwt", "public, max-age=60"),
        ("/ca/root.pem", "application/x-pem-file", "public, max-age=60"),
        ("/ca/issuing.pem", "application/x-pem-file", "public, max-age=60"),
        ("/log/checkpoint", "text/plain; charset=utf-8", "public, max-age=60"),
        ("/log/tile/0/000.p/13", "application/octet-stream", "public, max-age=86400, immutable"),
        ("/log/tile/entries/000.p/13", "application/octet-stream", "public, max-age=86400, immutable"),
    ],
)
def test_published_files_are_served(
    network: Network, app: FastAPI, path: str, media_type: str, caching: str
) -> None:
    network.fill().publish()
    answer = ask(app, "GET", path, headers=FROM)
    assert answer.status_code == 200
    assert answer.content == (network.records.public / path.strip("/")).read_bytes()
    assert answer.headers.get_list("content-type") == [media_type]
    assert answer.headers["cache-control"] == caching
    assert answer.headers["access-control-allow-origin"] == "*"
    again = ask(app, "GET", path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_next_list_is_served_without_a_restart(network: Network, app: FastAPI) -> None:
    network.publish()
    first = ask(app, "GET", "/trust-list.jwt").text
    network.publish()
    assert ask(app, "GET", "/trust-list.jwt").text != first


@pytest.mark.parametrize(
    "path",
    [
        "/authority.yaml",
        "/../authority.yaml",
        "/%2e%2e/authority.yaml",
        "/..%2fown/registrar.pem",
        "/types/../../own/registrar.pem",
        "/types",
        "/",
    ],
)
def test_nothing_else_is_served(network: Network, app: FastAPI, path: str) -> None:
    network.fill().publish()
    assert ask(app, "GET", path).status_code == 404


def test_it_is_ready_once_something_is_published(network: Network, app: FastAPI) -> None:
    assert ask(app, "GET", "/health/ready").status_code == 503
    assert ask(app, "GET", "/trust-list.jwt").status_code == 404
    network.publish()
    assert ask(app, "GET", "/health/ready").status_code == 200


def test_it_takes_no_other_method(network: Network, app: FastAPI) -> None:
    network.publish()
    assert ask(app, "POST", "/trust-list.jwt").status_code == 405


def test_it_is_packed_for_whoever_takes_it_packed(network: Network, app: FastAPI) -> None:
    network.fill().publish()
    plain = ask(app, "GET", "/trust-list.jwt", headers={"accept-encoding": "identity"})
    packed = ask(app, "GET", "/trust-list.jwt", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.content == plain.content
    assert "Accept-Encoding" in packed.headers["vary"]
    part = ask(app, "GET", "/trust-list.jwt", headers={"accept-encoding": "gzip", "range": "bytes=0-999"})
    assert (part.status_code, part.content) == (206, plain.content[:1000])
    assert "content-encoding" not in part.headers


@pytest.mark.parametrize("path", ["/register/en/index.html", "/register/assets/register.css"])
def test_the_register_is_served_through_its_link(network: Network, app: FastAPI, path: str) -> None:
    network.fill().publish()
    assert ask(app, "GET", path).content == (network.directory / path.lstrip("/")).read_bytes()
