"""Revokes a member's key: whoever has it, nobody takes what it signs, from the next trust list on."""

from authority.certify import certificate_ends
from authority.member import Kind, Member, Purpose, RevokedKey
from authority.records import Records
from authority.transparency.chronicle import check_reason, entry_of_revocation
from serving.errors import OperatorError


def revoke_key(
    records: Records, kind: Kind, member_id: str, purpose: Purpose, *, reason: str, now: int
) -> Member:
    """Ends the key that the member has for a purpose; a new one is certified by admitting it again.

    The reason stands in the log for everybody. Raises OperatorError for no such member or key.
    """
    check_reason(reason)
    with records.locked():
        member = records.find_member(kind, member_id)
        certified = member.certified(purpose) if member is not None else None
        if member is None or certified is None:
            raise OperatorError(f"there is no {kind.value} {member_id} with a key for {purpose.value}")
        revoked = RevokedKey(
            sha256=certified.key_sha256, purpose=purpose, expires_at=certificate_ends(certified.leaf)
        )
        changed = member.model_copy(
            update={
                "certificates": tuple(one for one in member.certificates if one is not certified),
                "revoked_keys": (*member.revoked_keys, revoked),
            }
        )
        records.log().append([entry_of_revocation(member, revoked, reason=reason, now=now)])
        records.save_member(changed)
        return changed
