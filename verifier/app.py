"""The one place where the verifier is put together."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import httpx
from fastapi import FastAPI

from joining.timer import Timer
from serving.app import create_app
from serving.clock import Clock, SystemClock
from serving.database import Database, migrate
from serving.http import FetchPolicy, HttpClient
from serving.keystore import read_passphrase
from serving.limits import PURPOSE, RateLimits
from serving.logs import EventLog
from serving.pages import Pages
from serving.randomness import Random, SystemRandom
from verifier.installation import Installation
from verifier.network import ClaimNames, StatusLists, TrustSource
from verifier.routes import api, handouts, wallet
from verifier.routes import pages as citizens
from verifier.routes.screen import PAGES
from verifier.services import LiveServices, load_certificates
from verifier.settings import Settings

OPENAPI: Final = "/api/openapi.json"


def create_installation(
    settings: Settings,
    *,
    clock: Clock | None = None,
    random: Random | None = None,
    transport: httpx.BaseTransport | None = None,
    environment: Mapping[str, str] | None = None,
    log: EventLog | None = None,
) -> Installation:
    """Loads keys, certificates and questions and brings the tables up to date.

    Raises DocumentError or KeystoreError with what to mend. `transport` stands in for the network in tests.
    """
    clock = clock or SystemClock()
    anchors = load_certificates(settings.network.root_certificates)
    passphrase = read_passphrase(dict(environment if environment is not None else os.environ))
    services = LiveServices(
        settings,
        anchors=anchors,
        passphrase=passphrase,
        clock=clock,
        log=log or EventLog(sys.stderr, clock=clock),
    )
    database = Database(settings.database)
    migrate(database, "verifier")
    http = HttpClient(FetchPolicy.from_settings(settings), transport)
    trust = TrustSource(
        settings.network,
        http=http,
        database=database,
        anchors=anchors,
        additional_anchors=load_certificates(settings.network.additional_anchors),
    )
    return Installation(
        settings=settings,
        database=database,
        clock=clock,
        random=random or SystemRandom(),
        services=services,
        trust=trust,
        status_lists=StatusLists(http),
        claim_names=ClaimNames(http, trust),
    )


def create_pages(settings: Settings) -> Pages:
    """The verifier's templates and texts; raises DocumentError."""
    return Pages(settings.theme, PAGES, secure=settings.is_https, demo=settings.demo)


def create_verifier_app(
    house: Installation,
    *,
    log: EventLog | None = None,
    pages: Pages | None = None,
    timer: Timer | None = None,
) -> FastAPI:
    """The web application of an installation; `timer` runs beside it."""
    settings, log = house.settings, log or EventLog(clock=house.clock)
    return create_app(
        title="Personal Data Exchange: verifier",
        settings=settings,
        pages=pages or create_pages(settings),
        log=log,
        deps=house,
        routers=[wallet.router, api.router, citizens.router, handouts.router],
        protocol_paths=["/oid4vp/"],
        machine_paths=["/api/"],
        packed_paths=["/oid4vp/request/"],
        ready=[house.database.check],
        random=house.random,
        limits=RateLimits(settings.limits, key=_limits_key(house), log=log),
        openapi_url=OPENAPI,
        lifespan=_beside(timer),
    )


def _beside(timer: Timer | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if timer is not None:
            timer.start()
        try:
            yield
        finally:
            if timer is not None:
                timer.stop()

    return lifespan


def _limits_key(house: Installation) -> bytes:
    """A key that every process of this installation has, and nobody else."""
    return next(iter(house.services.values())).keystore.mac(PURPOSE, b"")
