"""The Blue Badge network of the examples in one process: real authority, departments, services, wallets;
one clock.

The files are made once by the very commands of the demo (`build_network`) and copied for each test, so that
no test sees another's register, database or trust list.
"""

import datetime as dt
import html
import io
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from authority.app import create_authority_app
from authority.member import Kind
from authority.records import Records
from authority.usecases.publish_network import publish_network
from authority.usecases.publish_register import publish_register
from authority.usecases.set_status import set_status
from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Network, Plan, build_network
from examples.blue_badge.network.parties import Addresses
from examples.blue_badge.registers import PERSONAS
from issuer.app import LOG_FIELDS, build_app, create_deps
from issuer.deps import Deps
from issuer.links import offer_links
from issuer.settings import load_settings as load_issuer_settings
from issuer.usecases.make_offer import make_offer
from protocol.trust_list.members import MemberStatus
from serving.clock import FixedClock
from serving.documents import load_document
from serving.http import FetchPolicy, HttpClient
from serving.keystore import FileKeystore
from serving.logs import EventLog
from serving.randomness import SystemRandom
from tests.network import InProcessNetwork
from verifier.app import create_installation, create_verifier_app
from verifier.installation import Installation
from verifier.settings import load_settings as load_verifier_settings
from verifier.usecases.read_answer import read_transaction
from verifier.wallets import request_link, wallets
from wallet.holder.holder import Holder
from wallet.holder.limits import Limits
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.store import Store, open_store
from wallet.service.app import create_wallet_app
from wallet.service.settings import WalletSettings

PEOPLE = 40  # in each register, the personas among them
LIMITS = Limits(scrypt_cost=2**4)


@dataclass(frozen=True)
class Template:
    """The network's files as built, and the moment of building."""

    network: Network
    built_at: int


def build_template(home: Path) -> Template:
    """Builds the example's network with a small register for each department; takes a few seconds."""
    now = int(time.time())
    today = dt.datetime.fromtimestamp(now, tz=dt.UTC).date()
    return Template(build_network(Plan(home, Addresses(), today, people=PEOPLE)), now)


@dataclass(frozen=True)
class Offered:
    """What a member of staff hands to a citizen, the code by another way."""

    link: str
    code: str


