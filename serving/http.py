"""Outgoing HTTP: bounded, and guarded against being sent to addresses of our own network (SSRF).

A peer's document may name an address to fetch. The name is resolved once, every address it has must be
allowed, and the connection goes to the address that was checked: a name that answers differently the
second time (DNS rebinding) gains nothing. TLS still checks the certificate against the name.
"""

import ipaddress
import json
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpcore
import httpx

from serving.settings import LOCAL_HOSTS, ServiceSettings

Resolve = Callable[[str, int], list[str]]  # a name and a port to addresses

DEFAULT_MAX_BYTES = 1 << 20
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 20.0
_GZIP = 16  # zlib: a gzip header, and no other
# OpenID4VP 1.0 §15.8: what a wallet sends must not tell one from another; some servers refuse to get none.
_USER_AGENT = "Mozilla/5.0"


class FetchError(Exception):
    """A fetch that gave nothing usable; `code` says why (refused_address, unreachable, timed_out, status, …).

    `status` is the HTTP status if there was an answer. The text names neither address nor content.
    """

    def __init__(self, code: str, text: str, *, status: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class FetchPolicy:
    """What may be fetched, and how long and how much."""

    allow_http_localhost: bool = False
    allow_private: bool = False
    ca_bundle: Path | None = None
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    total_seconds: float = TOTAL_SECONDS

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "FetchPolicy":
        outgoing = settings.outgoing
        return cls(
            allow_http_localhost=settings.demo,
            allow_private=outgoing.allow_private,
            ca_bundle=outgoing.ca_bundle,
        )


@dataclass(frozen=True)
class Fetched:
    """An answer: its status, the names of its headers in lower case, and all of its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class HttpClient:
    """Fetches by a policy. `transport` replaces the network (in-process tests); the address rules then
    fall away.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        transport: httpx.BaseTransport | None = None,
        *,
        resolve: Resolve | None = None,
    ) -> None:
        self._policy = policy
        self._client = httpx.Client(
            transport=transport or _GuardedTransport(policy, resolve or resolve_name),
            follow_redirects=False,
            trust_env=False,
            # A cookie that came back would join two requests that nothing else joins.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"user-agent": _USER_AGENT, "accept-encoding": "gzip"},
            timeout=httpx.Timeout(policy.read_seconds, connect=policy.connect_seconds),
        )

    def get(
        self,
        url: str,
        *,
        accept: str | Iterable[str],
        max_bytes: int = DEFAULT_MAX_BYTES,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Fetches a document of one of the media types in `accept`; raises FetchError for anything else."""
        wanted = [accept] if isinstance(accept, str) else list(accept)
        sent = {"accept": ", ".join(wanted), **(headers or {})}
        fetched = self.request("GET", url, headers=sent, max_bytes=max_bytes)
        if fetched.status != 200:
            raise FetchError("status", "the answer was not a success", status=fetched.status)
        if fetched.media_type not in wanted:
            raise FetchError("content_type", "the answer has another content type than asked for", status=200)
        return fetched

    def post_form(
        self,
        url: str,
        data: Mapping[str, str],
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Sends a form; an answer of any status comes back (protocol errors are answers)."""
        return self.request("POST", url, data=dict(data), headers=headers, max_bytes=max_bytes)

    def post_json(
        self,
        url: str,
        data: Any,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Sends JSON; an answer of any status comes back (protocol errors are answers)."""
        sent = {"content-type": "application/json", **(headers or {})}
        content = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        return self.request("POST", url, content=content, headers=sent, max_bytes=max_bytes)

    def request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> Fetched:
        """One exchange; raises FetchError when the address is refused or no whole answer came in time."""
        self._check_url(url)
        try:
            with self._client.stream(method, url, content=content, data=data, headers=headers) as response:
                body = self._body(response, max_bytes)
        except httpx.TimeoutException:
            raise FetchError("timed_out", "the other side did not answer in time") from None
        except (_RefusedAddressError, httpx.InvalidURL, UnicodeError):  # the last: a host that is no name
            raise FetchError("refused_address", "the address is not one that may be fetched") from None
        except httpx.HTTPError as error:
            raise _fetch_error(error) from None
        return Fetched(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)

    def close(self) -> None:
        self._client.close()

    def _check_url(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, _port = parts.hostname, parts.port
        except ValueError:
            raise FetchError("refused_address", "the address can't be read") from None
        is_local_http = parts.scheme == "http" and host in LOCAL_HOSTS and self._policy.allow_http_localhost
        if not host or parts.username is not None or not (parts.scheme == "https" or is_local_http):
            raise FetchError("refused_address", "only https addresses are fetched")

    def _body(self, response: httpx.Response, max_bytes: int) -> bytes:
        # What is packed can unpack to any size, so it is unpacked no further than to one byte too many.
        body, unpacking = bytearray(), _Unpacking(response)
        for chunk in [response.content] if response.is_stream_consumed else response.iter_raw():
            body += unpacking.unpack(chunk, max_bytes + 1 - len(body))
            if len(body) > max_bytes:
                raise FetchError("too_large", "the answer is too long", status=response.status_code)
        unpacking.finish()
        return bytes(body)


class _Unpacking:
    """Gives an answer's body as it was before it was packed (RFC 9110 §8.4): by gzip, or not at all."""

    def __init__(self, response: httpx.Response) -> None:
        self._status = response.status_code
        coding = response.headers.get("content-encoding", "identity").lower()
        if coding not in {"identity", "gzip"}:
            raise self._refused()
        is_unpacked = coding == "identity" or response.is_stream_consumed
        self._gzip = None if is_unpacked else zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP)

    def unpack(self, chunk: bytes, at_most: int) -> bytes:
        """What a piece holds, at most so many bytes, of which there is at least one."""
        if self._gzip is None:
            return chunk
        try:
            return self._gzip.decompress(chunk, at_most)
        except zlib.error:
            raise self._refused() from None

    def finish(self) -> None:
        """Refuses what was cut short, and what has something behind it."""
        if self._gzip is not None and (not self._gzip.eof or self._gzip.unused_data):
            raise self._refused()

    def _refused(self) -> FetchError:
        return FetchError("content_encoding", "the answer can't be unpacked", status=self._status)


class _RefusedAddressError(Exception):
    """The name resolves to an address that the policy refuses."""


def _fetch_error(error: httpx.HTTPError) -> FetchError:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return FetchError("tls", "the other side's certificate is not accepted")
    return FetchError("unreachable", "the other side can't be reached")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# --- the network: httpx above, httpcore below, and between them the address that was checked


class _GuardedTransport(httpx.BaseTransport):
    """httpx's transport over a connection pool that only connects to allowed addresses, within a total
    time.
    """

    def __init__(self, policy: FetchPolicy, resolve: Resolve) -> None:
        self._total_seconds = policy.total_seconds
        self._deadline = _Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(cafile=policy.ca_bundle),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=10.0,
            network_backend=_GuardedBackend(policy, resolve, self._deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._deadline.at = time.monotonic() + self._total_seconds
        url = request.url
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx():
            response = self._pool.handle_request(inner)
        stream = _Body(cast("Iterable[bytes]", response.stream), response.close)
        return httpx.Response(response.status, headers=response.headers, stream=stream)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes], close: Callable[[], None]) -> None:
        self._chunks = chunks
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._chunks

    def close(self) -> None:
        self._close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException("timed out") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise httpx.TransportError("no answer") from error


