"""The wallet's service, wired: `/config.json`, health, and the web app's files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response

from serving.app import create_app
from serving.logs import EventLog
from serving.pages import Pages
from serving.randomness import Random
from wallet.service.files import ASK_FIRST, WebApp
from wallet.service.headers import page_policy
from wallet.service.settings import Network, WalletSettings, read_certificates


def create_wallet_app(
    settings: WalletSettings, *, directory: Path = Path(), log: EventLog, random: Random | None = None
) -> FastAPI:
    """The service; `directory` is where the settings' relative paths count from.

    Raises OSError or ValueError for a certificate that can't be read.
    """
    web_app = WebApp(directory / settings.web_app)
    app = create_app(
        title="Wallet",
        settings=settings,
        pages=Pages(settings.theme, secure=settings.is_https, demo=settings.demo),
        log=log,
        routers=[_config_router(settings, directory)],
        machine_paths=["/config.json"],
        csp=page_policy(demo=settings.demo),
        ready=[web_app.check_built],
        random=random,
    )
    # Old phones on slow lines: the files are the same for everybody, so their size tells nothing.
    app.mount("/", GZipMiddleware(web_app, minimum_size=1024, compresslevel=6), name="web_app")
    return app


def _config_router(settings: WalletSettings, directory: Path) -> APIRouter:
    network = {"name": settings.theme.name.en, **_network(settings.network, directory)}
    config = {"network": network, "demo": settings.demo}
    router = APIRouter()

    @router.get("/config.json", include_in_schema=False)
    def give_config() -> Response:
        return JSONResponse(config, headers={"Cache-Control": ASK_FIRST})

    return router


def _network(network: Network, directory: Path) -> Mapping[str, Any]:
    return {
        "trustListUrl": network.trust_list_url,
        "rootCertificates": list(read_certificates(network.root_certificates, directory=directory)),
        "extraIssuerAnchors": list(read_certificates(network.extra_issuer_anchors, directory=directory)),
        "extraServiceAnchors": list(read_certificates(network.extra_service_anchors, directory=directory)),
    }
