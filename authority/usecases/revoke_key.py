"""Revokes a member's key: whoever has it, nobody takes what it signs, from the next trust list on."""

from collections.abc import Sequence

from authority.certify import certificate_ends
from authority.member import Kind, Member, Purpose, RevokedKey
from authority.records import Records
from authority.transparency.chronicle import check_reason, entry_of_revocation
from serving.errors import OperatorError


def revoke_key(
    records: Records, kind: Kind, member_id: str, purpose: Purpose, *, reason: str, now: int
) -> Member:
    """Ends every key that the member has for a purpose: the newest, and those before it that still run.

    A new one is certified by admitting it again, or by another enrolment. The reason stands in the log for
    everybody. Raises OperatorError for no such member or key.
    """
    check_reason(reason)
    with records.locked():
        member = records.find_member(kind, member_id)
        ended = _running(member, purpose, now) if member is not None else ()
        if member is None or not ended:
            raise OperatorError(f"there is no {kind.value} {member_id} with a key for {purpose.value}")
        keys = {key for key, _ in ended}
        revoked = [RevokedKey(sha256=key, purpose=purpose, expires_at=end) for key, end in ended]
        changed = member.model_copy(
            update={
                "certificates": tuple(one for one in member.certificates if one.key_sha256 not in keys),
                "earlier": tuple(one for one in member.earlier if one.key_sha256 not in keys),
                "revoked_keys": (*member.revoked_keys, *revoked),
            }
        )
        entries = [entry_of_revocation(member, one, reason=reason, now=now) for one in revoked]
        records.log().append(entries)
        records.save_member(changed)
        return changed


def _running(member: Member, purpose: Purpose, now: int) -> Sequence[tuple[str, int]]:
    """The member's keys for a purpose, each with the end of the last of its certificates."""
    ends: dict[str, int] = {}
    for one in member.all_certificates:
        if one.purpose is purpose:
            ends[one.key_sha256] = max(certificate_ends(one.leaf), ends.get(one.key_sha256, 0))
    newest = member.certified(purpose)
    return [(key, end) for key, end in ends.items() if end > now or (newest and key == newest.key_sha256)]
