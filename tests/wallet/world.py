"""A small network for the wallet's tests: an authority's static files, one department and one service, all
scripted.

They stand in for other people's software, so they can misbehave where ours can't be made to. The flows with
our own issuer and verifier are in tests/flows.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from protocol.sd_jwt_vc.integrity import create_integrity
from protocol.trust_list.head import create_trust_list_head, head_of
from protocol.trust_list.members import ClaimType, Department, MemberStatus, Name, Service, TrustList
from protocol.trust_list.parts import part_path, write_parts
from protocol.x509 import Profile
from serving.clock import FixedClock
from serving.http import FetchPolicy, HttpClient
from serving.randomness import SystemRandom
from tests.network import InProcessNetwork
from tests.protocol.authority_for_tests import DAY, NOW, OPERATOR, Authority
from tests.wallet.department import DEPARTMENT_ID, DEPARTMENT_URL, VCT, ScriptedDepartment
from tests.wallet.service_party import SERVICE_ID, SERVICE_URL, ScriptedService
from wallet.holder.holder import Holder
from wallet.holder.limits import Limits
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.store import Store, open_store

AUTHORITY_URL = "https://authority.example"
LIMITS = Limits(scrypt_cost=2**4)


def type_document(vct: str = VCT, **changes: Any) -> bytes:
    """Type Metadata with words in both languages."""
    labels = {
        "family_name": ("Family name", "Cyfenw"),
        "given_name": ("Given name", "Enw cyntaf"),
        "birthdate": ("Date of birth", "Dyddiad geni"),
    }
    document = {
        "vct": vct,
        "name": "Moving around",
        "display": [
            {"locale": "en-GB", "name": "8 points or more for moving around"},
            {"locale": "cy-GB", "name": "8 pwynt neu fwy am symud o gwmpas"},
        ],
        "claims": [
            {
                "path": [name],
                "sd": "always",
                "mandatory": name == "family_name",
                "display": [{"locale": "en", "label": english}, {"locale": "cy", "label": welsh}],
            }
            for name, (english, welsh) in labels.items()
        ],
    }
    return json.dumps(document | changes).encode()


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


@dataclass
class World:
    """Everybody, and the wires between them."""

    network: InProcessNetwork
    clock: FixedClock
    home: Path
    authority: Authority = field(default_factory=Authority)
    members: dict[str, Any] = field(default_factory=dict)
    sequence_number: int = 1
    documents: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.trust_list_signer = self.authority.party(Profile.TRUST_LIST)
        self.documents = {VCT: type_document()}
        self.department = ScriptedDepartment(
            self.authority, self.clock, create_integrity(self.documents[VCT])
        )
        self.service = ScriptedService(self.authority, self.clock)
        self.network.mount(AUTHORITY_URL, self._static())
        self.network.mount(DEPARTMENT_URL, self.department.app())
        self.network.mount(SERVICE_URL, self.service.app())
        self.stores: list[Store] = []

    # --- the authority

    def trust_list(self) -> TrustList:
        now = self.clock.now()
        department = Department(
            DEPARTMENT_ID, Name("Department", "Yr Adran"), DEPARTMENT_URL, frozenset({VCT})
        )
        service = Service(SERVICE_ID, Name("Badge team", "Tîm bathodyn"), SERVICE_URL)
        values: dict[str, Any] = {
            "sequence_number": self.sequence_number + now - NOW,  # a new number at any new time
            "issued_at": now,
            "next_update": now + DAY,
            "grace": 7 * DAY,
            "digest": bytes(32),  # of the whole list, which these tests never sign
            "operator": Name(OPERATOR, OPERATOR),
            "departments": {DEPARTMENT_ID: department},
            "services": {SERVICE_ID: service},
            "claim_types": {vct: self._claim_type(vct) for vct in self.documents},
        }
        return TrustList(**(values | self.members))

    def trust_list_head(self) -> str:
        signer, trust_list = self.trust_list_signer, self.trust_list()
        tables, _ = write_parts(trust_list)
        return create_trust_list_head(head_of(trust_list, tables), signer.key, x5c=signer.x5c)

    def suspend_service(self) -> None:
        service = Service(SERVICE_ID, Name("Badge team", "Tîm bathodyn"), SERVICE_URL, MemberStatus.SUSPENDED)
        self.members["services"] = {SERVICE_ID: service}
        self.sequence_number += 1

    def _claim_type(self, vct: str) -> ClaimType:
        name = vct.rpartition(":")[0].rpartition(":")[2]
        return ClaimType(vct, f"{AUTHORITY_URL}/types/{name}.json", create_integrity(self.documents[vct]))

    def _static(self) -> Starlette:
        def head(_request: Request) -> Response:
            return PlainTextResponse(self.trust_list_head(), media_type="application/jwt")

        def part(request: Request) -> Response:
            found = {part_path(digest): body for digest, body in write_parts(self.trust_list())[1].items()}
            return Response(found[request.url.path.lstrip("/")], media_type="application/json")

        def document(request: Request) -> Response:
            name = request.path_params["name"]
            body = next(body for vct, body in self.documents.items() if f":{name}:" in vct)
            return Response(body, media_type="application/json")

        return Starlette(
            routes=[
                Route("/trust-list-head.jwt", head),
                Route("/trust-list/parts/{name}", part),
                Route("/types/{name}.json", document),
            ]
        )

    # --- the citizen

    def settings(self, **changes: Any) -> NetworkSettings:
        values = {
            "trust_list_url": f"{AUTHORITY_URL}/trust-list.jwt",
            "root_certificates": (pem(self.authority.root),),
        }
        return NetworkSettings(**(values | changes))

    def holder(self, name: str = "wallet", *, passphrase: str | None = None, **settings: Any) -> Holder:
        """A wallet that has joined the network."""
        holder = self.unconnected_holder(name, passphrase=passphrase)
        holder.set_network(self.settings(**settings))
        return holder

    def unconnected_holder(self, name: str = "wallet", *, passphrase: str | None = None) -> Holder:
        store = self.store(name, passphrase=passphrase)
        http = HttpClient(FetchPolicy(), transport=self.network)
        return Holder(store, http, clock=self.clock, random=SystemRandom(), limits=LIMITS)

    def store(self, name: str = "wallet", *, passphrase: str | None = None) -> Store:
        store = open_store(self.home / name, passphrase=passphrase, random=SystemRandom(), limits=LIMITS)
        self.stores.append(store)
        return store


@contextmanager
def small_world(home: Path) -> Iterator[World]:
    """Everybody, until the test ends."""
    with InProcessNetwork() as network:
        world = World(network, FixedClock(NOW), home)
        yield world
        for store in world.stores:
            store.close()
