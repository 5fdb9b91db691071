"""Registering claim types and questions: what was published under a version never changes."""

from collections.abc import Sequence

from authority.certify import certificate_ends
from authority.member import Kind, Member, Registration
from authority.records import Records
from authority.refusal import RefusedError
from authority.settings import DAY, AuthoritySettings
from authority.transparency.log import Log
from protocol.registration.certificate import sign_registration, write_registration
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
    wanted: dict[str, Question] = {}
    for question in questions:
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
    """Those whose registration has less than a third of its life left."""
    return [one.question for one in member.registrations if _is_due(one, now)]


def register_questions(
    records: Records, log: Log, member: Member, questions: Sequence[Question], *, now: int
) -> Member:
    """The member with the registrar's certificates that it may ask `questions`, each of them logged."""
    if not questions:
        return member
    settings, registrar = records.settings(), records.registrar()
    expires_at = min(now + settings.lifetimes.registration * DAY, certificate_ends(registrar.certificate))
    drafts = [_draft(settings, member, one, now=now, expires_at=expires_at) for one in questions]
    proofs = log.append([Entry(Event.REGISTRATION.value, draft) for draft in drafts])
    known = {one.question.id: one for one in member.registrations}
    for question, draft, proof in zip(questions, drafts, proofs, strict=True):
        certificate = sign_registration(draft, registrar.key, x5c=registrar.chain, log_proof=proof)
        known[question.id] = Registration(
            question=question, certificate=certificate, issued_at=now, expires_at=expires_at
        )
    return member.model_copy(update={"registrations": tuple(known.values())})


def _draft(
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


def _is_due(registration: Registration, now: int) -> bool:
    return (registration.expires_at - now) * 3 < registration.expires_at - registration.issued_at
