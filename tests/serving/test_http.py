import datetime
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from serving.http import FetchError, FetchPolicy, HttpClient, is_allowed
from serving.settings import ServiceSettings

DEMO = FetchPolicy(allow_http_localhost=True)


class Handler(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, b""))
        getattr(self, "answer_" + self.path.strip("/").partition("?")[0])()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self._answer(400, "application/json", b'{"error":"invalid_grant"}')

    def _answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_ok(self) -> None:
        self._answer(200, "application/json; charset=utf-8", b'{"a":1}')

    def answer_html(self) -> None:
        self._answer(200, "text/html", b"<p>")

    def answer_moved(self) -> None:
        self._answer(302, "application/json", b"{}", Location="/ok")

    def answer_packed(self) -> None:
        self._answer(200, "application/json", gzip.compress(b'{"a":1}'), Content_Encoding="gzip")

    def answer_bomb(self) -> None:
        self._answer(200, "application/json", gzip.compress(b"0" * 200_000_000, 1), Content_Encoding="gzip")

    def answer_no_gzip(self) -> None:
        self._answer(200, "application/json", b"xx", Content_Encoding="gzip")

    def answer_cut(self) -> None:
        self._answer(200, "application/json", gzip.compress(b'{"a":1}')[:-3], Content_Encoding="gzip")

    def answer_longer(self) -> None:
        self._answer(200, "application/json", gzip.compress(b'{"a":1}') + b"x", Content_Encoding="gzip")

    def answer_deflate(self) -> None:
        self._answer(200, "application/json", zlib.compress(b'{"a":1}'), Content_Encoding="deflate")

    def answer_long(self) -> None:
        self._stream(b"x" * 65_536, seconds=0)

    def answer_dripping(self) -> None:
        self._stream(b"x", seconds=0.05)

    def _stream(self, chunk: bytes, *, seconds: float) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        with suppress(OSError):  # the client hangs up, as it should
            for _ in range(1_000):
                self.wfile.write(chunk)
                self.wfile.flush()
                pause(seconds)

    def answer_silent(self) -> None:
        pause(1)

    def log_message(self, *_arguments: Any) -> None:
        pass


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


def refusal(act: Callable[[], object]) -> FetchError:
    with pytest.raises(FetchError) as caught:
        act()
    return caught.value


def test_a_document_of_the_right_type_is_fetched(port: int) -> None:
    fetched = HttpClient(DEMO).get(f"http://localhost:{port}/ok", accept="application/json")
    assert (fetched.status, fetched.media_type, fetched.body) == (200, "application/json", b'{"a":1}')
    _path, headers, _body = Handler.seen[-1]
    assert headers["accept"] == "application/json"
    assert headers["accept-encoding"] == "gzip"
    assert headers["host"] == f"localhost:{port}"


def test_several_types_may_be_accepted(port: int) -> None:
    client = HttpClient(DEMO)
    client.get(f"http://localhost:{port}/ok", accept=["application/jwt", "application/json"])
    assert Handler.seen[-1][1]["accept"] == "application/jwt, application/json"


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        ("html", "content_type", 200),
        ("moved", "status", 302),
        ("bomb", "too_large", 200),
        ("no_gzip", "content_encoding", 200),
        ("cut", "content_encoding", 200),
        ("longer", "content_encoding", 200),
        ("deflate", "content_encoding", 200),
        ("long", "too_large", 200),
    ],
)
def test_what_is_not_taken(port: int, path: str, code: str, status: int) -> None:
    client = HttpClient(DEMO)
    error = refusal(lambda: client.get(f"http://localhost:{port}/{path}", accept="application/json"))
    assert (error.code, error.status) == (code, status)


@pytest.mark.parametrize("path", ["ok", "packed"])
def test_an_answer_of_just_the_bound_is_taken(port: int, path: str) -> None:
    client, url = HttpClient(DEMO), f"http://localhost:{port}/{path}"
    assert client.get(url, accept="application/json", max_bytes=7).body == b'{"a":1}'
    error = refusal(lambda: client.get(url, accept="application/json", max_bytes=6))
    assert error.code == "too_large"


