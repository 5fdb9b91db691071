"""A network in one process for the verifier's tests: an authority, departments, a verifier with two services.

Everything is the real code with real SQL. A holder is played by the protocol's own functions, so that a test
can change one thing of a presentation and sign it again with the right key.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from protocol.dcql.paths import Path as ClaimPath
from protocol.openid4vp.link import PresentationLink, parse_presentation_link
from protocol.openid4vp.request_object import AuthorizationRequest, verify_request_object
from protocol.openid4vp.response import create_response
from protocol.registration.question import Question
from protocol.sd_jwt_vc import add_key_binding, create_sd_jwt_vc, present_sd_jwt_vc
from protocol.status_list import StatusList, create_status_list_token
from protocol.trust_list.members import ClaimType, Department, Name, Service, TrustList, WalletProvider
from protocol.trust_list.signed import create_trust_list
from protocol.trust_list.trusted import TrustedServices
from protocol.x509 import Profile
from serving.clock import FixedClock
from serving.documents import load_document
from serving.keystore import FileKeystore
from serving.logs import EventLog
from serving.pages import Pages
from serving.randomness import SystemRandom
from serving.settings import Theme
from tests.network import InProcessNetwork
from tests.protocol.authority_for_tests import DAY, NOW, OPERATOR, YEAR, Authority, Party
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.registering import create_registration_certificate
from verifier.app import create_installation, create_verifier_app
from verifier.installation import Installation
from verifier.routes.screen import PAGES
from verifier.settings import Settings
from verifier.usecases.read_answer import read_transaction
from verifier.wallets import request_link, wallets

AUTHORITY = "http://localhost:8400"
DWP = "http://localhost:8401"
VERIFIER = "http://localhost:8411"
WALLET = "http://localhost:8420"
STATUS_URI = f"{DWP}/status/1"
QUESTIONS = Path(__file__).parents[2] / "examples" / "blue_badge" / "questions"
MOVING = "urn:pdx:claim:dwp:pip-moving-around-8:1"
ENHANCED = "urn:pdx:claim:dwp:pip-mobility-enhanced:1"
WPMS = "urn:pdx:claim:veterans:wpms:1"
ENGLAND, TAX = "blue-badge-england", "vehicle-tax-exemption"
API_KEYS = {ENGLAND: "england-key-0123456789", TAX: "tax-key-0123456789"}
RETURN_URL = "http://localhost:9000/back"
FORM = {"content-type": "application/x-www-form-urlencoded"}

PERSON: Mapping[str, Any] = {
    "family_name": "O’Neill-Gwyn",
    "given_name": "Siân",
    "birthdate": "1961-02-03",
    "address": {"postal_code": "ZZ99 9ZZ"},
}
DISCLOSABLE: Sequence[ClaimPath] = [
    ("family_name",),
    ("given_name",),
    ("birthdate",),
    ("address", "postal_code"),
    ("award_end_date",),
]


@dataclass
class Files:
    """What static servers hold: address path → media type and body; None for a server error."""

    content: dict[str, tuple[str, bytes] | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._serve)])

    async def _serve(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        found = self.content.get(path)
        if found is None:
            return Response(status_code=503 if path in self.content else 404)
        return Response(found[1], headers={"content-type": found[0]})


@dataclass
class Claim:
    """A claim and the key it is bound to."""

    compact: str
    vct: str
    holder: str = "holder"


class World:
    """The network; enter it to start the apps."""

    def __init__(self, directory: Path, *, database: str | None = None, **changes: Any) -> None:
        self.directory = directory
        self.clock = FixedClock(NOW)
        self.authority = Authority()
        self.dwp = self.department("dwp", "Department for Work and Pensions")
        self.dwp_status = self.status_signer("dwp", "Department for Work and Pensions")
        self.veterans = self.department("veterans", "Veterans UK")
        self.files = Files()
        self.statuses = StatusList(2, length=1024)
        self.network = InProcessNetwork()
        self.sequence = 0
        self.publish_trust_list()
        self.publish_status_list()
        self._issued = 0
        self._prepare_services()
        self.settings = self._settings(database or f"sqlite:///{directory}/verifier.sqlite", changes)
        self.house: Installation

    def __enter__(self) -> Self:
        self.network.__enter__()
        self.network.mount(AUTHORITY, self.files.app())
        self.network.mount(DWP, self.files.app())
        self.serve(self.installation())
        return self

    def serve(self, house: Installation) -> None:
        """Puts a process of the verifier behind its address."""
        self.house = house
        pages = texts(self.settings.theme)
        self.network.mount(VERIFIER, create_verifier_app(house, log=self._log(), pages=pages))

    def restart(self) -> None:
        """Ends the process and starts another."""
        self.house.database.close()
        self.serve(self.installation())

    def __exit__(self, *_: object) -> None:
        self.network.__exit__()
        self.house.database.close()

    def installation(self) -> Installation:
        """Another process of the same verifier."""
        return create_installation(
            self.settings,
            clock=self.clock,
            random=SystemRandom(),
            transport=self.network,
            environment={},
            log=self._log(),
        )

    def _log(self) -> EventLog:
        return EventLog((self.directory / "log").open("a"), clock=self.clock, strict=True)

    @property
    def now(self) -> int:
        return self.clock.now()

    # --- the authority

    def department(self, name: str, title: str) -> Party:
        return self.authority.party(
            Profile.CLAIM_SIGNING,
            organisation_id=f"PDXGB-{name}",
            organisation_name=title,
            hosts=[f"{name}.example"],
        )

    def status_signer(self, name: str, title: str) -> Party:
        return self.authority.party(
            Profile.STATUS_SIGNING, organisation_id=f"PDXGB-{name}", organisation_name=title
        )

    def trust_list(self, **changes: Any) -> TrustList:
        """The members, with some things changed."""
        self.sequence += 1
        departments = {
            "PDXGB-dwp": Department(
                "PDXGB-dwp", Name("DWP", "Yr Adran Gwaith a Phensiynau"), DWP, frozenset({MOVING, ENHANCED})
            ),
            "PDXGB-veterans": Department(
                "PDXGB-veterans", Name("Veterans UK", "Veterans UK"), DWP, frozenset({WPMS})
            ),
        }
        services = {
            f"PDXGB-{one}": Service(f"PDXGB-{one}", Name(one, one), VERIFIER) for one in (ENGLAND, TAX)
        }
        wallet = WalletProvider("PDXGB-wallet", Name("The wallet", "Y waled"), WALLET)
        members: dict[str, Any] = {
            "sequence_number": self.sequence,
            "issued_at": self.clock.now(),
            "next_update": self.clock.now() + DAY,
            "grace": DAY,
            "operator": Name(OPERATOR, OPERATOR),
            "departments": departments,
            "services": services,
            "wallet_providers": {"PDXGB-wallet": wallet},
            "claim_types": self._catalogue(),
        }
        return TrustList(**(members | changes))

    def _catalogue(self) -> dict[str, ClaimType]:
        return {}

    def publish_trust_list(self, trust_list: TrustList | None = None) -> None:
        party = self.authority.party(Profile.TRUST_LIST)
        token = create_trust_list(trust_list or self.trust_list(), party.key, x5c=party.x5c)
        self.files.content["/trust-list.jwt"] = ("application/jwt", token.encode())

    def publish_status_list(self, signer: Party | None = None, **changes: Any) -> None:
        party = signer or self.dwp_status
        values: dict[str, Any] = {
            "uri": STATUS_URI,
            "now": self.clock.now(),
            "expires_at": self.clock.now() + DAY,
            "ttl": 600,
        }
        token = create_status_list_token(
            self.statuses, signing_key=party.key, x5c=party.x5c, **(values | changes)
        )
        self.files.content["/status/1"] = ("application/statuslist+jwt", token.encode())

    # --- the services

    def _prepare_services(self) -> None:
        root = self.authority.root.public_bytes(Encoding.PEM)
        (self.directory / "root.pem").write_bytes(root)
        for name in (ENGLAND, TAX):
            self._prepare_keystore(name)
            self.register(name, question_of(name))

    def _prepare_keystore(self, name: str) -> None:
        keystore = FileKeystore(self.directory / "keys" / name)
        key = keystore.create_signing_key("request")
        keystore.create_secret()
        chain = self.authority.certify(
            key.public_key,
            Profile.REQUEST_SIGNING,
            organisation_id=f"PDXGB-{name}",
            organisation_name=name,
            hosts=["localhost"],
        )
        keystore.store_certificate_chain("request", chain)

    def register(self, name: str, question: Question) -> Path:
        """The registration certificate of a question, as the authority gives it to the service."""
        registrar = self.authority.party(Profile.REGISTRAR)
        token = create_registration_certificate(
            question,
            registrar.key,
            x5c=registrar.x5c,
            subject=f"PDXGB-{name}",
            name=name,
            registry_uri=AUTHORITY,
            info_uri=VERIFIER,
            now=NOW,
            expires_at=NOW + YEAR // 2,
        )
        path = self.directory / f"{name}.jwt"
        path.write_text(token)
        return path

    def _settings(self, database: str, changes: Mapping[str, Any]) -> Settings:
        values: dict[str, Any] = {
            "base_url": VERIFIER,
            "demo": True,
            "database": database,
            "keystore": self.directory / "keys",
            "network": {
                "root_certificates": [self.directory / "root.pem"],
                "trust_list": f"{AUTHORITY}/trust-list.jwt",
            },
            "services": {name: self.service_settings(name) for name in (ENGLAND, TAX)},
        }
        return Settings.model_validate(values | dict(changes))

    def service_settings(self, name: str) -> dict[str, Any]:
        key = hashlib.sha256(API_KEYS[name].encode()).hexdigest()
        return {
            "organisation_id": f"PDXGB-{name}",
            "name": {"en": f"Service {name}", "cy": f"Gwasanaeth {name}"},
            "questions": [
                {"file": QUESTIONS / f"{name}.yaml", "registration": self.directory / f"{name}.jwt"}
            ],
            "api_keys": [{"name": "test", "sha256": key}],
            "return_urls": [RETURN_URL],
        }

    # --- a citizen

    def issue(
        self,
        vct: str = MOVING,
        *,
        issuer: Party | None = None,
        holder: str = "holder",
        status: int | None = None,
        claims: Mapping[str, Any] | None = None,
        disclosable: Sequence[ClaimPath] | None = None,
        **changes: Any,
    ) -> Claim:
        """A claim of a department; `status` is its index in the status list."""
        self._issued += 1
        content: dict[str, Any] = {
            "vct": vct,
            "iat": NOW - DAY,
            "exp": NOW + 30 * DAY,
            **(PERSON if claims is None else claims),
            **({"status": {"status_list": {"idx": status, "uri": STATUS_URI}}} if status is not None else {}),
            **changes,
        }
        content = {name: value for name, value in content.items() if value is not None}
        party = issuer or self.dwp
        compact = create_sd_jwt_vc(
            claims=content,
            disclosable=disclosable if disclosable is not None else _present(content),
            signing_key=party.key,
            x5c=party.x5c,
            holder_key=signing_key(holder).public_key,
            random=SystemRandom().bytes,
        )
        return Claim(compact, vct, holder)

    def browser(self) -> httpx.Client:
        """A browser of its own: cookies, no automatic redirects."""
        return self.network.client(base_url=VERIFIER, headers={"accept": "text/html"})

    def fetch(self, link: str, *, method: str = "get", **form: str) -> httpx.Response:
        """What a wallet gets behind the request_uri of a link."""
        uri = parse_presentation_link(link).request_uri
        client = self.network.client()
        return client.get(uri) if method == "get" else client.post(uri, data=form)

    def read(self, link: str, **expected: Any) -> AuthorizationRequest:
        """A link's request, verified as a wallet verifies it."""
        parsed: PresentationLink = parse_presentation_link(link)
        return verify_request_object(
            self.fetch(link).text,
            expected_client_id=parsed.client_id,
            trust=TrustedServices(self.trust_list(), self.authority.anchors),
            now=self.now,
            **expected,
        )

    def present(
        self, request: AuthorizationRequest, claim: Claim, *, paths: Sequence[ClaimPath] | None = None
    ) -> str:
        """A presentation with key binding of what the request asks of this claim."""
        shown = self.show(request, claim, paths=paths)
        return self.bind(request, shown, holder=claim.holder)

    def show(
        self, request: AuthorizationRequest, claim: Claim, *, paths: Sequence[ClaimPath] | None = None
    ) -> str:
        """The same before it is bound."""
        asked = self.asked(request, claim) if paths is None else paths
        return present_sd_jwt_vc(claim.compact, paths=asked)

    def bind(self, request: AuthorizationRequest, shown: str, *, holder: str = "holder") -> str:
        return add_key_binding(
            shown,
            holder_key=signing_key(holder),
            audience=request.client_id,
            nonce=request.nonce,
            now=self.now,
        )

    def post_bound(self, request: AuthorizationRequest, shown: str) -> httpx.Response:
        """Binds what is shown as the first claim and posts it."""
        return self.post(request, {"c1": [self.bind(request, shown)]})

    def asked(self, request: AuthorizationRequest, claim: Claim) -> list[ClaimPath]:
        """The paths that a request asks of a claim and that the tests' person has."""
        query = next(one for one in request.query.credentials if claim.vct in one.vct_values)
        return [one.path for one in query.claims if one.path[0] in PERSON]

    def query_id(self, request: AuthorizationRequest, claim: Claim) -> str:
        return next(one.id for one in request.query.credentials if claim.vct in one.vct_values)

    def respond(self, request: AuthorizationRequest, claim: Claim) -> httpx.Response:
        """Answers a request with a claim."""
        return self.post(request, {self.query_id(request, claim): [self.present(request, claim)]})

    def post(self, request: AuthorizationRequest, vp_token: Mapping[str, Sequence[str]]) -> httpx.Response:
        """Encrypts and posts a vp_token."""
        return self.post_form(request.response_uri, create_response(vp_token, request=request))

    def post_form(self, url: str, form: Mapping[str, str]) -> httpx.Response:
        return self.network.client().post(url, data=dict(form))

    # --- a service's page and program

    def start(self, browser: httpx.Client, service: str = ENGLAND) -> str:
        """Starts in a browser; the address of the request page."""
        response = browser.post(f"/{service}/start")
        assert response.status_code == 303, response.text
        return response.headers["location"]

    def links(self, service: str, page: str) -> dict[str, str]:
        """The links of a transaction's two requests, by channel, as link and QR code carry them."""
        return links_of(self.house, service, page.rsplit("/", 1)[-1])

    def api(self, service: str = ENGLAND) -> httpx.Client:
        """A service's own program."""
        headers = {"authorization": f"Bearer {API_KEYS[service]}"}
        return self.network.client(base_url=f"{VERIFIER}/api/v1/{service}", headers=headers)

    def ask(self, service: str = ENGLAND, **body: Any) -> dict[str, Any]:
        """A request made through the API."""
        response = self.api(service).post("/requests", json={"channel": "qr", **body})
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    def read_answer(self, created: Mapping[str, Any], service: str = ENGLAND) -> dict[str, Any]:
        """Where a request made through the API stands."""
        response = self.api(service).get(f"/requests/{created['id']}")
        assert response.status_code == 200, response.text
        state: dict[str, Any] = response.json()
        return state


