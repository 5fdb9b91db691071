"""A department with real keys and certificates, and a trust list that names it, to measure with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.keys import PublicKey, SoftwareSigningKey
from protocol.sd_jwt import Path
from protocol.trust_list.members import Department, Name, TrustList
from protocol.trust_list.trusted import TrustedIssuers
from protocol.x509 import Profile
from protocol.x509.create import create_issuing_ca, create_root, issue_certificate

NOW = 1_800_000_000
DAY = 86_400
START, END = NOW - DAY, NOW + 1000 * DAY
VCT = "urn:pdx:claim:dwp:pip-moving-around-8:1"
STATUS_URI = "https://dwp.example/status/7"
AUDIENCE = "x509_hash:4bXf3wkhbfCvuZGUoGNVxVHrbDVnJQjnYXTkJYWcBBA"
NONCE = "N6bWUOiOSkTyCaLkkYvqDQ"
DISCLOSABLE: Sequence[Path] = (("family_name",), ("given_name",), ("birthdate",))


def claims(index: int) -> dict[str, Any]:
    """What the department says of one person."""
    return {
        "iss": "https://dwp.example",
        "iat": NOW - NOW % DAY,
        "exp": NOW - NOW % DAY + 90 * DAY,
        "vct": VCT,
        "vct#integrity": "sha256-1odmyxoVQCuQx8SAym8rWHXba41fM/Iv/V1H8VHGN00=",
        "status": {"status_list": {"idx": index * 37, "uri": STATUS_URI}},
        "family_name": f"O'Neill {index}",
        "given_name": "Siân",
        "birthdate": "1980-02-29",
    }


@dataclass(frozen=True)
class BenchmarkDepartment:
    """A department's keys and chains (DER, leaf first), and a verifier's trust in it."""

    private_key: ec.EllipticCurvePrivateKey
    signing_key: SoftwareSigningKey
    x5c: tuple[bytes, ...]
    status_key: SoftwareSigningKey
    status_x5c: tuple[bytes, ...]
    trust: TrustedIssuers


def create_department() -> BenchmarkDepartment:
    """Make a root, an issuing authority, a department's certificates and a trust list that names it."""
    root_key, ca_key, status_key = _key(), _key(), _key()
    private_key = ec.generate_private_key(ec.SECP256R1())
    signing_key = SoftwareSigningKey(private_key)
    root = create_root(
        root_key,
        organisation_name="Authority",
        common_name="Root",
        serial=1,
        not_before=START,
        not_after=END,
    )
    ca = create_issuing_ca(
        ca_key.public_key,
        root=root,
        root_key=root_key,
        organisation_name="Authority",
        common_name="Issuing",
        serial=2,
        not_before=START,
        not_after=END,
    )

    def chain(public_key: PublicKey, profile: Profile) -> tuple[bytes, ...]:
        leaf = issue_certificate(
            public_key,
            profile=profile,
            ca=ca,
            ca_key=ca_key,
            organisation_id="PDXGB-dwp",
            organisation_name="Department for Work and Pensions",
            common_name="dwp",
            hosts=["dwp.example"],
            serial=3,
            not_before=START,
            not_after=END,
        )
        return _der(leaf), _der(ca)

    return BenchmarkDepartment(
        private_key=private_key,
        signing_key=signing_key,
        x5c=chain(signing_key.public_key, Profile.CLAIM_SIGNING),
        status_key=status_key,
        status_x5c=chain(status_key.public_key, Profile.STATUS_SIGNING),
        trust=TrustedIssuers(_trust_list(), [root]),
    )


def _trust_list() -> TrustList:
    department = Department(
        organisation_id="PDXGB-dwp",
        name=Name("Department for Work and Pensions", "Yr Adran Gwaith a Phensiynau"),
        url="https://dwp.example",
        claim_types=frozenset({VCT}),
    )
    return TrustList(
        sequence_number=1,
        issued_at=NOW,
        next_update=NOW + DAY,
        operator=Name("Authority", "Awdurdod"),
        departments={department.organisation_id: department},
    )


def _key() -> SoftwareSigningKey:
    return SoftwareSigningKey(ec.generate_private_key(ec.SECP256R1()))


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
