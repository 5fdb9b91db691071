"""A small network for the authority's tests: a department with a claim type, a service with a question."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from authority.member import Kind, Member, MemberName, Purpose
from authority.records import DATABASE, Records
from authority.settings import AuthoritySettings, OperatorName
from authority.usecases.admit_member import Application, admit_member
from authority.usecases.create_authority import create_authority
from authority.usecases.publish_network import publish_network
from authority.usecases.publish_register import publish_register
from protocol.keys import SoftwareSigningKey
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.x509.create import create_csr
from serving.randomness import SystemRandom

NOW = 1_795_000_000
DAY = 86_400
RANDOM = SystemRandom()
VCT = "urn:pdx:claim:dwp:pip-moving-around-8:1"
WORDS = {"en": "English words", "cy": "Geiriau Cymraeg"}
CLAIM_TYPE: dict[str, Any] = {
    "id": "pip-moving-around-8",
    "version": 1,
    "nation": "great-britain",
    "owner": "dwp",
    "effective": {"from": "2026-01-01"},
    "legal_gateway": WORDS,
    "title": {"en": "PIP", "cy": "PIP yn Gymraeg"},
    "statement": WORDS,
    "attributes": [
        {
            "path": path,
            "title": WORDS,
            "justification": "A service must see that the claim belongs to the person.",
        }
        for path in (["family_name"], ["address", "postal_code"])
    ],
    "validity": {"days": 90},
}
QUESTION: dict[str, Any] = {
    "id": "blue-badge",
    "version": 1,
    "title": WORDS,
    "purpose": WORDS,
    "law": WORDS,
    "retention": {"days": 90, "text": WORDS},
    "privacy_policy": "https://blue-badge.example/privacy",
    "contact": {"email": "team@blue-badge.example"},
    "supervisory_authority": {"email": "help@supervisor.example"},
    "any_of": [{"all_of": [{"claim": VCT, "attributes": [["family_name"], ["address", "postal_code"]]}]}],
}


def claim_type(**changes: Any) -> ClaimType:
    return ClaimType.model_validate_json(json.dumps(CLAIM_TYPE | changes))


def question(**changes: Any) -> Question:
    return Question.model_validate_json(json.dumps(QUESTION | changes))


def asking(claim: str, *attributes: list[str]) -> Question:
    return question(any_of=[{"all_of": [{"claim": claim, "attributes": list(attributes)}]}])


def new_key() -> SoftwareSigningKey:
    return SoftwareSigningKey(ec.generate_private_key(ec.SECP256R1()))


def request_of(key: SoftwareSigningKey, organisation_id: str = "") -> bytes:
    return create_csr(
        key,
        organisation_id=organisation_id or "PDXGB-dwp",
        organisation_name="A wish",
        common_name="another wish",
        hosts=("evil.example",),
    )


@dataclass
class Network:
    """An authority in a directory, and the keys of its members."""

    directory: Path
    keys: dict[str, SoftwareSigningKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.records = Records(self.directory)

    def create(self) -> "Network":
        settings = AuthoritySettings(
            name=OperatorName(en="Test authority", cy="Awdurdod prawf"), base_url="https://network.example"
        )
        create_authority(self.records, settings, now=NOW, random=RANDOM)
        return self

    def move_to(self, database: str) -> None:
        """Lets the members stand in another database, before there are any."""
        self.records.save_settings(self.records.settings().model_copy(update={"database": database}))
        self.records.__dict__.pop("database", None)

    def key(self, name: str) -> SoftwareSigningKey:
        return self.keys.setdefault(name, new_key())

    def admit_department(self, *, now: int = NOW, **changes: Any) -> Member:
        requests = {
            Purpose.CLAIM_SIGNING: request_of(self.key("claims")),
            Purpose.STATUS_SIGNING: request_of(self.key("status")),
        }
        values = {
            "kind": Kind.DEPARTMENT,
            "id": "dwp",
            "name": MemberName(en="Department", cy="Adran"),
            "url": "https://dwp.example",
            "requests": requests,
            "claim_types": (claim_type(),),
        }
        return admit_member(self.records, Application(**(values | changes)), now=now, random=RANDOM)

    def admit_service(self, *, now: int = NOW, **changes: Any) -> Member:
        requests = {Purpose.REQUEST_SIGNING: request_of(self.key("requests"), "PDXGB-blue-badge")}
        values = {
            "kind": Kind.SERVICE,
            "id": "blue-badge",
            "name": MemberName(en="Blue Badge team", cy="Tîm Bathodyn Glas"),
            "url": "https://blue-badge.example",
            "requests": requests,
            "questions": (question(),),
        }
        return admit_member(self.records, Application(**(values | changes)), now=now, random=RANDOM)

    def admit_wallet(self) -> Member:
        application = Application(
            kind=Kind.WALLET_PROVIDER,
            id="wallet",
            name=MemberName(en="Wallet", cy="Waled"),
            url="https://wallet.example",
            requests={},
        )
        return admit_member(self.records, application, now=NOW, random=RANDOM)

    def fill(self) -> "Network":
        self.admit_department()
        self.admit_service()
        self.admit_wallet()
        return self

    def publish(self, now: int = NOW) -> int:
        sequence = publish_network(self.records, now=now)
        publish_register(self.records, now=now)
        return sequence

    def state(self) -> dict[str, bytes]:
        """Every file of the authority but its lock and its database, of which every row."""
        files = (path for path in self.directory.rglob("*") if path.is_file() and not _is_living(path))
        read = {str(path.relative_to(self.directory)): path.read_bytes() for path in files}
        return read | {
            f"{one.kind} {one.id}": one.model_dump_json().encode() for one in self.records.members()
        }


def _is_living(path: Path) -> bool:
    return path.name == ".lock" or path.name.startswith(DATABASE)