def test_a_silent_server_is_given_up(port: int) -> None:
    client = HttpClient(FetchPolicy(allow_http_localhost=True, read_seconds=0.2))
    error = refusal(lambda: client.get(f"http://localhost:{port}/silent", accept="application/json"))
    assert error.code == "timed_out"


def test_a_dripping_server_does_not_hold_us_for_ever(port: int) -> None:
    client = HttpClient(FetchPolicy(allow_http_localhost=True, read_seconds=5, total_seconds=0.4))
    started = time.monotonic()
    error = refusal(lambda: client.get(f"http://localhost:{port}/dripping", accept="application/json"))
    assert error.code == "timed_out"
    assert time.monotonic() - started < 2


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    error = refusal(lambda: HttpClient(DEMO).get(f"http://localhost:{free}/", accept="text/html"))
    assert error.code == "unreachable"


def test_forms_and_json_are_sent_and_error_answers_come_back(port: int) -> None:
    client = HttpClient(DEMO)
    answer = client.post_form(f"http://localhost:{port}/token", {"code": "a b"}, headers={"dpop": "x"})
    assert (answer.status, answer.body) == (400, b'{"error":"invalid_grant"}')
    _path, headers, body = Handler.seen[-1]
    assert body == b"code=a+b"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["dpop"] == "x"
    client.post_json(f"http://localhost:{port}/hook", {"a": "ŵ"})
    _path, headers, body = Handler.seen[-1]
    assert body == '{"a":"ŵ"}'.encode()
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "url",
    [
        "http://claims.example/",
        "http://localhost.example/",
        "ftp://claims.example/",
        "file:///etc/passwd",
        "https:///x",
        "https://user@claims.example/",
        "https://claims.example:99999/",
        "https://[::1/",
        "https://[v1.a]/",
        "https://999.999.999.999/",
        "https://claims.example\x7f/",
        "https://xn--/",
        "",
    ],
)
def test_only_https_is_fetched(url: str) -> None:
    assert refusal(lambda: HttpClient(DEMO).get(url, accept="text/html")).code == "refused_address"


def test_http_to_localhost_only_in_a_demonstration(port: int) -> None:
    client = HttpClient(FetchPolicy())
    error = refusal(lambda: client.get(f"http://localhost:{port}/ok", accept="application/json"))
    assert error.code == "refused_address"


