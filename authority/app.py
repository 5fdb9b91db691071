"""Serves what the authority published, for a demonstration; any static web server does as well."""

from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from authority.records import Records
from authority.settings import AuthoritySettings
from serving.app import create_app
from serving.errors import OperatorError
from serving.logs import EventLog
from serving.pages import Pages
from serving.settings import ServiceSettings, Theme, Tls

MEDIA_TYPES = {".jwt": "application/jwt", ".json": "application/json", ".pem": "application/x-pem-file"}
# A type's metadata never changes under its version; everything else may with the next list.
CACHING = {".json": "public, max-age=86400, immutable"}
SOON = "public, max-age=60"
PATHS = ("/trust-list.jwt", "/types/", "/registrations/", "/ca/")


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
        title="Authority", settings=settings, pages=pages, log=log, protocol_paths=PATHS, ready=[is_published]
    )
    app.mount("/", _Published(directory=records.public, check_dir=False))
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

    def file_response(self, full_path: Any, *arguments: Any, **keywords: Any) -> Response:
        response = super().file_response(full_path, *arguments, **keywords)
        suffix = "." + str(full_path).rpartition(".")[2]
        response.headers["cache-control"] = CACHING.get(suffix, SOON)
        if suffix in MEDIA_TYPES and response.status_code == 200:
            response.headers["content-type"] = MEDIA_TYPES[suffix]
        return response
