"""Suspends a member, or lets it take part again. It shows with the next trust list."""

from authority.member import Kind, Member
from authority.people.standing import note_operator_decision
from authority.records import Records
from authority.store import save_member
from authority.transparency.chronicle import check_reason, entries_of_change
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError


def set_status(
    records: Records,
    kind: Kind,
    member_id: str,
    status: MemberStatus,
    *,
    reason: str,
    now: int,
    is_decided_at_office: bool = False,
) -> Member:
    """Writes the reason, which everybody can read, into the log; raises OperatorError for no such member.

    The office is told of it, unless it was decided there.
    """
    check_reason(reason)
    with records.locked():
        member = records.find_member(kind, member_id)
        if member is None:
            raise OperatorError(f"there is no {kind.value} {member_id}")
        changed = member.model_copy(update={"status": status})
        records.log().append(entries_of_change(member, changed, now=now, reason=reason))
        with records.database.unit() as session:
            save_member(session, changed)
            if not is_decided_at_office:
                authority_id = records.settings().id
                note_operator_decision(session, member_id, reason=reason, now=now, authority_id=authority_id)
            session.commit()
        return changed