class Names:
    """A resolver that gives each of `answers` in turn, then the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["93.184.215.14", "192.168.1.1"],
        ["::1"],
        ["0.0.0.0"],
    ],
)
def test_a_name_with_one_inner_address_is_refused(addresses: list[str]) -> None:
    client = HttpClient(DEMO, resolve=Names(addresses))
    error = refusal(lambda: client.get("https://claims.example/", accept="text/html"))
    assert error.code == "refused_address"


def test_a_name_that_does_not_resolve() -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    client = HttpClient(DEMO, resolve=fails)
    assert refusal(lambda: client.get("https://claims.example/", accept="text/html")).code == "unreachable"


@pytest.mark.parametrize(
    ("address", "public", "private", "local"),
    [
        ("93.184.215.14", True, True, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True, True, True),
        ("127.0.0.1", False, True, True),
        ("127.8.8.8", False, True, True),
        ("::1", False, True, True),
        ("::ffff:127.0.0.1", False, True, True),
        ("10.1.2.3", False, True, False),
        ("192.168.1.5", False, True, False),
        ("fd00::1", False, True, False),
        ("::ffff:10.1.2.3", False, True, False),
        ("64:ff9b::10.1.2.3", False, True, False),
        ("2002:a01:203::", False, True, False),
        ("169.254.169.254", False, False, False),
        ("::ffff:169.254.169.254", False, False, False),
        ("64:ff9b::169.254.169.254", False, False, False),
        ("fe80::1%eth0", False, False, False),
        ("0.0.0.0", False, False, False),
        ("::", False, False, False),
        ("224.0.0.1", False, False, False),
        ("ff02::1", False, False, False),
        ("255.255.255.255", False, False, False),
        ("100.64.0.1", False, False, False),
        ("240.0.0.1", False, False, False),
    ],
)
def test_which_addresses_are_allowed(address: str, public: bool, private: bool, local: bool) -> None:
    assert is_allowed(address, allow_private=False, allow_loopback=False) is public
    assert is_allowed(address, allow_private=True, allow_loopback=False) is private
    assert is_allowed(address, allow_private=False, allow_loopback=True) is local


def certificate(directory: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for `name` and a server's context that uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    chain, private = directory / f"{name}.crt", directory / f"{name}.key"
    chain.write_bytes(built.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    return chain, context


def test_the_connection_goes_to_the_address_that_was_checked(tmp_path: Path) -> None:
    chain, context = certificate(tmp_path, "claims.example")
    names = Names(["127.0.0.1"], ["169.254.169.254"])  # a second look-up would lead elsewhere
    with serving(context) as port:
        client = HttpClient(FetchPolicy(allow_private=True, ca_bundle=chain), resolve=names)
        fetched = client.get(f"https://claims.example:{port}/ok", accept="application/json")
        client.close()
    assert fetched.body == b'{"a":1}'
    assert names.asked == ["claims.example"]
    assert Handler.seen[-1][1]["host"] == f"claims.example:{port}"


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    chain, context = certificate(tmp_path, "claims.example")
    with serving(context) as port:
        policy = FetchPolicy(allow_private=True, ca_bundle=chain)
        client = HttpClient(policy, resolve=Names(["127.0.0.1"]))
        error = refusal(lambda: client.get(f"https://other.example:{port}/ok", accept="application/json"))
    assert error.code == "tls"


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    _chain, context = certificate(tmp_path, "localhost")
    with serving(context) as port:
        client = HttpClient(FetchPolicy(allow_private=True))
        error = refusal(lambda: client.get(f"https://localhost:{port}/ok", accept="application/json"))
    assert error.code == "tls"


@pytest.mark.parametrize("path", ["html", "moved", "long"])
def test_errors_name_neither_address_nor_content(port: int, path: str) -> None:
    url = f"http://localhost:{port}/{path}?canary"
    error = refusal(lambda: HttpClient(DEMO).get(url, accept="a/b"))
    assert "canary" not in str(error)
    assert "localhost" not in str(error)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example"])
def test_a_name_that_cant_be_a_name(host: str) -> None:
    """The system's resolver raises UnicodeError for these, before it asks anybody."""
    assert (
        refusal(lambda: HttpClient(FetchPolicy()).get(f"https://{host}/", accept="a/b")).code == "unreachable"
    )


def test_nobody_is_recognised_by_a_cookie() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"set-cookie": "visitor=1; Path=/", "content-type": "a/b"})

    client = HttpClient(FetchPolicy(), transport=httpx.MockTransport(answer))
    for _ in range(2):
        client.get("https://claims.example/x", accept="a/b")
    assert seen == [None, None]


def test_a_transport_stands_in_for_the_network() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"url": str(request.url)}))
    client = HttpClient(FetchPolicy(), transport=transport)
    fetched = client.get("https://claims.example/x", accept="application/json")
    assert fetched.body == b'{"url":"https://claims.example/x"}'


def test_the_policy_follows_the_settings(tmp_path: Path) -> None:
    demo = ServiceSettings(
        demo=True,
        base_url="http://localhost:1",
        keystore=tmp_path,
        outgoing={"allow_private": True, "ca_bundle": tmp_path / "ca.pem"},
    )
    policy = FetchPolicy.from_settings(demo)
    assert policy == FetchPolicy(allow_http_localhost=True, allow_private=True, ca_bundle=tmp_path / "ca.pem")
    real = ServiceSettings(base_url="https://claims.example", keystore=tmp_path)
    assert FetchPolicy.from_settings(real) == FetchPolicy()
