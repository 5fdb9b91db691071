"""Serves what the authority published, for a demonstration; any static web server does as well."""

import os
from fnmatch import fnmatchcase as fnmatch
from typing import Any

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from authority.records import Records
from authority.settings import AuthoritySettings
from protocol.registration.public_register import DIRECTORY
from serving.app import create_app
from serving.errors import OperatorError
from serving.logs import EventLog
from serving.pages import Pages
from serving.settings import ServiceSettings, Theme, Tls

MEDIA_TYPES = {
    "types/*": "application/json",
    "trust-list/parts/*": "application/json",
    "log/tile/*": "application/octet-stream",
    "log/checkpoint": "text/plain; charset=utf-8",
    "ca/*": "application/x-pem-file",
    "*.jwt": "application/jwt",
}
# A type's metadata never changes under its version, nor a tile of the log (C2SP tlog-tiles v1), nor what is
# named by its digest.
FOREVER = ("types/*", "log/tile/*", "trust-list/parts/*")
IMMUTABLE, SOON = "public, max-age=86400, immutable", "public, max-age=60"
PATHS = (
    *(
        "/trust-list.jwt",
        "/trust-list-head.jwt",
        "/trust-list/",
        "/types/",
        "/registrations/",
        "/ca/",
        "/log/",
    ),
    *("/register/register.json", "/register/changes.json", "/register/schemas/"),
    *("/register/questions/", "/register/members/", "/register/claims/"),
)
ASSETS = "register/assets/"  # with their version in the address


def create_authority_app(
    records: Records, log: EventLog, *, host: str, port: int, tls: Tls | None = None
) -> tuple[FastAPI, ServiceSettings]:
    """The application and the settings to serve it with."""
    settings = _serving(records.settings(), records, host=host, port=port, tls=tls)
    pages = Pages(settings.theme, demo=settings.demo)

    def is_published() -> None:
        if not records.sequence():
            raise OperatorError("nothing is published yet; run pdx authority publish")

    app = create_app(
        title="Authority",
        settings=settings,
        pages=pages,
        log=log,
        protocol_paths=PATHS,
        packed_paths=["/"],
        ready=[is_published],
    )
    app.mount("/", _Published(directory=records.public, check_dir=False, follow_symlink=True))
    return app, settings


def _serving(
    settings: AuthoritySettings, records: Records, *, host: str, port: int, tls: Tls | None
) -> ServiceSettings:
    return ServiceSettings(
        demo=settings.demo,
        base_url=settings.base_url,
        host=host,
        port=port,
        keystore=records.directory / "own",
        theme=Theme(name=settings.name),
        tls=tls,
    )


class _Published(StaticFiles):
    """The published files with their media types and caching."""

    async def check_config(self) -> None:
        """Nothing to check: before the first publication every file is simply not there."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        name = str(scope["path"]).lstrip("/")
        if name == DIRECTORY:  # links on the page start at its own address
            return RedirectResponse(f"/{DIRECTORY}/", status_code=308)
        is_directory = name.startswith(f"{DIRECTORY}/") and name.endswith("/")
        return await super().get_response(f"{path}/index.html" if is_directory else path, scope)

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        name = str(scope["path"]).lstrip("/")  # this application is mounted at the top
        is_versioned = name.startswith(ASSETS) and scope.get("query_string", b"").startswith(b"v=")
        is_immutable = is_versioned or any(fnmatch(name, pattern) for pattern in FOREVER)
        response.headers["cache-control"] = IMMUTABLE if is_immutable else SOON
        media_type = next((one for pattern, one in MEDIA_TYPES.items() if fnmatch(name, pattern)), None)
        if media_type and response.status_code == 200:
            response.headers["content-type"] = media_type
        return response
