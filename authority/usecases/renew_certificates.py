"""Makes anew what is about to expire: members' certificates, registrations, the authority's own
certificates.
"""

from cryptography import x509

from authority.certify import certify_member, certify_own, is_due
from authority.member import Member
from authority.records import REGISTRAR, TRUST_LIST, Records, Signer
from authority.register import Asking, due_questions, register_all, without_ended
from authority.transparency.chronicle import entries_of_change, entry_of_own_certificate
from authority.transparency.log import Log
from protocol.x509 import Profile
from serving.randomness import Random


def renew_certificates(records: Records, *, now: int, random: Random) -> list[str]:
    """Renews everything of which less than a third of its life is left; gives the names of what was renewed.

    Doing it twice renews nothing the second time. A suspended member's certificates run out.
    """
    with records.locked():
        log = records.log()
        own = (REGISTRAR, TRUST_LIST)
        done = [name for name in own if _renew_own(records, log, name, now=now, random=random)]
        before = [one for one in records.members() if one.takes_part]
        certified = [_certified(records, one, now=now, random=random) for one in before]
        changes = zip(before, certified, strict=True)
        log.append([entry for old, new in changes for entry in entries_of_change(old, new, now=now)])
        left = [without_ended(one, now) for one in certified]
        renewed = register_all(records, log, [Asking(one, due_questions(one, now)) for one in left], now=now)
        changed = [new for old, new in zip(before, renewed, strict=True) if new != old]
        records.save_members(changed)
        return [*done, *(f"{one.kind.value} {one.id}" for one in changed)]


def _renew_own(records: Records, log: Log, name: str, *, now: int, random: Random) -> bool:
    if not is_due(Signer(records.own_keys, name).certificate, now):
        return False
    profile = Profile.REGISTRAR if name == REGISTRAR else Profile.TRUST_LIST
    settings = records.settings()
    chain = certify_own(records, settings, name=name, profile=profile, now=now, random=random)
    certificate = x509.load_der_x509_certificate(chain[0])
    log.append([entry_of_own_certificate(settings.organisation_id, name, certificate)])
    records.own_keys.store_certificate_chain(name, chain)
    return True


def _certified(records: Records, member: Member, *, now: int, random: Random) -> Member:
    for present in member.certificates:
        if is_due(present.leaf, now) and not present.by_request:  # whose server asks itself needs no second
            purpose, key = present.purpose, present.public_key
            member = certify_member(records, member, purpose=purpose, public_key=key, now=now, random=random)
    return member
