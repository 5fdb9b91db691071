"""The one way to make a web application of ours: the same limits, headers, errors and health checks for
all.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from protocol.errors import ProtocolError
from serving.errors import ApiError, from_protocol, from_status
from serving.limits import RateLimits
from serving.logs import EventLog
from serving.middleware import (
    AccessLog,
    BodyLimit,
    Cors,
    Packing,
    PathSet,
    RequestId,
    SameOriginForms,
    SecurityHeaders,
    UnhandledErrors,
    place,
)
from serving.pages import STATIC, Pages
from serving.randomness import Random, SystemRandom
from serving.settings import ServiceSettings

CSP: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# locked, out of connections, restarting, not reachable: it may be better in a moment
_DATABASE_AWAY = (OperationalError, InterfaceError, NoConnectionError)
_RETRY_SECONDS = "10"
_FOR_EVER = "public, max-age=31536000, immutable"


def create_app(
    *,
    title: str,
    settings: ServiceSettings,
    pages: Pages,
    log: EventLog,
    deps: object = None,
    routers: Sequence[APIRouter] = (),
    protocol_paths: Sequence[str] = (),
    machine_paths: Sequence[str] = (),
    packed_paths: Sequence[str] = (),
    body_limits: Mapping[str, int] | None = None,
    csp: Mapping[str, str] | None = None,
    ready: Sequence[Callable[[], None]] = (),
    random: Random | None = None,
    limits: RateLimits | None = None,
    lifespan: Any = None,
    openapi_url: str | None = None,
) -> FastAPI:
    """Assembles an application.

    `deps` is the service's own object of dependencies, at `request.app.state.deps`. `protocol_paths` may
    be read by any web page (CORS, no credentials) and answer in JSON, 400 for what can't be parsed;
    `machine_paths` answer in JSON; answers at `packed_paths` are compressed; a path that ends in "/" stands
    for all under it. `body_limits` (bytes, same paths) replace the default of 64 KiB. `csp` replaces
    directives of the content security policy.
    `ready` are checks that raise. `limits` count for the routes that are `limited`.
    """
    respond = _Responder(pages, log, protocol=PathSet(protocol_paths), machine=PathSet(machine_paths))
    app = FastAPI(
        title=title,
        openapi_url=openapi_url,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestId, random=random or SystemRandom()),
            Middleware(AccessLog, log=log),
            Middleware(SecurityHeaders, headers=_security_headers(settings, csp or {})),
            Middleware(Cors, paths=PathSet(protocol_paths)),
            Middleware(UnhandledErrors, log=log, respond=respond),
            Middleware(BodyLimit, limits=body_limits or {}, respond=respond),
            Middleware(SameOriginForms, exempt=PathSet([*protocol_paths, *machine_paths]), respond=respond),
            Middleware(Packing, paths=PathSet(packed_paths)),
        ],
    )
    app.state.deps = deps
    app.state.pages = pages
    app.state.limits = limits
    for kind in (ApiError, ProtocolError, HTTPException, RequestValidationError, *_DATABASE_AWAY):
        app.add_exception_handler(kind, respond.handle)
    # before the routers: a service whose paths begin with a variable must not take these
    _add_health(app, ready, log)
    _add_look(app, pages)
    for router in routers:
        app.include_router(router)
    return app


def _security_headers(settings: ServiceSettings, csp: Mapping[str, str]) -> dict[str, str]:
    headers = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in {**CSP, **csp}.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }
    if settings.is_https:
        headers["strict-transport-security"] = "max-age=63072000"
    return headers


class _Responder:
    """Turns what went wrong into the answer: JSON for machines, a page for people."""

    def __init__(self, pages: Pages, log: EventLog, *, protocol: PathSet, machine: PathSet) -> None:
        self._pages = pages
        self._log = log
        self._protocol = protocol
        self._machine = machine

    def __call__(self, scope: Scope, error: Exception) -> Response:
        refusal = self._refusal(scope["path"], error)
        request = Request(scope)
        response = self._page(request, refusal) if self._wants_page(request) else _json(refusal)
        response.headers.update(refusal.headers)
        return response

    async def handle(self, request: Request, error: Exception) -> Response:
        response = self(request.scope, error)
        if isinstance(error, ProtocolError) and response.status_code >= 500:
            self._log.error("protocol_error", code=error.code, kind=type(error).__name__, where=place(error))
        elif isinstance(error, _DATABASE_AWAY):
            self._log.error("database_unavailable", kind=type(error).__name__, where=place(error))
        elif isinstance(error, ProtocolError | ApiError):
            self._log.warning("refused", code=getattr(error, "code", ""), status=response.status_code)
        return response

    def _refusal(self, path: str, error: Exception) -> ApiError:
        if isinstance(error, ApiError):
            return error
        if isinstance(error, ProtocolError):
            return from_protocol(error)
        if isinstance(error, HTTPException):
            return from_status(error.status_code, error.headers)
        if isinstance(error, RequestValidationError):
            return from_status(400 if path in self._protocol else 422)
        if isinstance(error, _DATABASE_AWAY):
            return from_status(503, {"retry-after": _RETRY_SECONDS})
        return from_status(500)

    def _wants_page(self, request: Request) -> bool:
        path = request.url.path
        if path in self._protocol or path in self._machine:
            return False
        return "text/html" in request.headers.get("accept", "")

    def _page(self, request: Request, refusal: ApiError) -> Response:
        language, name = self._pages.language(request), self._name(refusal)
        texts = {f"error_{part}": self._pages.text(language, f"error.{name}.{part}") for part in _PARTS}
        reference = getattr(request.state, "request_id", "")
        context: dict[str, Any] = {**texts, "request_id": reference}
        return self._pages.render(request, "error.html", status=refusal.status, **context)

    def _name(self, refusal: ApiError) -> str:
        names = (refusal.page or "", str(refusal.status), "500" if refusal.status >= 500 else "400")
        return next(name for name in names if self._pages.has_text(f"error.{name}.title"))


_PARTS = ("title", "text", "next")


def _json(refusal: ApiError) -> Response:
    body = {**refusal.members, "error": refusal.code}
    if refusal.text:
        body["error_description"] = refusal.text
    return JSONResponse(body, status_code=refusal.status)


def _add_health(app: FastAPI, ready: Sequence[Callable[[], None]], log: EventLog) -> None:
    @app.get("/health/live", include_in_schema=False)
    def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False)
    def is_ready() -> Response:
        try:
            for check in ready:
                check()
        except Exception as error:
            log.error("not_ready", kind=type(error).__name__, where=place(error))
            return JSONResponse({"status": "unavailable"}, status_code=503)
        return JSONResponse({"status": "ready"})


def _add_look(app: FastAPI, pages: Pages) -> None:
    @app.get("/theme.css", include_in_schema=False)
    def theme() -> Response:
        return PlainTextResponse(
            pages.theme_css(), media_type="text/css", headers={"cache-control": _FOR_EVER}
        )

    app.mount("/static", _Static(directory=STATIC, check_dir=False))


class _Static(StaticFiles):
    """Static files; under an address that carries their version they are cached for ever."""

    async def check_config(self) -> None:
        if not STATIC.is_dir():  # not built yet: pages work without their look
            raise HTTPException(404)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=") and response.status_code == 200
        response.headers["cache-control"] = _FOR_EVER if versioned else "public, max-age=300"
        return response