class _Deadline(threading.local):
    """When the exchange of this thread must be over."""

    at: float = 0.0

    def shorten(self, timeout: float | None) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole exchange is over")
        return left if timeout is None else min(left, timeout)


class _GuardedBackend(httpcore.SyncBackend):
    """Resolves a name once, refuses it if one of its addresses is refused, and connects to what was
    checked.
    """

    def __init__(self, policy: FetchPolicy, resolve: Resolve, deadline: _Deadline) -> None:
        self._policy = policy
        self._resolve = resolve
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # the resolver writes a name down before it looks for it
            raise httpcore.ConnectError("the name does not resolve") from error
        for address in _allowed_addresses(host, addresses, self._policy):
            limit = self._deadline.shorten(timeout)
            try:
                stream = super().connect_tcp(address, port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait also ends when the time for the whole exchange is over."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.shorten(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.shorten(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.shorten(timeout))
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def resolve_name(host: str, port: int) -> list[str]:
    """All addresses of a name, by the system's resolver; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _allowed_addresses(host: str, addresses: list[str], policy: FetchPolicy) -> list[str]:
    local = policy.allow_http_localhost and host in LOCAL_HOSTS
    for address in addresses:
        if not is_allowed(address, allow_private=policy.allow_private, allow_loopback=local):
            raise _RefusedAddressError
    return addresses


def is_allowed(address: str, *, allow_private: bool, allow_loopback: bool) -> bool:
    """Whether an IP address may be connected to: public ones always, others as the policy says.

    Link-local addresses (where clouds keep their instance metadata), multicast and reserved ones never are.
    Of IPv6 only what RFC 4291 §2.4 calls global unicast and is allocated as such (2000::/3) is public: the
    rest has forms that stand for addresses of our own network (RFC 8215, RFC 3879, IPv4-compatible).
    """
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    inner = _embedded(ip)
    if inner is not None:
        return is_allowed(str(inner), allow_private=allow_private, allow_loopback=allow_loopback)
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if ip.is_loopback:
        return allow_private or allow_loopback
    if ip.is_global and (ip.version == 4 or ip in _GLOBAL_UNICAST):
        return True
    return allow_private and ip.is_private and not ip.is_reserved


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
