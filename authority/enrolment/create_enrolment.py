"""Makes an enrolment link's code: for one member, good once, for a week."""

from collections.abc import Set

from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.checks import check_standing
from authority.enrolment.admission import Admission
from authority.enrolment.store import EnrolmentRow, digest, write_admission
from authority.member import Kind
from authority.refusal import RefusedError
from authority.store import find_member
from serving.database import insert_given
from serving.randomness import Random, token

SECONDS = 7 * 86_400
ENROLLING = (Role.OWNER, Role.TECHNICAL)


def create_enrolment(
    session: Session, actor: Actor, kind: Kind, member_id: str, *, now: int, random: Random
) -> str:
    """The code of a link for a member's own server; the caller commits.

    For the member's owner or technical contact. Raises NotAllowedError, or RefusedError for a member that
    does not take part.
    """
    check_role(actor, *ENROLLING, organisation_id=member_id)
    return open_enrolment(session, kind, member_id, created_by=actor.person_id, now=now, random=random)


def may_enrol(roles: Set[Role]) -> bool:
    """Whether somebody with these roles in a member may make links for its servers."""
    return not roles.isdisjoint(ENROLLING)


def open_enrolment(
    session: Session,
    kind: Kind,
    member_id: str,
    *,
    created_by: str,
    now: int,
    random: Random,
    admission: Admission | None = None,
) -> str:
    """The same for whoever may do it for anybody; `admission` is for one that is not admitted yet."""
    member = find_member(session, kind, member_id)
    if member is None and admission is None:
        text = f"there is no {kind.value} {member_id}; give its names and its address to admit it"
        raise RefusedError(text, code="not_a_member")
    # an admission lets a member that left in again
    check_standing(member.model_copy(update={"has_left": False}) if member and admission else member)
    code = token(random)
    row = EnrolmentRow(
        digest=digest(code),
        kind=kind.value,
        member_id=member_id,
        admission=write_admission(admission),
        created_by=created_by,
        created_at=now,
        expires_at=now + SECONDS,
    )
    session.execute(insert_given(row))
    return code
