"""Clients that say little for long, against the real server: they must not take the room of others."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Request

from serving.app import create_app
from serving.logs import EventLog
from serving.pages import Pages
from serving.settings import ServiceSettings
from serving.slow_clients import PatientProtocol

HEAD = b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n"


class HastyProtocol(PatientProtocol):
    request_seconds = 1


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def port(log: Path) -> Iterator[int]:
    """A service that waits a second for a request; gives its port."""
    values = {"demo": True, "base_url": "http://localhost", "keystore": "none"}
    settings = ServiceSettings.model_validate(values)
    router = APIRouter()

    @router.post("/echo")
    async def echo(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    with socket.socket() as listening, log.open("w", buffering=1) as stream:
        listening.bind(("127.0.0.1", 0))
        pages = Pages(settings.theme, secure=False)
        app = create_app(title="t", settings=settings, pages=pages, log=EventLog(stream), routers=[router])
        config = uvicorn.Config(
            app, http=HastyProtocol, log_config=None, access_log=False, limit_concurrency=30
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def is_ended(connection: socket.socket) -> bool:
    """Whether the server closes within the time-out of the socket."""
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HT", b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n", HEAD, HEAD + b"12345"],
    ids=["nothing", "half a line", "half a head", "no body", "half a body"],
)
def test_who_does_not_finish_is_let_go(port: int, said: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(said)
        assert is_ended(connection)


def test_a_byte_now_and_then_gains_no_time(port: int) -> None:
    with connect(port) as connection:
        connection.settimeout(0.2)
        started = time.monotonic()
        for byte in HEAD * 2:
            if time.monotonic() - started > 4:
                break
            connection.sendall(bytes([byte]))
            if is_ended(connection):
                break
        assert time.monotonic() - started < 4


def test_others_are_served_after_them(port: int) -> None:
    held = [connect(port) for _ in range(30)]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        assert client.get("/health/live").status_code == 503
        for connection in held:
            assert is_ended(connection)
            connection.close()
        assert client.get("/health/live").status_code == 200
        assert client.post("/echo", content=b"x" * 5000).json() == {"size": 5000}


def test_who_leaves_in_the_middle_is_no_fault_of_ours(port: int, log: Path) -> None:
    with connect(port) as connection:
        connection.sendall(HEAD + b"12345")
        assert is_ended(connection)
    for _ in range(100):  # the client is told first, the log after it
        if log.read_text():
            break
        time.sleep(0.05)
    said = log.read_text()
    assert "client_gone" in said
    assert "unhandled_error" not in said


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
        b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"content-length: +5\r\n\r\nabcde",
        b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"x: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=["both lengths", "two lengths", "unknown coding", "a sign", "a space", "a huge header"],
)
def test_a_request_of_two_readings_is_not_read(port: int, head: bytes) -> None:
    """Request smuggling needs two servers that read one request differently; this one reads plain ones."""
    with connect(port) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nhost: localhost\r\n" + head)
        answer = connection.recv(4096)
    assert answer.split()[1] in {b"400", b"431", b"501"}
