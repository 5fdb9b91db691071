"""Makes anew what is about to expire: members' certificates, registrations, the authority's own
certificates.
"""

from cryptography import x509

from authority.certify import certify_member, certify_own, is_due
from authority.member import Member
from authority.records import REGISTRAR, TRUST_LIST, Records, Signer
from authority.register import due_questions, register_questions, without_ended
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
        for member in records.members():
            new = _renewed(records, log, member, now=now, random=random)
            if new != member:
                records.save_member(new)
                done.append(f"{new.kind.value} {new.id}")
        return done


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


def _renewed(records: Records, log: Log, member: Member, *, now: int, random: Random) -> Member:
    if not member.takes_part:
        return member
    before = member
    for present in member.certificates:
        if is_due(present.leaf, now) and not present.by_request:  # whose server asks itself needs no second
            purpose, key = present.purpose, present.public_key
            member = certify_member(records, member, purpose=purpose, public_key=key, now=now, random=random)
    log.append(entries_of_change(before, member, now=now))
    member = without_ended(member, now)
    return register_questions(records, log, member, due_questions(member, now), now=now)
