"""A department for the issuer's tests: real registers in SQLite, the real app, a wallet of single steps.

The wallet is played by the protocol's own functions, so that a test can change one thing of a request and
sign it again with the right key.
"""

import io
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import httpx

from examples.blue_badge.registers import PERSONAS, generate_registers
from issuer.app import LOG_FIELDS, build_app, create_deps
from issuer.calendar import today_of
from issuer.deps import CLAIM_KEY, STATUS_KEY, Deps
from issuer.links import offer_links
from issuer.request_key import create_request_key
from issuer.settings import IssuerSettings
from issuer.usecases.make_offer import MadeOffer, make_offer
from protocol.encoding import b64url_encode, json_dumps
from protocol.keys import SigningKey
from protocol.oauth.dpop import create_dpop_proof
from protocol.openid4vci.offer import PRE_AUTHORIZED_CODE_GRANT
from protocol.openid4vci.proof import create_proof
from protocol.sd_jwt_vc import VerifiedSdJwtVc, verify_sd_jwt_vc
from protocol.status_list import VerifiedStatusList, verify_status_list_token
from protocol.trust_list.members import Department, Name, TrustList
from protocol.trust_list.trusted import TrustedIssuers
from protocol.x509 import Profile
from serving.clock import FixedClock
from serving.keystore import FileKeystore
from serving.logs import EventLog
from serving.randomness import SystemRandom
from tests.network import InProcessNetwork
from tests.protocol.authority_for_tests import NOW, Authority
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.resigning import header_of, payload_of

