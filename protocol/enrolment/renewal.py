"""A renewal: a JWS by the key that is certified now, with a certification request for the next one.

RFC 7030 §4.2.2 has the client authenticate with its present certificate by TLS; here that certificate signs
the message, so that a proxy in front of the office is in no one's way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509

from protocol.enrolment.binding import verify_csr
from protocol.enrolment.enrolment import MAX_CSR
from protocol.enrolment.organisation import CODE
from protocol.enrolment.purposes import PURPOSES
from protocol.errors import BindingError, ValidityError
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import SigningKey
from protocol.members import Members
from protocol.x509 import LeafIdentity, verify_chain
from protocol.x509.request import CertificateRequest

RENEWAL_TYP: Final = "pdx-renewal+jwt"
MAX_AGE: Final = 300  # seconds, either way: clocks differ


@dataclass(frozen=True, slots=True)
class Renewal:
    """A verified renewal: who asks, for which purpose, for which new key. `jti` is to be spent."""

    signer: LeafIdentity
    purpose: str
    csr: bytes
    request: CertificateRequest
    jti: str
    issued_at: int


def create_renewal(
    csr: bytes, key: SigningKey, *, x5c: Sequence[bytes], purpose: str, audience: str, jti: str, now: int
) -> str:
    """Sign a renewal with the present key; `csr` is bound to `jti`, `audience` is the office's address."""
    payload = {"aud": audience, "iat": now, "jti": jti, "purpose": purpose, "csr": csr.decode("ascii")}
    return create_jws(payload, key, typ=RENEWAL_TYP, x5c=x5c)


def verify_renewal(
    compact: str, *, anchors: Sequence[x509.Certificate], expected_audience: str, now: int
) -> Renewal:
    """Establishes, in this order, that

    1. it is a renewal, for a purpose that exists;
    2. the certificate in `x5c` is the network's, for that purpose, and has not ended;
    3. its key signed the renewal;
    4. the renewal is for this office, and made within minutes of `now`;
    5. the certification request is signed by the new key and made for this renewal and purpose.

    Raises RemoteError. Who calls it checks the member's standing and spends the `jti`.
    """
    jws = parse_jws(compact, expected_typ=RENEWAL_TYP)
    purpose = Members(jws.payload, code=CODE).string("purpose", limit=64)
    if purpose not in PURPOSES:  # 1
        raise Members(jws.payload, code=CODE).wrong("the purpose is not known")
    signer = verify_chain(jws.x5c, anchors=anchors, now=now, expected_profile=PURPOSES[purpose])  # 2
    payload = Members(verify_jws(jws, signer.public_key), code=CODE, name="the renewal")  # 3
    _check_fresh(payload, expected_audience, now)  # 4
    jti, csr = payload.string("jti", limit=128), payload.string("csr", limit=MAX_CSR).encode()
    request = verify_csr(csr, expected_secret=jti, expected_purpose=purpose)  # 5
    return Renewal(signer, purpose, csr, request, jti, payload.integer("iat"))


def _check_fresh(payload: Members, expected_audience: str, now: int) -> None:
    if payload.string("aud", limit=2048) != expected_audience:
        raise BindingError("the renewal is for another office", code="wrong_audience")
    if abs(now - payload.integer("iat")) > MAX_AGE:
        raise ValidityError("the renewal is not of now; is the clock right?", code="renewal_not_current")


def create_renewal_message(compact: str) -> dict[str, Any]:
    """The JSON of `POST /api/renewals`."""
    return {"renewal": compact}


def parse_renewal_message(value: object) -> str:
    """Read it; raises MalformedError."""
    return Members(value, code=CODE).string("renewal", limit=64 * 1024)
