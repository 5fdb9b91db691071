"""An office on a small network's database, and servers that ask it for certificates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi.testclient import TestClient

from authority.enrolment.admission import Admission
from authority.enrolment.create_enrolment import open_enrolment
from authority.member import Kind, MemberName, Purpose
from authority.office.app import build_office
from authority.office.deps import Deps
from authority.office.settings import OfficeSettings
from authority.usecases.keep_network import keep_network
from protocol.enrolment.binding import create_binding
from protocol.enrolment.enrolment import Enrolment, create_enrolment
from protocol.enrolment.renewal import create_renewal, create_renewal_message
from protocol.keys import SoftwareSigningKey
from protocol.x509.create import create_csr
from serving.clock import FixedClock
from serving.database import Database
from serving.keystore import FileKeystore
from serving.logs import EventLog
from tests.authority.network import NOW, RANDOM, Network, new_key, question

OFFICE = "https://office.network.example"
SERVICE = Purpose.REQUEST_SIGNING
ADMISSION = Admission(
    name=MemberName(en="Parking team", cy="Tîm parcio"),
    url="https://parking.example",
    questions=(question(),),
)


@dataclass
class Office:
    """The office's application over a network's database."""

    network: Network
    own: Database | None = None  # the office's own account; else the authority's
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    def __post_init__(self) -> None:
        home = self.network.directory.parent
        (home / "root.pem").write_bytes(self.network.records.root_certificate().public_bytes(Encoding.PEM))
        if not (home / "office-keys").exists():
            FileKeystore(home / "office-keys").create_secret()
        settings = OfficeSettings.model_validate(
            {
                "base_url": OFFICE,
                "network": "https://network.example",
                "root_certificate": home / "root.pem",
                "database": "sqlite:///unused.db",
                "keystore": home / "office-keys",
                "limits": {"enrolment": None},
            }
        )
        deps = Deps(
            settings=settings,
            root=self.network.records.root_certificate(),
            database=self.database,
            keystore=FileKeystore(settings.keystore),
            clock=self.clock,
            random=RANDOM,
            log=EventLog((home / "office.log").open("a"), clock=self.clock),
            mailer=None,
        )
        self.app = build_office(deps)
        self.client = TestClient(self.app, base_url=OFFICE)

    @property
    def database(self) -> Database:
        return self.own or self.network.records.database

    def code(self, kind: Kind = Kind.SERVICE, member_id: str = "blue-badge", **changes: Any) -> str:
        """The code of a new link."""
        with self.network.records.database.unit() as session:
            values: dict[str, Any] = {
                "created_by": "operator",
                "now": self.clock.now(),
                "random": RANDOM,
            } | changes
            code = open_enrolment(session, kind, member_id, **values)
            session.commit()
        return code

    def enrol(self, code: str, requests: Mapping[str, bytes]) -> Any:
        return self.client.post("/api/enrolments", json=create_enrolment(Enrolment(code, requests)))

    def renew(
        self,
        present: SoftwareSigningKey,
        chain: Sequence[bytes],
        new: SoftwareSigningKey,
        *,
        purpose: str = "request-signing",
        **changes: Any,
    ) -> Any:
        values: dict[str, Any] = {"audience": OFFICE, "jti": RANDOM.bytes(16).hex(), "now": self.clock.now()}
        values |= changes
        request = csr(new, values["jti"], purpose)
        renewal = create_renewal(request, present, x5c=chain, purpose=purpose, **values)
        return self.client.post("/api/renewals", json=create_renewal_message(renewal))

    def answer(self, receipt: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/api/certificate-requests/{receipt}").json()
        return found

    def keep(self) -> list[str]:
        return keep_network(self.network.records, now=self.clock.now(), random=RANDOM)


def csr(
    key: SoftwareSigningKey,
    code: str,
    purpose: str = "request-signing",
    *,
    organisation_id: str = "PDXGB-blue-badge",
) -> bytes:
    return create_csr(
        key,
        organisation_id=organisation_id,
        organisation_name="A wish",
        common_name=purpose,
        challenge=create_binding(code, purpose),
    )


def for_service(code: str, key: SoftwareSigningKey | None = None, **changes: Any) -> dict[str, bytes]:
    return {"request-signing": csr(key or new_key(), code, **changes)}


def for_department(code: str, *keys: SoftwareSigningKey) -> dict[str, bytes]:
    purposes = ("claim-signing", "status-signing")
    made = keys or (new_key(), new_key())
    return {
        purpose: csr(key, code, purpose, organisation_id="PDXGB-dwp")
        for purpose, key in zip(purposes, made, strict=True)
    }
