"""Registering claim types and questions: what was published under a version never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from authority.certify import certificate_ends
from authority.member import Kind, Member, Registration
from authority.records import Records, Signer
from authority.refusal import RefusedError
from authority.settings import DAY, AuthoritySettings
from authority.transparency.log import Log
from protocol.registration.certificate import check_registration, sign_registration, write_registration
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from protocol.transparency import Entry, Event


def with_claim_types(member: Member, claim_types: Sequence[ClaimType]) -> Member:
    """The member with claim types added; raises RefusedError for another content under the same version."""
    if claim_types and member.kind is not Kind.DEPARTMENT:
        raise RefusedError("only a department has claim types")
    known = {claim_type.vct: claim_type for claim_type in member.claim_types}
    for claim_type in claim_types:
        if known.setdefault(claim_type.vct, claim_type) != claim_type:
            text = "is registered with another content; raise its version"
            raise RefusedError(f"the claim type {claim_type.id} version {claim_type.version} {text}")
    return member.model_copy(update={"claim_types": tuple(known.values())})


def new_questions(member: Member, questions: Sequence[Question]) -> list[Question]:
    """Those that have to be registered; a later version takes the place of an earlier one.

    Raises RefusedError for another content under the same version, or an older version.
    """
    if questions and member.kind is not Kind.SERVICE:
        raise RefusedError("only a service has questions")
    known = {one.question.id: one.question for one in member.registrations}
    aside = {one.question_id: one.version for one in member.unreadable}
    wanted: dict[str, Question] = {}
    for question in questions:
        if question.version <= aside.get(question.id, 0):  # the log has that version with other words
            text = f"the question {question.id} was registered as version {aside[question.id]} already"
            raise RefusedError(f"{text}; raise its version")
        present = wanted.get(question.id) or known.get(question.id)
        if present is None or _supersedes(question, present):
            wanted[question.id] = question
    return list(wanted.values())


def _supersedes(question: Question, present: Question) -> bool:
    if question.version < present.version:
        raise RefusedError(f"the question {question.id} is registered as version {present.version} already")
    if question.version == present.version and question != present:
        raise RefusedError(
            f"the question {question.reference} is registered with another content; raise its version"
        )
    return question.version > present.version


def due_questions(member: Member, now: int) -> list[Question]:
    """Those whose registration has less than a third of its life left, and whose approval allows more."""
    return [one.question for one in member.registrations if _is_due(one, now)]


def without_ended(member: Member, now: int) -> Member:
    """The member without the questions whose approval has ended: with it their registration did."""
    left = tuple(one for one in member.registrations if not _has_ended(one.approved_until, now))
    return member.model_copy(update={"registrations": left})


def check_registrable(member: Member, questions: Sequence[Question], *, now: int) -> None:
    """Raises ProtocolError for a question that can't be registered for the member, whatever is decided."""
    for question in questions:
        check_registration(
            write_registration(
                question,
                subject=member.organisation_id,
                name=member.name.en,
                registry_uri=member.url,  # as good as the authority's own, which only the keeper knows
                info_uri=member.url,
                now=now,
                expires_at=now + DAY,
            )
        )


def register_questions(
    records: Records,
    log: Log,
    member: Member,
    questions: Sequence[Question],
    *,
    now: int,
    approved_until: Mapping[str, int | None] | None = None,
) -> Member:
    """The member with the registrar's certificates that it may ask `questions`, each of them logged.

    `approved_until`: by question id, when an approval ends, and the registration with it. What is registered
    anew keeps the end that it had.
    """
    asking = Asking(member, questions, approved_until or {})
    return register_all(records, log, [asking], now=now)[0]


@dataclass(frozen=True)
class Asking:
    """A member, and what is to be registered for it, as `register_questions` takes them."""

    member: Member
    questions: Sequence[Question]
    approved_until: Mapping[str, int | None] = field(default_factory=dict)


def register_all(records: Records, log: Log, asking: Sequence[Asking], *, now: int) -> list[Member]:
    """As `register_questions`, for many members: all of it comes into the log under one checkpoint."""
    if not any(one.questions for one in asking):
        return [one.member for one in asking]
    settings, registrar = records.settings(), records.registrar()
    latest = min(now + settings.lifetimes.registration * DAY, certificate_ends(registrar.certificate))
    drafts = [_drafts(settings, one, now=now, latest=latest) for one in asking]
    entries = [Entry(Event.REGISTRATION.value, draft.payload) for many in drafts for draft in many]
    proofs = iter(log.append(entries))
    return [
        _with_registrations(
            one.member, [_registered(draft, registrar, next(proofs), now=now) for draft in many]
        )
        for one, many in zip(asking, drafts, strict=True)
    ]


@dataclass(frozen=True)
class _Draft:
    question: Question
    payload: bytes
    expires_at: int
    approved_until: int | None


def _drafts(settings: AuthoritySettings, asking: Asking, *, now: int, latest: int) -> list[_Draft]:
    ends = _approval_ends(asking.member, asking.questions) | dict(asking.approved_until)
    drafts: list[_Draft] = []
    for question in asking.questions:
        approved_until = ends.get(question.id)
        if not _has_ended(approved_until, now):
            expires_at = min(latest, approved_until or latest)
            payload = _payload(settings, asking.member, question, now=now, expires_at=expires_at)
            drafts.append(_Draft(question, payload, expires_at, approved_until))
    return drafts


def _registered(draft: _Draft, registrar: Signer, proof: str, *, now: int) -> Registration:
    return Registration(
        question=draft.question,
        certificate=sign_registration(draft.payload, registrar.key, x5c=registrar.chain, log_proof=proof),
        issued_at=now,
        expires_at=draft.expires_at,
        approved_until=draft.approved_until,
    )


def _with_registrations(member: Member, new: Sequence[Registration]) -> Member:
    if not new:
        return member
    known = {one.question.id: one for one in (*member.registrations, *new)}
    aside = tuple(one for one in member.unreadable if one.question_id not in known)
    return member.model_copy(update={"registrations": tuple(known.values()), "unreadable": aside})


def _payload(
    settings: AuthoritySettings, member: Member, question: Question, *, now: int, expires_at: int
) -> bytes:
    return write_registration(
        question,
        subject=member.organisation_id,
        name=member.name.en,
        registry_uri=settings.base_url,
        info_uri=member.url,
        now=now,
        expires_at=expires_at,
    )


def _approval_ends(member: Member, questions: Sequence[Question]) -> dict[str, int | None]:
    known = {one.question.reference: one.approved_until for one in member.registrations}
    return {one.id: known.get(one.reference) for one in questions}


def _has_ended(approved_until: int | None, now: int) -> bool:
    return approved_until is not None and approved_until <= now


def _is_due(registration: Registration, now: int) -> bool:
    until = registration.approved_until
    if until is not None and registration.expires_at >= until:
        return False  # it lasts as long as the approval: a new one would not last longer
    return (registration.expires_at - now) * 3 < registration.expires_at - registration.issued_at
