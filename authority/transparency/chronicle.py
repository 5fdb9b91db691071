"""What the log says of each change: everything that the authority did, so that nothing is done in secret.

An entry names organisations, never a person; times are Unix seconds. It stands in the log before what it
tells of is handed over or published: a process that is killed in between leaves an entry too many, never one
too few.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authority.certify import certificate_ends
from authority.member import Certified, Member, RevokedKey
from authority.proposals.proposal import Decision, Proposal
from protocol.encoding import b64url_encode, json_dumps
from protocol.registration.claim_type import claim_type_to_metadata
from protocol.sd_jwt_vc.integrity import create_integrity
from protocol.transparency.entry import Entry, Event, create_entry
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError


def entries_of_change(
    before: Member | None, after: Member, *, now: int, reason: str | None = None
) -> list[Entry]:
    """What is new about a member; its registrations have entries of their own, made when they are signed."""
    return [
        *_standing(before, after, now=now, reason=reason),
        *_certificates(before, after, now=now),
        *_claim_types(before, after, now=now),
    ]


def entry_of_own_certificate(organisation_id: str, purpose: str, certificate: x509.Certificate) -> Entry:
    """A certificate of the authority itself."""
    issued_at = int(certificate.not_valid_before_utc.timestamp())
    return _certificate(organisation_id, purpose, certificate, now=issued_at)


def entry_of_revocation(member: Member, revoked: RevokedKey, *, reason: str, now: int) -> Entry:
    """A member's key that counts no more."""
    said = {"at": now, "organisation_id": member.organisation_id, "purpose": revoked.purpose.value}
    return create_entry(Event.REVOCATION, {**said, "key_sha256": revoked.sha256, "reason": reason})


def entry_of_departure(member: Member, *, reason: str, now: int) -> Entry:
    """A member that takes part no more."""
    return _member(Event.DEPARTURE, member, now=now, reason=reason)


def entry_of_approval(proposal: Proposal, decision: Decision) -> Entry:
    """What was approved, why, and on which conditions; by whom is nobody's business but the authority's."""
    document = proposal.document.model_dump(mode="json", by_alias=True, exclude_none=True)
    said = {
        "at": decision.at,
        "organisation_id": f"PDXGB-{proposal.organisation_id}",
        "kind": proposal.kind.value,
        "reference": proposal.reference,
        "document_sha256": digest_of(json_dumps(document)),
        "reasons": decision.reasons,
        "conditions": decision.conditions,
        "answers": dict(decision.answers),
        "expires_at": decision.expires_at,
        "on_appeal": proposal.appeal is not None,
    }
    return create_entry(Event.APPROVAL, {name: value for name, value in said.items() if value is not None})


def entry_of_trust_list(sequence: int, signed: str, *, head: str, now: int) -> Entry:
    """A trust list about to be published, and its head, by which wallets go."""
    digests = {"sha256": digest_of(signed.encode()), "head_sha256": digest_of(head.encode())}
    return create_entry(Event.TRUST_LIST, {"at": now, "sequence": sequence, **digests})


def check_reason(reason: str) -> None:
    """Raises OperatorError for a reason that says nothing."""
    if not reason.strip():
        raise OperatorError("give a reason; everybody can read it in the log")


def digest_of(data: bytes) -> str:
    """SHA-256 in base64url, as every entry gives it."""
    return b64url_encode(sha256(data).digest())


def _standing(before: Member | None, after: Member, *, now: int, reason: str | None) -> Iterator[Entry]:
    if before is None or (before.has_left and not after.has_left):
        yield _member(Event.ADMISSION, after, now=now)
    elif (before.name, before.url) != (after.name, after.url):
        yield _member(Event.CHANGE, after, now=now)
    if before is not None and before.status is not after.status:
        suspended = after.status is MemberStatus.SUSPENDED
        event = Event.SUSPENSION if suspended else Event.REINSTATEMENT
        yield _member(event, after, now=now, **({"reason": reason} if reason else {}))


def _member(event: Event, member: Member, *, now: int, **more: Any) -> Entry:
    name = {"en": member.name.en, "cy": member.name.cy}
    standing = {"organisation_id": member.organisation_id, "kind": member.kind.value, "name": name}
    return create_entry(event, {"at": now, **standing, "url": member.url, **more})


def _certificates(before: Member | None, after: Member, *, now: int) -> Iterator[Entry]:
    known = {one.chain for one in before.all_certificates} if before else set()
    for one in after.certificates:
        if one.chain not in known:
            yield _certified(after, one, now=now)


def _certified(member: Member, certified: Certified, *, now: int) -> Entry:
    return _certificate(member.organisation_id, certified.purpose.value, certified.leaf, now=now)


def _certificate(organisation_id: str, purpose: str, certificate: x509.Certificate, *, now: int) -> Entry:
    said = {"at": now, "organisation_id": organisation_id, "purpose": purpose}
    digest = digest_of(certificate.public_bytes(Encoding.DER))
    ends = certificate_ends(certificate)
    return create_entry(Event.CERTIFICATE, {**said, "sha256": digest, "expires_at": ends})


def _claim_types(before: Member | None, after: Member, *, now: int) -> Iterator[Entry]:
    known: Sequence[Any] = before.claim_types if before else ()
    for claim_type in after.claim_types:
        if claim_type not in known:
            integrity = create_integrity(json_dumps(claim_type_to_metadata(claim_type)))
            said = {"at": now, "organisation_id": after.organisation_id, "vct": claim_type.vct}
            yield create_entry(Event.CLAIM_TYPE, {**said, "integrity": integrity})
