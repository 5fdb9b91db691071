"""An internet in one process: requests are routed by origin to ASGI apps, and a test may get in between.

Apps run on one event loop in a thread of their own, as under a server; clients are synchronous httpx
clients that use `InProcessNetwork` as their transport. Every exchange is recorded. `dropping`,
`losing_replies`, `delaying` and `tampering` change what happens on the way; `replay` sends a recorded
request again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from serving.clock import FixedClock

App = Any  # an ASGI application, with a Starlette router if it has a lifespan
Forward = Callable[[httpx.Request], httpx.Response]
Matcher = Callable[[httpx.Request], bool]
Interceptor = Callable[[httpx.Request, Forward], httpx.Response]


@dataclass(frozen=True)
class Exchange:
    """One request as it reached an app, and what the app said."""

    request: httpx.Request
    response: httpx.Response


class InProcessNetwork(httpx.BaseTransport):
    """Origins ("http://localhost:8401") and the apps behind them; a context manager."""

    def __init__(self) -> None:
        self._apps: dict[str, App] = {}
        self._starters: dict[str, Callable[[], object]] = {}
        self._starting = threading.RLock()
        self._interceptors: list[tuple[Matcher, Interceptor]] = []
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self.exchanges: list[Exchange] = []

    def __enter__(self) -> Self:
        self._portal = self._stack.enter_context(start_blocking_portal())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._stack.close()

    def close(self) -> None:
        """A client that closes does not take the network down with it."""

    def mount(self, origin: str, app: App) -> None:
        """Starts an app (its lifespan runs until the network ends) and puts it behind an origin."""
        assert self._portal is not None, "enter the network first"
        router = getattr(app, "router", None)
        if router is not None:
            lifespan: AbstractContextManager[Any] = self._portal.wrap_async_context_manager(
                router.lifespan_context(app)
            )
            self._stack.enter_context(lifespan)
        self._apps[_origin(httpx.URL(origin))] = app

    def mount_when_asked(self, origin: str, start: Callable[[], object]) -> None:
        """Calls `start`, which mounts the app, when the first request for this origin comes."""
        self._starters[_origin(httpx.URL(origin))] = start

    def client(self, **options: Any) -> httpx.Client:
        """A browser of sorts: keeps cookies, follows no redirect by itself."""
        return httpx.Client(transport=self, **options)

    # --- transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        forward: Forward = self._deliver
        for matches, interceptor in reversed(self._interceptors):
            if matches(request):
                forward = _bind(interceptor, forward)
        return _unread(forward(request))

    def _deliver(self, request: httpx.Request) -> httpx.Response:
        app = self._app(_origin(request.url))
        if app is None or self._portal is None:
            raise httpx.ConnectError("nobody is there", request=request)
        response = self._portal.call(_ask, app, request)
        self.exchanges.append(Exchange(request, response))
        return response

    def _app(self, origin: str) -> App | None:
        with self._starting:
            start = self._starters.pop(origin, None)
            if start is not None and origin not in self._apps:
                start()
        return self._apps.get(origin)

    # --- in between

    @contextmanager
    def intercepting(self, matches: Matcher, interceptor: Interceptor) -> Iterator[None]:
        entry = (matches, interceptor)
        self._interceptors.append(entry)
        try:
            yield
        finally:
            self._interceptors.remove(entry)

    def dropping(self, matches: Matcher) -> AbstractContextManager[None]:
        """Requests never arrive."""

        def drop(request: httpx.Request, _forward: Forward) -> httpx.Response:
            raise httpx.ConnectError("dropped", request=request)

        return self.intercepting(matches, drop)

    def losing_replies(self, matches: Matcher) -> AbstractContextManager[None]:
        """Requests arrive, but the sender never hears of it."""

        def lose(request: httpx.Request, forward: Forward) -> httpx.Response:
            forward(request)
            raise httpx.ReadTimeout("the reply was lost", request=request)

        return self.intercepting(matches, lose)

    def delaying(self, matches: Matcher, *, seconds: int, clock: FixedClock) -> AbstractContextManager[None]:
        """Requests arrive later: everybody's clock has moved on by then."""

        def delay(request: httpx.Request, forward: Forward) -> httpx.Response:
            clock.advance(seconds)
            return forward(request)

        return self.intercepting(matches, delay)

    def tampering(
        self,
        matches: Matcher,
        *,
        body: Callable[[bytes], bytes] = lambda body: body,
        reply: Callable[[bytes], bytes] = lambda body: body,
    ) -> AbstractContextManager[None]:
        """Bodies of requests or replies are changed on the way."""

        def tamper(request: httpx.Request, forward: Forward) -> httpx.Response:
            response = forward(_with_body(request, body(request.content)))
            return _with_reply(response, reply(response.content))

        return self.intercepting(matches, tamper)

    def replay(self, exchange: Exchange) -> httpx.Response:
        """Sends a recorded request again, byte for byte."""
        return self._deliver(_with_body(exchange.request, exchange.request.content))

    def seen(self, path: str) -> list[Exchange]:
        """The exchanges whose path contains this text."""
        return [exchange for exchange in self.exchanges if path in exchange.request.url.path]


def path_contains(text: str) -> Matcher:
    """Matches requests whose path contains this text."""
    return lambda request: text in request.url.path


def _bind(interceptor: Interceptor, forward: Forward) -> Forward:
    return lambda request: interceptor(request, forward)


async def _ask(app: App, request: httpx.Request) -> httpx.Response:
    response = await httpx.ASGITransport(app=app).handle_async_request(request)
    content = await response.aread()
    if response.headers.pop("content-encoding", None):  # what comes after tampers with plain bodies
        response.headers["content-length"] = str(len(content))
    return httpx.Response(response.status_code, headers=response.headers, content=content)


def _unread(response: httpx.Response) -> httpx.Response:
    # what arrived is kept; the client reads a stream of its own
    stream = httpx.ByteStream(response.content)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream)


def _with_body(request: httpx.Request, body: bytes) -> httpx.Request:
    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
    return httpx.Request(request.method, request.url, headers=headers, content=body)


def _with_reply(response: httpx.Response, body: bytes) -> httpx.Response:
    headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"content-length"]
    return httpx.Response(response.status_code, headers=headers, content=body)


def _origin(url: httpx.URL) -> str:
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    return f"{url.scheme}://{url.host}:{port}"
