"""Registering claim types and questions: what was published under a version never changes."""

from collections.abc import Sequence

from authority.certify import certificate_ends
from authority.member import Kind, Member, Registration
from authority.records import Records
from authority.settings import DAY
from protocol.registration.certificate import create_registration_certificate
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.errors import OperatorError


def with_claim_types(member: Member, claim_types: Sequence[ClaimType]) -> Member:
    """The member with claim types added; raises OperatorError for another content under the same version."""
    if claim_types and member.kind is not Kind.DEPARTMENT:
        raise OperatorError("only a department has claim types")
    known = {claim_type.vct: claim_type for claim_type in member.claim_types}
    for claim_type in claim_types:
        if known.setdefault(claim_type.vct, claim_type) != claim_type:
            text = "is registered with another content; raise its version"
            raise OperatorError(f"the claim type {claim_type.id} version {claim_type.version} {text}")
    return member.model_copy(update={"claim_types": tuple(known.values())})


def with_questions(records: Records, member: Member, questions: Sequence[Question], *, now: int) -> Member:
    """The member with questions registered; a later version takes the place of an earlier one.

    Raises OperatorError for another content under the same version, or an older version.
    """
    if questions and member.kind is not Kind.SERVICE:
        raise OperatorError("only a service has questions")
    known = {one.question.id: one for one in member.registrations}
    for question in questions:
        present = known.get(question.id)
        if present is None or _supersedes(question, present.question):
            known[question.id] = register_question(records, member, question, now=now)
    return member.model_copy(update={"registrations": tuple(known.values())})


def _supersedes(question: Question, present: Question) -> bool:
    if question.version < present.version:
        raise OperatorError(f"the question {question.id} is registered as version {present.version} already")
    if question.version == present.version and question != present:
        raise OperatorError(
            f"the question {question.reference} is registered with another content; raise its version"
        )
    return question.version > present.version


def register_question(records: Records, member: Member, question: Question, *, now: int) -> Registration:
    """The registrar's certificate that a service may ask a question."""
    settings, registrar = records.settings(), records.registrar()
    expires_at = min(now + settings.lifetimes.registration * DAY, certificate_ends(registrar.certificate))
    certificate = create_registration_certificate(
        question,
        registrar.key,
        x5c=registrar.chain,
        subject=member.organisation_id,
        name=member.name.en,
        registry_uri=settings.base_url,
        info_uri=member.url,
        now=now,
        expires_at=expires_at,
    )
    return Registration(question=question, certificate=certificate, issued_at=now, expires_at=expires_at)


def renewed(records: Records, member: Member, *, now: int, every: bool = False) -> Member:
    """The member with registrations signed anew: those of which less than a third is left, or every one."""
    registrations = [
        register_question(records, member, one.question, now=now) if every or _is_due(one, now) else one
        for one in member.registrations
    ]
    return member.model_copy(update={"registrations": tuple(registrations)})


def _is_due(registration: Registration, now: int) -> bool:
    return (registration.expires_at - now) * 3 < registration.expires_at - registration.issued_at
