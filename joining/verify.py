"""Nothing that an office says is believed by itself: all of it is verified under the root that was pinned."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from protocol.encoding import json_loads
from protocol.enrolment.answer import Certified
from protocol.enrolment.organisation import Organisation
from protocol.enrolment.purposes import PURPOSES
from protocol.errors import BindingError, MalformedError
from protocol.keys import PublicKey
from protocol.members import Members
from protocol.registration.certificate import (
    RegistrationCertificate,
    read_registration,
    verify_registration_certificate,
    write_registration,
)
from protocol.registration.question import Question
from protocol.trust_list.members import MemberStatus, TrustList
from protocol.trust_list.signed import verify_trust_list
from protocol.x509 import verify_chain
from serving.errors import OperatorError
from serving.http import HttpClient

JWT_TYPES = ("application/jwt", "application/jose", "application/octet-stream", "text/plain")
MAX_TRUST_LIST, MAX_REGISTRATION = 16 << 20, 128 << 10

Chain = tuple[bytes, ...]


class NotYetPublished(OperatorError):
    """What was certified is not in what the network publishes: it will be in a moment."""


def pinned_root(pem: str, root_sha256: bytes) -> x509.Certificate:
    """The root's certificate, which must be the one that the link names; raises BindingError."""
    try:
        root = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise MalformedError("the root's certificate can't be read", code="bad_certificate") from None
    if not hmac.compare_digest(sha256(root.public_bytes(Encoding.DER)).digest(), root_sha256):
        raise BindingError("the office names another network than the link does", code="other_root")
    return root


def verify_certified(
    answer: Certified,
    *,
    anchors: Sequence[x509.Certificate],
    keys: Mapping[str, PublicKey],
    organisation_id: str,
    now: int,
) -> dict[str, Chain]:
    """The chains (DER, leaf first), each for our own key, purpose and organisation; raises RemoteError."""
    if answer.chains.keys() != keys.keys():
        raise BindingError("the certificates are for other purposes than was asked", code="wrong_purposes")
    return {
        purpose: _verified(
            pem, anchors, purpose=purpose, key=keys[purpose], organisation_id=organisation_id, now=now
        )
        for purpose, pem in answer.chains.items()
    }


def _verified(
    pem: str,
    anchors: Sequence[x509.Certificate],
    *,
    purpose: str,
    key: PublicKey,
    organisation_id: str,
    now: int,
) -> Chain:
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise MalformedError("a certificate can't be read", code="bad_certificate") from None
    chain = tuple(one.public_bytes(Encoding.DER) for one in found)
    leaf = verify_chain(chain, anchors=anchors, now=now, expected_profile=PURPOSES[purpose])
    if leaf.public_key != key or leaf.organisation_id != organisation_id:
        raise BindingError("a certificate is for another key or organisation", code="other_certificate")
    return chain


def fetch_trust_list(
    http: HttpClient, url: str, *, anchors: Sequence[x509.Certificate], now: int
) -> TrustList:
    """The network's trust list, verified; raises FetchError, RemoteError."""
    fetched = http.get(url, accept=JWT_TYPES, max_bytes=MAX_TRUST_LIST)
    return verify_trust_list(fetched.body.decode("ascii", "replace").strip(), anchors=anchors, now=now)


def check_listed(trust_list: TrustList, organisation: Organisation) -> None:
    """Raises NotYetPublished until the list names the organisation, OperatorError where it is suspended."""
    members = {"department": trust_list.departments, "service": trust_list.services}
    listed: Mapping[str, object] = members.get(organisation.kind, trust_list.wallet_providers)
    member = listed.get(organisation.organisation_id)
    if member is None:
        raise NotYetPublished("the trust list does not name this organisation yet")
    if getattr(member, "status", None) is not MemberStatus.ACTIVE:
        raise OperatorError("this organisation is suspended in the network")


def fetch_registration(
    http: HttpClient,
    url: str,
    *,
    anchors: Sequence[x509.Certificate],
    trust_list: TrustList,
    subject: str,
    now: int,
) -> tuple[str, RegistrationCertificate]:
    """A registration certificate as it is published, verified, in the log; raises FetchError, RemoteError."""
    fetched = http.get(url, accept=JWT_TYPES, max_bytes=MAX_REGISTRATION)
    compact = fetched.body.decode("ascii", "replace").strip()
    certificate = verify_registration_certificate(
        compact, anchors=anchors, log_keys=trust_list.log_keys, now=now, expected_subject=subject
    )
    return compact, certificate


def check_registers(question: Question, certificate: RegistrationCertificate) -> None:
    """The question is just what was registered, in every word that a registration has; raises RemoteError."""
    written = write_registration(
        question,
        subject=certificate.subject,
        name=certificate.name,
        registry_uri=certificate.registry_uri,
        info_uri=certificate.info_uri or certificate.registry_uri,
        now=certificate.issued_at,
        expires_at=certificate.expires_at,
        country=certificate.country,
    )
    expected = read_registration(Members(json_loads(written), code="bad_registration"))
    if expected != certificate:
        raise BindingError("the question is not the one that was registered", code="other_question")
