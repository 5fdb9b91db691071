"""Takes a renewal in: a certification request, signed with the key that is certified now."""

from sqlmodel import Session

from authority.checks import check_key_is_new, check_names_asked, check_standing
from authority.enrolment import store
from authority.enrolment.accept_requests import has_key
from authority.enrolment.places import Desk
from authority.enrolment.store import CertificateRequestRow, SpentRenewal
from authority.member import Kind, Member, Purpose
from authority.refusal import RefusedError
from authority.store import find_member, read_members
from protocol.encoding import b64url_encode
from protocol.enrolment.purposes import KIND_OF
from protocol.enrolment.renewal import MAX_AGE, Renewal, verify_renewal
from serving.database import insert_given, purge_spent, spend
from serving.randomness import Random, token


def accept_renewal(desk: Desk, compact: str, *, now: int, random: Random) -> tuple[str, str]:
    """Keeps the request; gives its name and the receipt to ask with. Old and new key go on side by side.

    It is refused for a member that is suspended, a key that was revoked or is none of the member's, a
    certificate that has ended, a renewal that came before: RefusedError, RemoteError.
    """
    renewal = verify_renewal(compact, anchors=[desk.root], expected_audience=desk.office, now=now)
    receipt, request_id = token(random), token(random, 12)
    with desk.database.unit() as session:
        member = _member(session, renewal)
        _check_present_key(member, renewal)
        check_names_asked(renewal.request, member)
        purpose, members = Purpose(renewal.purpose), read_members(session)
        check_key_is_new(renewal.request.public_key, members, member, purpose, own=desk.own_keys)
        purge_spent(session, SpentRenewal, now=now)
        _spend(session, renewal)
        row = CertificateRequestRow(
            receipt=store.digest(receipt),
            id=request_id,
            kind=member.kind.value,
            member_id=member.id,
            requests=store.write_requests({renewal.purpose: renewal.csr}),
            asked_at=now,
            state=store.PENDING,
        )
        session.execute(insert_given(row))
        session.commit()
    return request_id, receipt


def _member(session: Session, renewal: Renewal) -> Member:
    member_id = renewal.signer.organisation_id.partition("-")[2]
    member = find_member(session, Kind(KIND_OF[renewal.purpose]), member_id)
    if member is None:
        raise RefusedError("this organisation is not a member any more", code="not_a_member")
    check_standing(member)
    return member


def _check_present_key(member: Member, renewal: Renewal) -> None:
    key = b64url_encode(renewal.signer.key_sha256)
    if any(key == one.sha256 for one in member.revoked_keys):
        raise RefusedError("the key was revoked; ask for an enrolment link", code="key_revoked")
    if not any(has_key(one, key, renewal.purpose) for one in member.all_certificates):
        raise RefusedError("the certificate is not one of this member's", code="other_member")


def _spend(session: Session, renewal: Renewal) -> None:
    # of one signer: nobody may use another's up
    key = f"{renewal.signer.key_sha256.hex()} {renewal.jti}"
    if not spend(session, SpentRenewal, key, renewal.issued_at + MAX_AGE):
        raise RefusedError("this renewal was sent before; make a new one", code="renewal_used")
