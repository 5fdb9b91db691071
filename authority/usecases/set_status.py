"""Suspends a member, or lets it take part again. It shows with the next trust list."""

from authority.member import Kind, Member
from authority.records import Records
from authority.transparency.chronicle import check_reason, entries_of_change
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError


def set_status(
    records: Records, kind: Kind, member_id: str, status: MemberStatus, *, reason: str, now: int
) -> Member:
    """Writes the reason, which everybody can read, into the log; raises OperatorError for no such member."""
    check_reason(reason)
    with records.locked():
        member = records.find_member(kind, member_id)
        if member is None:
            raise OperatorError(f"there is no {kind.value} {member_id}")
        changed = member.model_copy(update={"status": status})
        records.log().append(entries_of_change(member, changed, now=now, reason=reason))
        records.save_member(changed)
        return changed
