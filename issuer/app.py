"""The one place where a department's service is put together."""

import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from issuer.definitions.load import load_claim_types
from issuer.deps import CLAIM_KEY, STATUS_KEY, Deps, LiveSigner, check_names
from issuer.registers.connector import QueryRefused, Register, RegisterUnreachable
from issuer.registers.csv import CsvRegister
from issuer.registers.sql import SqlRegister
from issuer.renewal import RENEWAL_SECONDS, create_renewal
from issuer.request_key import load_request_key
from issuer.routes import credential, front, metadata, nonce, offers, staff, status, token
from issuer.settings import IssuerSettings, RegisterSettings
from issuer.usecases.publish_status import forget_old, publish_status
from issuer.usecases.watch_certificates import check_certificates, watch_certificates
from serving.app import create_app
from serving.clock import Clock, SystemClock
from serving.database import Database, migrate
from serving.documents import DocumentError, Problem
from serving.errors import OperatorError
from serving.keystore import FileKeystore, Keystore
from serving.limits import PURPOSE, RateLimits
from serving.logs import EventLog
from serving.pages import Pages
from serving.randomness import Random, SystemRandom
from serving.randomness import token as random_token

PAGES = Path(__file__).parent / "pages"
LOG_FIELDS = ("staff",)
PROTOCOL_PATHS = (
    metadata.ISSUER_PATH,
    metadata.SERVER_PATH,
    "/token",
    "/nonce",
    "/credential",
    "/offers/",
    "/status/",
)
CREDENTIAL_BODY_LIMIT = 256 * 1024
STOP_SECONDS = 10
DAY = 86_400


def open_registers(settings: IssuerSettings, random: Random) -> Mapping[str, Register]:
    """Opens the department's registers; raises DocumentError for a file that can't be read."""
    return {name: _open_register(name, register, random) for name, register in settings.registers.items()}


def _open_register(name: str, register: RegisterSettings, random: Random) -> Register:
    if register.csv is None or register.table is None:
        return _open_database(name, register.url or "")
    secret = "pdx" + random_token(random, 9).replace("-", "x")
    try:
        return CsvRegister(register.csv, register.table, secret_name=secret)
    except QueryRefused as error:
        raise DocumentError([Problem(register.csv, 1, f'register "{name}": {error}')]) from None


def _open_database(name: str, url: str) -> Register:
    try:
        return SqlRegister(url)
    except RegisterUnreachable as error:
        raise OperatorError(f'register "{name}" in the settings: {error}') from None


def create_deps(
    settings: IssuerSettings,
    *,
    keystore: Keystore | None = None,
    clock: Clock | None = None,
    random: Random | None = None,
    log: EventLog | None = None,
) -> Deps:
    """Opens registers, keys and database and checks every definition; raises DocumentError, KeystoreError."""
    random, clock = random or SystemRandom(), clock or SystemClock()
    registers = open_registers(settings, random)
    claim_types = load_claim_types(settings.claims, owner=settings.owner, registers=registers)
    keystore = keystore or FileKeystore(settings.keystore)
    log = log or EventLog(clock=clock, fields=LOG_FIELDS)
    names = partial(check_names, address=settings.base_url)
    claims_signer = LiveSigner(keystore, CLAIM_KEY, log=log, check=names)
    status_signer = LiveSigner(keystore, STATUS_KEY, log=log)
    database = Database(settings.database_url)
    migrate(database, "issuer")
    return Deps(
        settings=settings,
        claim_types=claim_types,
        registers=registers,
        database=database,
        keystore=keystore,
        claims_signer=claims_signer,
        status_signer=status_signer,
        request_key=load_request_key(settings.keystore, keystore),
        clock=clock,
        random=random,
        log=log,
    )


def build_app(deps: Deps) -> FastAPI:
    """The web application of a department."""
    settings = deps.settings
    app = create_app(
        title=settings.name.en,
        settings=settings,
        pages=Pages(settings.theme, PAGES, secure=settings.is_https, demo=settings.demo),
        log=deps.log,
        deps=deps,
        routers=[
            module.router for module in (metadata, offers, token, nonce, credential, status, front, staff)
        ],
        protocol_paths=PROTOCOL_PATHS,
        body_limits={"/credential": CREDENTIAL_BODY_LIMIT, "/token": 16 * 1024, "/nonce": 1024},
        csp=_policy(settings),
        ready=[deps.database.check, partial(check_certificates, deps)],
        random=deps.random,
        limits=RateLimits(settings.limits, key=deps.keystore.mac(PURPOSE, b""), log=deps.log),
        lifespan=_lifespan(deps),
    )
    staff.add_sign_in(app, deps)
    return app


def _policy(settings: IssuerSettings) -> dict[str, str]:
    """A form may lead on to the provider at which staff sign in."""
    return {"form-action": f"'self' {settings.sign_in.origin}"} if settings.sign_in else {}


def _lifespan(deps: Deps) -> Callable[[Any], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        timer = Timer(deps)
        await run_in_threadpool(timer.tick)  # after a long stop the lists that are served may have run out
        timer.start()
        try:
            yield
        finally:
            timer.stop()

    return lifespan


class Timer:
    """Publishes status lists and forgets what is old, at intervals, while the service runs.

    Once a day it looks when the certificates run out; where the settings name the network's office, it renews
    them in time.
    """

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._watched_at = 0
        self._renewed_at = 0
        self._renew = create_renewal(deps)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status-lists", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.wait(self._deps.settings.status_seconds):
            self.tick()

    def tick(self) -> None:
        """One round; what fails is noted and tried again at the next.

        Forgetting comes first, since it may free places of which a list says that they are revoked.
        """
        self._try(forget_old, "forgetting_failed")
        self._try(publish_status, "status_publishing_failed")
        if self._deps.clock.now() >= self._watched_at + DAY:
            self._watched_at = self._deps.clock.now()
            self._try(watch_certificates, "watching_certificates_failed")

        if self._renew is not None and self._deps.clock.now() >= self._renewed_at + RENEWAL_SECONDS:
            self._renewed_at = self._deps.clock.now()
            self._try(self._renew, "renewal_failed")

    def _try(self, work: Callable[[Deps], object], failed: str) -> None:
        try:
            work(self._deps)
        except Exception as error:
            self._deps.log.error(failed, kind=type(error).__name__)