URL = "http://localhost:8401"
CLAIMS = Path(__file__).parents[2] / "examples" / "blue_badge" / "claims"
MOVING = "pip-moving-around-8-1"
PLANNING_E = "pip-planning-journeys-e-1"
PLANNING_12 = "pip-planning-journeys-12-1"
ENHANCED = "pip-mobility-enhanced-1"
DLA = "dla-mobility-higher-1"
WPMS = "wpms-1"
AFCS = "afcs-tariff-1-8-1"
SIGHT = "severely-sight-impaired-1"
NAMES = {"dwp": "Department for Work and Pensions", "veterans": "Veterans UK", "council": "A council"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
TODAY = today_of(NOW)


def make_registers(directory: Path) -> Path:
    """The example's registers, small."""
    generate_registers(directory, today=TODAY, people=60)
    return directory


def claims_of(owner: str, directory: Path) -> Path:
    """The example's claim definitions of one department, in a directory of their own."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in CLAIMS.glob("*.yaml"):
        # Kept if there: a second process of the same department must not empty what the first one reads.
        if f"\nowner: {owner}\n" in path.read_text(encoding="utf-8") and not (directory / path.name).exists():
            shutil.copy(path, directory)
    return directory


def attributes(persona: str, **changes: str) -> dict[str, str]:
    """What a person of the example tells a member of staff."""
    return {**PERSONAS[persona].attributes(), **changes}


def make_keystore(
    directory: Path, authority: Authority, owner: str, *, uris: Sequence[str] = (URL,)
) -> FileKeystore:
    """A department's keys, certified by the authority."""
    keystore = FileKeystore(directory)
    keystore.create_secret()
    create_request_key(directory, keystore, SystemRandom())
    for name, profile in ((CLAIM_KEY, Profile.CLAIM_SIGNING), (STATUS_KEY, Profile.STATUS_SIGNING)):
        key = keystore.create_signing_key(name)
        chain = authority.certify(
            key.public_key,
            profile,
            organisation_id=f"PDXGB-{owner}",
            organisation_name=NAMES[owner],
            uris=uris,
        )
        keystore.store_certificate_chain(name, chain)
    return keystore


class World:
    """One department in an in-process network; enter it to start the app."""

    def __init__(
        self,
        directory: Path,
        registers: Path,
        *,
        owner: str = "dwp",
        database: str | None = None,
        register_url: str | None = None,
        **changes: Any,
    ) -> None:
        self.directory, self.owner = directory, owner
        self.clock = FixedClock(NOW)
        self.authority = Authority()
        self.network = InProcessNetwork()
        self.printed = io.StringIO()
        self.register = directory / f"{owner}.sqlite"
        self.register_url = register_url or f"sqlite:///{self.register}"
        if not self.register.exists():
            shutil.copy(registers / f"{owner}.sqlite", self.register)
        if not (directory / "keys").exists():
            make_keystore(directory / "keys", self.authority, owner, uris=(changes.get("base_url", URL),))
        self.settings = self._settings(database, changes)
        self.deps: Deps

    def _settings(self, database: str | None, changes: Mapping[str, Any]) -> IssuerSettings:
        directory = self.directory
        values = {
            "demo": True,
            "base_url": URL,
            "organisation_id": f"PDXGB-{self.owner}",
            "name": {"en": NAMES[self.owner], "cy": "Adran"},
            "keystore": directory / "keys",
            "database": database or f"sqlite:///{directory}/issuer.sqlite",
            "registers": {self.owner: {"url": self.register_url}},
            "claims": claims_of(self.owner, directory / "claims"),
            "wallets": [{"name": {"en": "Wallet", "cy": "Waled"}, "url": "http://localhost:8420"}],
            "status_seconds": 3_600,  # the timer of the lifespan stays out of the way
        }
        return IssuerSettings.model_validate({**values, **changes})

    def __enter__(self) -> Self:
        self.network.__enter__()
        self.deps = self.another_process()
        self.network.mount(URL, build_app(self.deps))
        return self

    def __exit__(self, *_: object) -> None:
        self.network.__exit__()
        self.deps.database.close()

    def another_process(self) -> Deps:
        """The same department, put together once more."""
        log = EventLog(self.printed, clock=self.clock, strict=True, fields=LOG_FIELDS)
        return create_deps(self.settings, clock=self.clock, random=SystemRandom(), log=log)

    # --- what staff and the register do

    def offer(self, persona: str, *configuration_ids: str) -> MadeOffer:
        """An offer to a person of the example."""
        return make_offer(self.deps, attributes(persona), configuration_ids or (MOVING,))

    def change_register(self, statement: str, *parameters: object) -> None:
        """What the department's own systems do to the register."""
        with sqlite3.connect(self.register) as connection:
            connection.execute(statement, parameters)
        connection.close()

    # --- what wallets and services do

    def wallet(self, name: str = "wallet") -> "Wallet":
        return Wallet(self, signing_key(name))

    def client(self) -> httpx.Client:
        return self.network.client(base_url=URL)

    @cached_property
    def trust(self) -> TrustedIssuers:
        vcts = frozenset(one.definition.vct for one in self.deps.claim_types.values())
        name = Name(en=NAMES[self.owner], cy="Adran")
        member = Department(f"PDXGB-{self.owner}", name, URL, vcts)
        listed = TrustList(
            sequence_number=1,
            issued_at=NOW,
            next_update=NOW + 86_400,
            operator=name,
            departments={member.organisation_id: member},
        )
        return TrustedIssuers(listed, self.authority.anchors)

    def verify(self, compact: str) -> VerifiedSdJwtVc:
        """A copy as a wallet checks it on receipt."""
        return verify_sd_jwt_vc(compact, issuers=self.trust, now=self.clock.now(), leeway=60)

    def status_list(self, uri: str) -> VerifiedStatusList:
        """A status list as a service fetches it."""
        token = self.client().get(httpx.URL(uri).path, headers={"accept": "application/statuslist+jwt"})
        return verify_status_list_token(
            token.text, expected_uri=uri, trust=self.trust, now=self.clock.now(), leeway=60
        )

    def status(self, compact: str) -> int:
        """What the published list says of a copy now."""
        reference = self.verify(compact).status
        assert reference is not None
        return self.status_list(reference.uri).status(reference.index)


@dataclass
class Wallet:
    """A wallet that takes each step of OpenID4VCI by itself."""

    world: World
    key: SigningKey
    requests: int = field(default=0)

    def dpop(self, path: str, *, access_token: str | None = None, **changes: Any) -> dict[str, str]:
        """The DPoP header for a POST to a path."""
        self.requests += 1
        values: dict[str, Any] = {
            "method": "POST",
            "url": URL + path,
            "now": self.world.clock.now(),
            "jti": f"{self.key.public_key.thumbprint()}-{self.requests}",
            "access_token": access_token,
        }
        return {"dpop": create_dpop_proof(self.key, **{**values, **changes})}

    def fetch_offer(self, made: MadeOffer) -> dict[str, Any]:
        links = offer_links(self.world.deps, made.reference)
        answer = self.world.client().get(httpx.URL(links.offer_uri).path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def code(self, made: MadeOffer) -> str:
        return str(self.fetch_offer(made)["grants"][PRE_AUTHORIZED_CODE_GRANT]["pre-authorized_code"])

    def ask_token(
        self, code: str, tx_code: str | None, *, headers: Mapping[str, str] | None = None, **more: str
    ) -> httpx.Response:
        data = {"grant_type": PRE_AUTHORIZED_CODE_GRANT, "pre-authorized_code": code, **more}
        if tx_code is not None:
            data["tx_code"] = tx_code
        sent = self.dpop("/token") if headers is None else headers
        return self.world.client().post("/token", data=data, headers=dict(sent))

    def token(self, made: MadeOffer) -> str:
        answer = self.ask_token(self.code(made), made.tx_code)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def nonce(self) -> str:
        return str(self.world.client().post("/nonce").json()["c_nonce"])

    def proofs(self, nonce: str | None, count: int = 1, **changes: Any) -> list[str]:
        values: dict[str, Any] = {"audience": URL, "now": self.world.clock.now(), **changes}
        return [create_proof(self.holder_key(n), nonce=nonce, **values) for n in range(count)]

    def holder_key(self, number: int) -> SigningKey:
        return signing_key(f"{self.key.public_key.thumbprint()} copy {number}")

    def ask_credential(
        self,
        access_token: str,
        proofs: Sequence[str] = (),
        *,
        name: str = MOVING,
        headers: Mapping[str, str] | None = None,
        change: Callable[[dict[str, Any]], object] | None = None,
    ) -> httpx.Response:
        body: dict[str, Any] = {"credential_configuration_id": name}
        if proofs:
            body["proofs"] = {"jwt": list(proofs)}
        if change:
            change(body)
        sent = {
            "authorization": f"DPoP {access_token}",
            **self.dpop("/credential", access_token=access_token),
            **(headers or {}),
        }
        return self.world.client().post("/credential", json=body, headers=sent)

    def get_copies(self, made: MadeOffer, *, name: str = MOVING, count: int = 1) -> list[str]:
        """The whole way from an offer to copies of a claim."""
        answer = self.ask_credential(self.token(made), self.proofs(self.nonce(), count), name=name)
        assert answer.status_code == 200, answer.text
        return [one["credential"] for one in answer.json()["credentials"]]


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code of a refusal."""
    return answer.status_code, str(answer.json()["error"])


def signed_again(
    compact: str, key: SigningKey, *, remove: str | None = None, header: Mapping[str, Any] | None = None
) -> str:
    """The object with a claim removed or its header changed, signed with the right key."""
    payload = {name: value for name, value in payload_of(compact).items() if name != remove}
    changed = {**header_of(compact), **(header or {})}
    kept = {name: value for name, value in changed.items() if value is not None}
    data = ".".join(b64url_encode(json_dumps(part)) for part in (kept, payload))
    return f"{data}.{b64url_encode(key.sign(data.encode()))}"
