"""What became of certification requests, for whoever has their receipt; and what a service may ask."""

from sqlmodel import Session

from authority.enrolment import store
from authority.enrolment.accept_requests import organisation_of
from authority.enrolment.places import Desk
from authority.enrolment.store import CertificateRequestRow
from authority.member import Kind, Member
from authority.published import registration_file
from authority.refusal import RefusedError
from authority.store import find_member
from protocol.enrolment.answer import CertificateAnswer, Certified, Pending, Refused, RegisteredQuestion


def read_answer(desk: Desk, receipt: str) -> CertificateAnswer:
    """The answer as it is now, with the questions that the member may ask now; raises RefusedError."""
    with desk.database.reading() as session:
        row = store.find_request(session, receipt)
        if row is None:
            raise RefusedError("there is no such request", code="not_found")
        if row.state == store.REFUSED:
            return Refused(row.reason or "refused")
        return _certified(session, desk, row) if row.state == store.CERTIFIED else Pending()


def read_questions(desk: Desk, member_id: str) -> tuple[RegisteredQuestion, ...]:
    """What a service may ask now; raises RefusedError."""
    with desk.database.reading() as session:
        member = find_member(session, Kind.SERVICE, member_id)
        if member is None or not member.takes_part:
            raise RefusedError("no service of this name takes part", code="not_found")
        return _questions(desk, member)


def _certified(session: Session, desk: Desk, row: CertificateRequestRow) -> CertificateAnswer:
    member = find_member(session, Kind(row.kind), row.member_id)
    if member is None:
        raise RefusedError("this organisation is not a member any more", code="not_found")
    return Certified(
        chains=store.chains_of(row),
        organisation=organisation_of(member),
        network=desk.places,
        questions=_questions(desk, member),
    )


def _questions(desk: Desk, member: Member) -> tuple[RegisteredQuestion, ...]:
    return tuple(
        RegisteredQuestion(one.question, f"{desk.network}/{registration_file(member.id, one.question.id)}")
        for one in member.registrations
    )
