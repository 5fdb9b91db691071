"""Outgoing HTTP: bounded, and guarded against being sent to addresses of our own network (SSRF).

A peer's document may name an address to fetch. The name is resolved once, every address it has must be allowed, and the
connection goes to the address that was checked: a name that answers differently the second time (DNS rebinding) gains
nothing. TLS still checks the certificate against the name.
"""

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from serving.settings import LOCAL_HOSTS, ServiceSettings

DEFAULT_MAX_BYTES = 1 << 20
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 20.0
_USER_AGENT = "personal-data-exchange"


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
    """Fetches by a policy. `transport` replaces the network (in-process tests); the address rules then fall away."""

    def __init__(self, policy: FetchPolicy, transport: httpx.BaseTransport | None = None) -> None:
        self._policy = policy
        self._client = httpx.Client(
            transport=transport or _guarded_transport(policy),
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": _USER_AGENT},
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
        except _RefusedAddressError:
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
        deadline = time.monotonic() + self._policy.total_seconds
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > max_bytes:
                raise FetchError("too_large", "the answer is too long", status=response.status_code)
            if time.monotonic() > deadline:
                raise FetchError("timed_out", "the other side did not answer in time")
        return bytes(body)


class _RefusedAddressError(Exception):
    """The name resolves to an address that the policy refuses."""


def _fetch_error(error: httpx.HTTPError) -> FetchError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _RefusedAddressError):
            return FetchError("refused_address", "the address is not one that may be fetched")
        if isinstance(cause, ssl.SSLError):
            return FetchError("tls", "the other side's certificate is not accepted")
        cause = cause.__cause__ or cause.__context__
    return FetchError("unreachable", "the other side can't be reached")


def _guarded_transport(policy: FetchPolicy) -> httpx.HTTPTransport:
    context = ssl.create_default_context(cafile=policy.ca_bundle)
    transport = httpx.HTTPTransport(verify=context, trust_env=False, retries=0)
    pool = transport._pool
    pool._network_backend = _GuardedBackend(policy, socket.getaddrinfo)
    return transport