@cache
def texts(theme: Theme) -> Pages:
    """The pages' texts, read once for all tests."""
    return Pages(theme, PAGES, secure=False)


@cache
def question_of(name: str) -> Question:
    """One of the example questions."""
    return load_document(QUESTIONS / f"{name}.yaml", Question)


def links_of(house: Installation, service: str, transaction_id: str) -> dict[str, str]:
    running = house.service(service)
    wallet = wallets(house, now=house.clock.now())[0]
    requests = read_transaction(house, running, transaction_id).requests
    return {one.channel: request_link(house, running, one, wallet) for one in requests}


def code_on_the_phone(world: World, redirect_uri: str) -> str:
    """The confirmation code that the phone's page shows."""
    page = world.browser().get(path_of(redirect_uri))
    found = re.search(r"aria-hidden=\"true\">([^<]+)<", page.text)
    assert found is not None, page.text
    return found[1]


def confirmed(world: World, created: Mapping[str, Any], response: httpx.Response) -> dict[str, Any]:
    """What the API says once the code on the phone was handed in."""
    assert response.status_code == 200, response.text
    code = code_on_the_phone(world, response.json()["redirect_uri"])
    handed_in = world.api().post(f"/requests/{created['id']}/confirm", json={"code": code})
    assert handed_in.status_code == 200, handed_in.text
    body: dict[str, Any] = handed_in.json()
    return body


def response_code(redirect_uri: str) -> str:
    """The response_code in a redirect_uri."""
    return parse_qs(urlsplit(redirect_uri).query)["response_code"][0]


def path_of(url: str) -> str:
    """Path and query of an address of the verifier's."""
    return url.removeprefix(VERIFIER)


def _present(content: Mapping[str, Any]) -> list[ClaimPath]:
    return [path for path in DISCLOSABLE if _has(content, path)]


def _has(content: Any, path: ClaimPath) -> bool:
    for step in path:
        if not isinstance(content, Mapping) or step not in content:
            return False
        content = content[step]
    return True


Change = Callable[[dict[str, Any]], object]
