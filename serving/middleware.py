"""What wraps every request, as plain ASGI: limits, headers, identifiers, the access log, errors that
nobody caught.
"""

import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.logs import EventLog
from serving.randomness import Random, token

DEFAULT_BODY_LIMIT = 64 * 1024
HEAD_LIMIT = 32 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

ErrorResponse = Callable[[Scope, Exception], Response]


class PathSet:
    """Paths of a service: one that ends in "/" stands for everything under it, any other for itself."""

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self._under = tuple(path for path in paths if path.endswith("/"))
        self._exact = frozenset(path for path in paths if not path.endswith("/"))

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and (path in self._exact or path.startswith(self._under))


class Packing:
    """Packs answers (gzip) at these paths, for whoever takes them packed (RFC 9110 §12.5.3).

    Only what is public, or holds nothing that a stranger could guess at: the length of a packed answer tells
    of its content (BREACH). A part of a file (§14.2) is left as it is.
    """

    def __init__(self, app: ASGIApp, *, paths: PathSet) -> None:
        self.app = app
        self.packing = GZipMiddleware(app, minimum_size=256, compresslevel=6)
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_packed = scope["type"] == "http" and scope["path"] in self.paths
        app = self.packing if is_packed and "range" not in Headers(scope=scope) else self.app
        await app(scope, receive, send)


class RequestId:
    """Gives each request an identifier of ours, in the answer's X-Request-Id and in every log line about
    it.
    """

    def __init__(self, app: ASGIApp, *, random: Random) -> None:
        self.app = app
        self.random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request_id = token(self.random, 9)
        scope.setdefault("state", {})["request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            return await self.app(scope, receive, _with_headers(send, {"x-request-id": request_id}))


class AccessLog:
    """One line a request: method, the route's pattern, status, milliseconds. No path, no query, no address.

    A path may hold a reference that is as good as a password, and an address says who was there.
    """

    def __init__(self, app: ASGIApp, *, log: EventLog) -> None:
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            self._write(scope, status, time.perf_counter() - started)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        mounted = f"{scope.get('root_path', '')}/*" if "endpoint" in scope else "unmatched"
        route = getattr(scope.get("route"), "path", mounted)
        if route.startswith("/health/"):
            return
        method = scope["method"] if scope["method"].isalpha() else "unknown"
        self.log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


class SecurityHeaders:
    """The headers that every answer carries unless the route set its own."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        return await self.app(scope, receive, _with_headers(send, self.headers))


class UnhandledErrors:
    """Answers 500 for an exception that nobody caught, and logs its class and place: its text may hold
    anything.
    """

    def __init__(self, app: ASGIApp, *, log: EventLog, respond: ErrorResponse) -> None:
        self.app = app
        self.log = log
        self.respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:  # in the middle of its request: there is nobody to answer
            self.log.info("client_gone")
        except Exception as error:
            self.log.error("unhandled_error", kind=type(error).__name__, where=place(error))
            if started or scope["type"] != "http":
                raise _Broken from None
            await self.respond(scope, HTTPException(500))(scope, receive, send)


class _Broken(Exception):
    """The answer had begun and can't be completed: the server must cut the connection."""


def place(error: BaseException) -> str:
    """Where an exception came from, innermost last: file:line of up to five frames."""
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return ",".join(f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames)


class BodyLimit:
    """Refuses a body that is too long: a declared one before a byte is read, a streamed one at the byte
    too many. A head that is too long, or that says its body's length in two ways, is refused as well.
    """

    def __init__(self, app: ASGIApp, *, limits: Mapping[str, int], respond: ErrorResponse) -> None:
        self.app = app
        self.limits = sorted(limits.items(), key=lambda item: -len(item[0]))
        self.respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if _head_size(scope) > HEAD_LIMIT:
            return await self.respond(scope, HTTPException(431))(scope, receive, send)
        limit, headers = self._limit(scope["path"]), Headers(scope=scope)
        declared = headers.get("content-length")
        if declared is not None and "transfer-encoding" in headers:  # RFC 9112 §6.1: perhaps smuggled
            refusal = HTTPException(400, headers={"connection": "close"})
            return await self.respond(scope, refusal)(scope, receive, send)
        if declared is not None and not (declared.isascii() and declared.isdigit()):
            return await self.respond(scope, HTTPException(400))(scope, receive, send)
        if declared is not None and int(declared[:20]) > limit:
            return await self.respond(scope, HTTPException(413))(scope, receive, send)
        return await self.app(scope, _bounded(receive, limit), send)

    def _limit(self, path: str) -> int:
        for prefix, limit in self.limits:
            if path == prefix or (prefix.endswith("/") and path.startswith(prefix)):
                return limit
        return DEFAULT_BODY_LIMIT


def _head_size(scope: Scope) -> int:
    names_and_values = sum(len(name) + len(value) for name, value in scope["headers"])
    return names_and_values + len(scope["path"]) + len(scope.get("query_string", b""))


def _bounded(receive: Receive, limit: int) -> Receive:
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413)
        return message

    return bounded


class Cors:
    """Lets any web page read the protocol's own addresses, without credentials (Fetch standard, CORS
    protocol).
    """

    _HEADERS: Mapping[str, str] = {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "DPoP-Nonce, Retry-After, WWW-Authenticate, ETag",
        "cross-origin-resource-policy": "cross-origin",
    }
    _PREFLIGHT: Mapping[str, str] = {
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "Accept, Authorization, Content-Type, DPoP, OAuth-Client-Attestation,"
        " OAuth-Client-Attestation-PoP",
        "access-control-max-age": "86400",
    }

    def __init__(self, app: ASGIApp, *, paths: PathSet) -> None:
        self.app = app
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self.paths:
            return await self.app(scope, receive, send)
        send = _with_headers(send, self._HEADERS)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope):
            return await Response(status_code=204, headers=dict(self._PREFLIGHT))(scope, receive, send)
        return await self.app(scope, receive, send)


class SameOriginForms:
    """Refuses a form that another site's page sends in a person's name (cross-site request forgery).

    Browsers say where a request comes from in Sec-Fetch-Site, older ones in Origin; a program that is no
    browser sends neither and carries no cookie of a person's.
    """

    def __init__(self, app: ASGIApp, *, exempt: PathSet, respond: ErrorResponse) -> None:
        self.app = app
        self.exempt = exempt
        self.respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or scope["path"] in self.exempt:
            return await self.app(scope, receive, send)
        if not _is_same_origin(Headers(scope=scope)):
            return await self.respond(scope, HTTPException(403))(scope, receive, send)
        return await self.app(scope, receive, send)


def _is_same_origin(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _with_headers(send: Send, headers: Mapping[str, str]) -> Callable[[Message], Awaitable[Any]]:
    async def extended(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return extended
