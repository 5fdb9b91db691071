"""What is looked at before a key is certified, wherever the request comes in."""

from collections.abc import Iterable, Sequence

from authority.member import Member, Purpose
from authority.refusal import RefusedError
from protocol.encoding import b64url_encode
from protocol.keys import PublicKey
from protocol.x509.request import CertificateRequest


def check_standing(member: Member | None) -> None:
    """Raises RefusedError for a member that does not take part at the moment."""
    if member is None or member.takes_part:
        return
    if member.has_left:
        raise RefusedError("this organisation has left the network", code="not_a_member")
    text = "this organisation is suspended; nothing is certified for it meanwhile"
    raise RefusedError(text, code="member_suspended")


def check_names_asked(asked: CertificateRequest, member: Member) -> None:
    """A request names nobody, or the member that it is for; raises RefusedError."""
    if asked.organisation_id not in {"", member.organisation_id}:
        text = f"the request is another member's; it must name {member.organisation_id}"
        raise RefusedError(text, code="other_member")


def check_key_is_new(
    key: PublicKey, members: Iterable[Member], member: Member, purpose: Purpose, *, own: Sequence[PublicKey]
) -> None:
    """One key, one holder, one purpose: a key that two share proves nothing about either.

    `members` are all of them, `member` as it will be; `own` are the authority's keys. Raises RefusedError.
    """
    digest = b64url_encode(key.spki_sha256())
    for other in members:
        for certified in other.all_certificates:
            same = (other.kind, other.id, certified.purpose) == (member.kind, member.id, purpose)
            if not same and certified.key_sha256 == digest:
                text = f"this key is certified already, for {other.id}; make a new key"
                raise RefusedError(text, code="key_reused")
        if any(digest == one.sha256 for one in other.revoked_keys):
            raise RefusedError("this key was revoked; make a new key", code="key_revoked")
    if key in own:
        raise RefusedError("this key is the authority's own; make a new key", code="key_reused")
