"""Admits a member, or brings what is known of one up to date: names, keys, claim types, questions."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from authority.certify import certify_member, is_due
from authority.checks import check_key_is_new, check_names_asked, check_standing
from authority.consistency import check_member
from authority.member import Kind, Member, MemberId, MemberName, Purpose
from authority.people.states import UNDECIDED
from authority.people.store import Organisation
from authority.records import Records
from authority.refusal import RefusedError
from authority.register import new_questions, register_questions, with_claim_types
from authority.settings import AuthoritySettings
from authority.transparency.chronicle import entries_of_change
from protocol.keys import PublicKey
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.trust_list.members import MemberStatus
from protocol.x509.create import parse_csr
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
    by_request: bool = False  # the server asked over the network, and will ask again when it is due


def admit_member(
    records: Records,
    application: Application,
    *,
    now: int,
    random: Random,
    is_decided_at_office: bool = False,
) -> Member:
    """Certifies the keys and registers claim types and questions; saves all of it or nothing.

    Doing it twice changes nothing: a certificate is made anew only for another key, other names, or when
    it is due; claim types and questions that are not mentioned stay. Raises RefusedError, ProtocolError.
    """
    with records.locked():
        known = records.find_member(application.kind, application.id)
        if known is None and not is_decided_at_office:
            _check_no_application(records, application)
        return _admit(records, application, known, now=now, random=random)


def certify_keys(
    records: Records,
    kind: Kind,
    member_id: str,
    requests: Mapping[Purpose, bytes],
    *,
    now: int,
    random: Random,
) -> Member:
    """Certifies keys that a member's server asked for, and changes nothing else about the member.

    Raises RefusedError, also for a member that is suspended or was never admitted; else as `admit_member`.
    """
    with records.locked():
        known = records.find_member(kind, member_id)
        if known is None:
            raise RefusedError(f"there is no {kind.value} {member_id}", code="not_a_member")
        application = Application(
            kind=kind, id=member_id, name=known.name, url=known.url, requests=requests, by_request=True
        )
        return _admit(records, application, known, now=now, random=random)


def check_application(records: Records, application: Application) -> None:
    """Raises RefusedError for what would be refused later, when a server sends its requests."""
    _check_identity(records.settings(), application)
    known = records.find_member(application.kind, application.id)
    if known is None:
        _check_no_application(records, application)
    member = _updated(known, application)
    member = with_claim_types(member, application.claim_types)
    check_member(member, [*records.members(), member], new_questions(member, application.questions))


def _admit(
    records: Records, application: Application, known: Member | None, *, now: int, random: Random
) -> Member:
    _check_identity(records.settings(), application)
    if application.by_request:
        check_standing(known)
    member = _updated(known, application)
    for purpose in application.requests:
        member = _certified(records, application, member, known, purpose=purpose, now=now, random=random)
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
        raise RefusedError("this identifier is the authority's own; choose another")
    is_local = settings.demo and urlsplit(application.url).hostname in LOCAL_HOSTS
    if not application.url.startswith("https://") and not is_local:
        raise RefusedError("url must begin with https:// (http is for a demonstration, on localhost)")


def _check_no_application(records: Records, application: Application) -> None:
    """Whoever began an application owns its short name at the office: they must not come to own a member."""
    with records.database.reading() as session:
        row = session.get(Organisation, application.id)
    if row is not None and row.state in UNDECIDED:
        raise RefusedError("an application at the office has this identifier; decide about it there")


def _renamed(
    records: Records, member: Member, application: Application, *, now: int, random: Random
) -> Member:
    """With the new names in the certificates for which no request came."""
    for present in member.certificates:
        if present.purpose not in application.requests:
            member = certify_member(
                records,
                member,
                purpose=present.purpose,
                public_key=present.public_key,
                now=now,
                random=random,
                by_request=present.by_request,
            )
    return member


def _updated(known: Member | None, application: Application) -> Member:
    return Member(
        id=application.id,
        kind=application.kind,
        name=application.name,
        url=application.url,
        status=known.status if known else MemberStatus.ACTIVE,
        certificates=known.certificates if known else (),
        earlier=known.earlier if known else (),
        claim_types=known.claim_types if known else (),
        registrations=known.registrations if known else (),
        unreadable=known.unreadable if known else (),
        revoked_keys=known.revoked_keys if known else (),
    )


def _certified(
    records: Records,
    application: Application,
    member: Member,
    known: Member | None,
    *,
    purpose: Purpose,
    now: int,
    random: Random,
) -> Member:
    asked = parse_csr(application.requests[purpose])
    check_names_asked(asked, member)
    others = [one for one in records.members() if (one.kind, one.id) != (member.kind, member.id)]
    check_key_is_new(asked.public_key, [*others, member], member, purpose, own=_own_keys(records))
    if _still_good(known, member, purpose, asked.public_key, now):
        return member
    return certify_member(
        records,
        member,
        purpose=purpose,
        public_key=asked.public_key,
        now=now,
        random=random,
        by_request=application.by_request,
    )


def _still_good(known: Member | None, member: Member, purpose: Purpose, key: PublicKey, now: int) -> bool:
    present = member.certified(purpose)
    if known is None or present is None or present.public_key != key or is_due(present.leaf, now):
        return False
    return _same_names(known, member)


def _same_names(known: Member, member: Member) -> bool:
    return (known.name.en, known.url) == (member.name.en, member.url)


def _own_keys(records: Records) -> Sequence[PublicKey]:
    signers = (records.registrar(), records.trust_list_signer())
    authorities = (records.root_certificate(), *records.issuing_certificates())
    certificates = (*authorities, *(signer.certificate for signer in signers))
    return (*map(PublicKey.from_certificate, certificates), records.log().key.public_key)