class BlueBadge:
    """The running network; a context manager."""

    def __init__(self, template: Template, home: Path) -> None:
        self.home = home
        self.api_keys: Mapping[str, str] = template.network.api_keys
        self.addresses = template.network.plan.addresses
        _copy(template.network.plan.home, home)
        self.clock = FixedClock(template.built_at + 60)
        self.network = InProcessNetwork()
        self.printed = io.StringIO()
        self.authority = Records(home / parties.AUTHORITY)
        self._departments: dict[str, Deps] = {}
        self._services: dict[str, Installation] = {}
        self._stores: list[Store] = []

    def __enter__(self) -> Self:
        self.network.__enter__()
        starters: dict[str, Callable[[], object]] = {
            parties.AUTHORITY: self._start_authority,
            parties.WALLET: self._start_wallet,
        }
        starters |= {name: partial(self.department, name) for name in parties.DEPARTMENTS}
        starters |= {name: partial(self.service, name) for name in parties.SERVICES}
        for name, start in starters.items():
            self.network.mount_when_asked(self.url(name), start)
        return self

    def __exit__(self, *_: object) -> None:
        self.network.__exit__()
        for store in self._stores:
            store.close()
        for department in self._departments.values():
            department.database.close()
        for service in self._services.values():
            service.database.close()

    # --- who runs

    def _start_authority(self) -> None:
        port = self.addresses.port(parties.AUTHORITY)
        app, _ = create_authority_app(self.authority, self._log(), host="127.0.0.1", port=port)
        self.network.mount(self.url(parties.AUTHORITY), app)

    def department(self, name: str) -> Deps:
        """A department, running."""
        if name not in self._departments:
            settings = load_issuer_settings(self.home / name / "issuer.yaml")
            # the timers of real time stay out of the way of a clock that stands still
            settings = settings.model_copy(update={"status_seconds": 3600})
            keystore = FileKeystore(settings.keystore)
            deps = create_deps(settings, keystore=keystore, clock=self.clock, log=self._log(*LOG_FIELDS))
            self._departments[name] = deps
            self.network.mount(self.url(name), build_app(deps))
        return self._departments[name]

    def service(self, name: str) -> Installation:
        """A service's installation, running."""
        if name not in self._services:
            settings = load_verifier_settings(self.home / name / "verifier.yaml")
            self.serve(name, create_installation(settings, clock=self.clock, transport=self.network))
        return self._services[name]

    def serve(self, name: str, house: Installation) -> None:
        """Puts a service's installation, as it is or changed by a test, behind its address."""
        self._services[name] = house
        self.network.mount(self.url(name), create_verifier_app(house, log=self._log()))

    def _start_wallet(self) -> None:
        path = self.home / parties.WALLET / "wallet.yaml"
        settings = load_document(path, WalletSettings)
        app = create_wallet_app(settings, directory=path.parent, log=self._log())
        self.network.mount(self.url(parties.WALLET), app)

    def _log(self, *fields: str) -> EventLog:
        return EventLog(self.printed, clock=self.clock, strict=True, fields=fields)

    def url(self, party: str) -> str:
        return self.addresses.url(party)

    # --- what the authority does

    def suspend(self, kind: Kind, member: str) -> None:
        """Suspends a member and publishes; everybody learns of it with the next list they fetch."""
        now = self.clock.now()
        set_status(self.authority, kind, member, MemberStatus.SUSPENDED, reason="a test", now=now)
        publish_network(self.authority, now=now)
        publish_register(self.authority, now=now)

    # --- what staff and registers do

    def offer(self, department: str, persona: str, *configurations: str) -> Offered:
        """An offer to a person of the registers; raises OfferRefused."""
        deps = self.department(department)
        made = make_offer(deps, PERSONAS[persona].attributes(), configurations)
        return Offered(offer_links(deps, made.reference).wallets[0].link, made.tx_code)

    def change_register(self, department: str, statement: str, *parameters: object) -> None:
        """What the department's own systems do."""
        connection = sqlite3.connect(self.home / "registers" / f"{department}.sqlite")
        with connection:
            connection.execute(statement, parameters)
        connection.close()

    # --- what citizens do

    def wallet(self, name: str = "citizen") -> Holder:
        """A citizen's wallet that belongs to the network."""
        store = open_store(
            self.home / "wallets" / name, passphrase=None, random=SystemRandom(), limits=LIMITS
        )
        self._stores.append(store)
        http = HttpClient(FetchPolicy(allow_http_localhost=True), transport=self.network)
        holder = Holder(store, http, clock=self.clock, random=SystemRandom(), limits=LIMITS)
        holder.set_network(
            NetworkSettings(
                trust_list_url=f"{self.url(parties.AUTHORITY)}/trust-list.jwt",
                root_certificates=((self.home / "root.pem").read_text(),),
                local=True,
            )
        )
        return holder

    def wallet_with(self, department: str, persona: str, *configurations: str) -> Holder:
        """A wallet that already took an offer."""
        holder = self.wallet(persona)
        offered = self.offer(department, persona, *configurations)
        holder.add_offer(offered.link, offered.code)
        return holder

    def browser(self, service: str) -> "Browser":
        """A browser with its own cookies at a service's page."""
        return Browser(self, service)

    # --- what a service's own program does

    def ask(self, service: str, channel: str = "qr") -> dict[str, Any]:
        """A request by the service's API."""
        response = self._api(service).post("/requests", json={"channel": channel})
        assert response.status_code == 201, response.text
        return dict(response.json())

    def confirm(self, service: str, request: Mapping[str, Any], code: str) -> dict[str, Any]:
        """Hands in the code that the citizen read from the phone."""
        response = self._api(service).post(f"/requests/{request['id']}/confirm", json={"code": code})
        assert response.status_code == 200, response.text
        return dict(response.json())

    def standing(self, service: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Where a request stands."""
        return dict(self._api(service).get(f"/requests/{request['id']}").json())

    def _api(self, service: str) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.api_keys[service]}"}
        return self.network.client(base_url=f"{self.url(service)}/api/v1/{service}", headers=headers)

    def code_on_the_phone(self, redirect_uri: str | None) -> str:
        """The confirmation code on the page that the wallet opened."""
        assert redirect_uri is not None
        page = self.network.client().get(redirect_uri)
        found = re.search(r"aria-hidden=\"true\">([^<]+)<", page.text)
        assert found is not None, page.text
        return found[1]


class Browser:
    """A citizen's browser at one service: starts, sees links, comes back, types codes."""

    def __init__(self, badge: BlueBadge, service: str) -> None:
        self._badge = badge
        self._service = service
        self._client = badge.network.client(base_url=badge.url(service))
        self.page: httpx.Response

    def start(self) -> Self:
        """Opens the service's page and begins."""
        assert self.go(f"/{self._service}").status_code == 200
        self._follow(self._client.post(f"/{self._service}/start"))
        return self

    def link(self) -> str:
        """The link for a wallet on the same device, as the page has it."""
        wallet = re.escape(self._badge.url(parties.WALLET))
        found = re.search(rf'href="({wallet}/present[^"]+)"', self.page.text)
        assert found is not None, self.page.text
        return html.unescape(found[1])

    def qr_link(self) -> str:
        """What the QR code on the page says (the image itself is read in tests/browser)."""
        house = self._badge.service(self._service)
        service, choice = house.service(self._service), wallets(house, now=house.clock.now())[0]
        requests = read_transaction(house, service, self.page.url.path.rsplit("/", 1)[-1]).requests
        return next(request_link(house, service, one, choice) for one in requests if one.channel == "qr")

    def go(self, url: str | None) -> httpx.Response:
        """Follows an address, as the wallet names it or the page does."""
        assert url is not None
        return self._follow(self._client.get(url))

    def type_code(self, code: str) -> httpx.Response:
        """Types the confirmation code into the request page."""
        self.reload()
        return self._follow(self._client.post(f"{self.page.url.path}/confirm", data={"code": code}))

    def reload(self) -> httpx.Response:
        return self.go(self.page.url.path)

    def _follow(self, response: httpx.Response) -> httpx.Response:
        while response.has_redirect_location:
            response = self._client.get(response.headers["location"])
        self.page = response
        return response


def _copy(source: Path, target: Path) -> None:
    """Copies the built network; the absolute paths in its settings follow."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    for settings in target.glob("*/*.yaml"):
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace(str(source), str(target)), encoding="utf-8")
