"""Makes anew what is about to expire: members' certificates, registrations, the authority's own
certificates.
"""

from authority.certify import certify_member, certify_own, is_due
from authority.member import Member, replaced
from authority.records import REGISTRAR, TRUST_LIST, Records, Signer
from authority.register import renewed
from protocol.trust_list.members import MemberStatus
from protocol.x509 import Profile
from serving.randomness import Random


def renew_certificates(records: Records, *, now: int, random: Random) -> list[str]:
    """Renews everything of which less than a third of its life is left; gives the names of what was renewed.

    Doing it twice renews nothing the second time. A suspended member's certificates run out.
    """
    with records.locked():
        done = [name for name in (REGISTRAR, TRUST_LIST) if _renew_own(records, name, now=now, random=random)]
        for member in records.members():
            new = _renewed(records, member, now=now, random=random)
            if new != member:
                records.save_member(new)
                done.append(f"{new.kind.value} {new.id}")
        return done


def _renew_own(records: Records, name: str, *, now: int, random: Random) -> bool:
    if not is_due(Signer(records.own_keys, name).certificate, now):
        return False
    profile = Profile.REGISTRAR if name == REGISTRAR else Profile.TRUST_LIST
    certify_own(records, records.settings(), name=name, profile=profile, now=now, random=random)
    return True


def _renewed(records: Records, member: Member, *, now: int, random: Random) -> Member:
    if member.status is not MemberStatus.ACTIVE:
        return member
    for present in member.certificates:
        if is_due(present.leaf, now):
            purpose, key = present.purpose, present.public_key
            certified = certify_member(
                records, member, purpose=purpose, public_key=key, now=now, random=random
            )
            member = member.model_copy(update={"certificates": replaced(member.certificates, certified)})
    return renewed(records, member, now=now)
