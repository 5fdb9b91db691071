"""Admits a member, or brings what is known of one up to date: names, keys, claim types, questions."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from cryptography import x509

from authority.certify import certify_member, is_due
from authority.consistency import check_member
from authority.member import Kind, Member, MemberId, MemberName, Purpose
from authority.records import Records
from authority.register import new_questions, register_questions, with_claim_types
from authority.settings import AuthoritySettings
from authority.transparency.chronicle import entries_of_change
from protocol.encoding import b64url_encode
from protocol.keys import PublicKey
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.trust_list.members import MemberStatus
from protocol.x509.create import parse_csr
from serving.errors import OperatorError
from serving.randomness import Random
from serving.settings import LOCAL_HOSTS, BaseUrl, Model


class Application(Model):
    """What the authority has agreed to: who, where, and which keys (as requests), claim types and
    questions.
    """

    kind: Kind
    id: MemberId
    name: MemberName
    url: BaseUrl
    requests: Mapping[Purpose, bytes]
    claim_types: tuple[ClaimType, ...] = ()
    questions: tuple[Question, ...] = ()


def admit_member(records: Records, application: Application, *, now: int, random: Random) -> Member:
    """Certifies the keys and registers claim types and questions; saves all of it or nothing.

    Doing it twice changes nothing: a certificate is made anew only for another key, other names, or when
    it is due; claim types and questions that are not mentioned stay. Raises OperatorError, ProtocolError.
    """
    with records.locked():
        _check_identity(records.settings(), application)
        known = records.find_member(application.kind, application.id)
        member = _updated(known, application)
        for purpose, request in application.requests.items():
            member = _certified(records, member, known, purpose, request, now=now, random=random)
        member = with_claim_types(member, application.claim_types)
        is_renamed = known is not None and not _same_names(known, member)
        if is_renamed:
            member = _renamed(records, member, application, now=now, random=random)
        questions = new_questions(member, application.questions)
        check_member(member, [*records.members(), member], questions)
        return _save(records, known, member, questions, is_renamed=is_renamed, now=now)


def _save(
    records: Records,
    known: Member | None,
    member: Member,
    questions: Sequence[Question],
    *,
    is_renamed: bool,
    now: int,
) -> Member:
    log = records.log()
    log.append(entries_of_change(known, member, now=now))
    if is_renamed:  # registrations say the names, too
        questions = member.questions_with(questions)
    member = register_questions(records, log, member, questions, now=now)
    records.save_member(member)
    return member


def _check_identity(settings: AuthoritySettings, application: Application) -> None:
    if application.id == settings.id:
        raise OperatorError("this identifier is the authority's own; choose another")
    is_local = settings.demo and urlsplit(application.url).hostname in LOCAL_HOSTS
    if not application.url.startswith("https://") and not is_local:
        raise OperatorError("url must begin with https:// (http is for a demonstration, on localhost)")


def _renamed(
    records: Records, member: Member, application: Application, *, now: int, random: Random
) -> Member:
    """With the new names in the certificates for which no request came."""
    for present in member.certificates:
        if present.purpose not in application.requests:
            purpose, key = present.purpose, present.public_key
            member = certify_member(records, member, purpose=purpose, public_key=key, now=now, random=random)
    return member


def _updated(known: Member | None, application: Application) -> Member:
    return Member(
        id=application.id,
        kind=application.kind,
        name=application.name,
        url=application.url,
        status=known.status if known else MemberStatus.ACTIVE,
        certificates=known.certificates if known else (),
        claim_types=known.claim_types if known else (),
        registrations=known.registrations if known else (),
        revoked_keys=known.revoked_keys if known else (),
    )


def _certified(
    records: Records,
    member: Member,
    known: Member | None,
    purpose: Purpose,
    request: bytes,
    *,
    now: int,
    random: Random,
) -> Member:
    asked = parse_csr(request)
    if asked.organisation_id not in {"", member.organisation_id}:
        raise OperatorError(f"the request is another member's; it must name {member.organisation_id}")
    _check_key_is_new(records, member, purpose, asked.public_key)
    if _still_good(known, member, purpose, asked.public_key, now):
        return member
    return certify_member(
        records, member, purpose=purpose, public_key=asked.public_key, now=now, random=random
    )


def _still_good(known: Member | None, member: Member, purpose: Purpose, key: PublicKey, now: int) -> bool:
    present = member.certified(purpose)
    if known is None or present is None or present.public_key != key or is_due(present.leaf, now):
        return False
    return _same_names(known, member)


def _same_names(known: Member, member: Member) -> bool:
    return (known.name.en, known.url) == (member.name.en, member.url)


def _check_key_is_new(records: Records, member: Member, purpose: Purpose, key: PublicKey) -> None:
    """One key, one holder, one purpose: a key that two share proves nothing about either."""
    others = [one for one in records.members() if (one.kind, one.id) != (member.kind, member.id)]
    for other in (*others, member):
        for certified in other.certificates:
            same = (other.kind, other.id, certified.purpose) == (member.kind, member.id, purpose)
            if not same and certified.public_key == key:
                raise OperatorError(f"this key is certified already, for {other.id}; make a new key")
    digest = b64url_encode(key.spki_sha256())
    if any(digest == one.sha256 for other in (*others, member) for one in other.revoked_keys):
        raise OperatorError("this key was revoked; make a new key")
    if any(key.to_cryptography() == own.public_key() for own in _own_certificates(records)):
        raise OperatorError("this key is the authority's own; make a new key")


def _own_certificates(records: Records) -> Sequence[x509.Certificate]:
    signers = (records.issuing(), records.registrar(), records.trust_list_signer())
    return (records.root_certificate(), *(signer.certificate for signer in signers))
