"""Takes a server's first certification requests in, for the code of its link.

Nothing is kept of what is refused, and a refused try does not use the link up. What is taken waits for
whoever has the keys (`certify_requests`), who looks at all of it again.
"""

from collections.abc import Sequence

from sqlmodel import Session

from authority.actors import OPERATOR
from authority.checks import check_key_is_new, check_names_asked, check_standing
from authority.enrolment import store
from authority.enrolment.create_enrolment import may_enrol
from authority.enrolment.places import Desk
from authority.enrolment.store import CertificateRequestRow, EnrolmentRow
from authority.member import Certified, Kind, Member, Purpose
from authority.people.store import roles_of
from authority.refusal import RefusedError
from authority.store import find_member, read_members
from protocol.enrolment.binding import verify_csr
from protocol.enrolment.enrolment import Enrolment
from protocol.enrolment.organisation import Organisation
from protocol.enrolment.purposes import PURPOSES_OF
from protocol.keys import PublicKey
from serving.database import insert_given
from serving.randomness import Random, token


class UnknownCode(RefusedError):
    """No link has this code."""

    def __init__(self) -> None:
        super().__init__("no enrolment link has this code", code="enrolment_unknown")


class UsedCode(RefusedError):
    """The link was used, with other requests than these."""

    def __init__(self) -> None:
        super().__init__("this enrolment link was used already; ask for another", code="enrolment_used")


class EndedCode(RefusedError):
    """The link was ended, or whoever made it may not make one any more."""

    def __init__(self) -> None:
        super().__init__("this enrolment link was ended; ask for another", code="enrolment_ended")


class ExpiredCode(RefusedError):
    """The link's week is over."""

    def __init__(self) -> None:
        super().__init__("this enrolment link has expired; ask for another", code="enrolment_expired")


def look_at_enrolment(desk: Desk, code: str, *, now: int) -> Organisation:
    """Whom a code is for; it stays as good as it was. Raises RefusedError."""
    with desk.database.reading() as session:
        row = _enrolment(session, code)
        if row.receipt is not None:
            raise UsedCode
        _check_open(session, row, now)
        return organisation_of(_expected_member(session, row))


def accept_requests(desk: Desk, enrolment: Enrolment, *, now: int, random: Random) -> str:
    """Keeps the requests and uses the link up; gives the name of the request.

    Sent again as it was, because the reply got lost, it gives the same name. Raises RefusedError, and
    RemoteError for a certification request that is not right.
    """
    receipt = enrolment.receipt
    with desk.database.unit() as session:
        row = _enrolment(session, enrolment.code)
        if row.receipt is not None:
            return _again(session, row, receipt)
        _check_open(session, row, now)
        member = _expected_member(session, row)
        check_standing(member)
        _check_requests(session, member, enrolment, own=desk.own_keys)
        if not store.use_enrolment(session, enrolment.code, receipt, now=now):
            raise UsedCode
        request_id = keep_request(session, row, enrolment, receipt, now=now, random=random)
        session.commit()
    return request_id


def keep_request(
    session: Session, row: EnrolmentRow, enrolment: Enrolment, receipt: str, *, now: int, random: Random
) -> str:
    """Writes a request down that whoever has the keys shall certify; gives its name."""
    request_id = token(random, 12)
    request = CertificateRequestRow(
        receipt=store.digest(receipt),
        id=request_id,
        kind=row.kind,
        member_id=row.member_id,
        requests=store.write_requests(enrolment.requests),
        asked_at=now,
        state=store.PENDING,
    )
    session.execute(insert_given(request))
    return request_id


def organisation_of(member: Member) -> Organisation:
    """A member as messages name it."""
    name = member.name
    return Organisation(member.kind.value, member.organisation_id, name.en, name.cy, member.url)


def _enrolment(session: Session, code: str) -> EnrolmentRow:
    row = store.find_enrolment(session, code)
    if row is None:
        raise UnknownCode
    return row


def _check_open(session: Session, row: EnrolmentRow, now: int) -> None:
    if row.ended_at is not None or not is_vouched_for(session, row):
        raise EndedCode
    if row.expires_at <= now:
        raise ExpiredCode


def is_vouched_for(session: Session, row: EnrolmentRow) -> bool:
    """Whether whoever made a link may still make one: it ends with the role that it rests on."""
    return row.created_by == OPERATOR or may_enrol(roles_of(session, row.created_by, row.member_id))


def _again(session: Session, row: EnrolmentRow, receipt: str) -> str:
    known = store.find_request(session, receipt)
    if known is None or row.receipt != known.receipt:
        raise UsedCode
    return known.id


def _expected_member(session: Session, row: EnrolmentRow) -> Member:
    """The member as it is, or as it will be once it is admitted."""
    member = find_member(session, Kind(row.kind), row.member_id)
    admission = store.admission_of(row)
    if admission is not None:
        present = member or Member(
            id=row.member_id, kind=Kind(row.kind), name=admission.name, url=admission.url
        )
        return present.model_copy(update={"name": admission.name, "url": admission.url, "has_left": False})
    if member is None:
        raise RefusedError("this organisation is not a member any more", code="not_a_member")
    return member


def _check_requests(
    session: Session, member: Member, enrolment: Enrolment, *, own: Sequence[PublicKey]
) -> None:
    needed = PURPOSES_OF[member.kind.value]
    if enrolment.requests.keys() != set(needed):
        text = f"a {member.kind.value} sends a certification request for each of: {', '.join(needed)}"
        raise RefusedError(text, code="wrong_purposes")
    members = list(read_members(session))
    seen: set[PublicKey] = set()
    for purpose, csr in enrolment.requests.items():
        asked = verify_csr(csr, expected_secret=enrolment.code, expected_purpose=purpose)
        check_names_asked(asked, member)
        check_key_is_new(asked.public_key, members, member, Purpose(purpose), own=own)
        if asked.public_key in seen:
            raise RefusedError("a key serves one purpose; make another for the other", code="key_reused")
        seen.add(asked.public_key)


def has_key(certified: Certified, key_sha256: str, purpose: str) -> bool:
    """Whether a certificate is for this key and purpose."""
    return certified.purpose.value == purpose and certified.key_sha256 == key_sha256
