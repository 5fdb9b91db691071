"""Takes a member that leaves out of the network. It shows with the next trust list."""

from authority.member import Kind, Member
from authority.records import Records
from authority.transparency.chronicle import check_reason, entry_of_departure
from serving.errors import OperatorError


def remove_member(records: Records, kind: Kind, member_id: str, *, reason: str, now: int) -> Member:
    """Drops its certificates and registrations and writes the reason into the log; raises OperatorError.

    What is known of it stays: its claim types belong to published versions, and its revoked keys must be told
    until they end. Doing it twice changes nothing.
    """
    check_reason(reason)
    with records.locked():
        member = records.find_member(kind, member_id)
        if member is None:
            raise OperatorError(f"there is no {kind.value} {member_id}")
        if member.has_left:
            return member
        gone = member.model_copy(update={"has_left": True, "certificates": (), "registrations": ()})
        records.log().append([entry_of_departure(member, reason=reason, now=now)])
        records.save_member(gone)
        return gone
