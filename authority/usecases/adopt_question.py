"""A member adopts a question that was approved for another: the same, with who answers for it here."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.member import Kind as MemberKind
from authority.member import Member
from authority.proposals import store
from authority.proposals.catalogue import check_current
from authority.proposals.complete import check_all_seen, check_wallets_take
from authority.proposals.proposal import Adoption, Proposal, State
from authority.proposals.standing import check_standing, known_claim_types
from authority.refusal import RefusedError
from protocol.registration.question import Contact, Question, SupervisoryAuthority, WebAddress
from serving.database import Database
from serving.settings import Model


class Own(Model):
    """All that the member may write itself."""

    contact: Contact
    privacy_policy: WebAddress
    supervisory_authority: SupervisoryAuthority


@dataclass(frozen=True)
class Adoptable:
    """An approval and its question."""

    proposal: Proposal
    question: Question


def adopt_question(database: Database, actor: Actor, proposal_id: str, own: Own, *, now: int) -> Adoption:
    """No review but the member's own standing. Raises NotAllowedError, RefusedError."""
    check_role(actor, Role.OWNER, Role.TECHNICAL, organisation_id=actor.organisation_id)
    with database.unit() as session:
        member = check_standing(session, MemberKind.SERVICE, actor.organisation_id)
        approved = _adoptable(session, proposal_id, now=now)
        question = with_own(approved.question, own)
        _check_fits_member(member, approved, question)
        check_all_seen(question)
        check_wallets_take(member, question, now=now)
        adoption = Adoption(
            organisation_id=member.id,
            proposal_id=approved.proposal.id,
            question=question,
            adopted_by=actor.person_id,
            adopted_at=now,
        )
        store.save_adoption(session, adoption)
        session.commit()
        return adoption


def with_own(question: Question, own: Own) -> Question:
    """The question in the member's name: everything that was approved stays as it is."""
    written: dict[str, Any] = {name: getattr(own, name) for name in Own.model_fields}
    return question.model_copy(update=written)


def _adoptable(session: Session, proposal_id: str, *, now: int) -> Adoptable:
    proposal = store.find_proposal(session, proposal_id)
    if proposal.question is None or proposal.state in {State.SUBMITTED, State.REFUSED, State.WITHDRAWN}:
        raise RefusedError("this is not an approved question", code="not_approved")
    if proposal.state is State.SUPERSEDED:
        text = f"{proposal.reference} was superseded by a newer version; adopt that one"
        raise RefusedError(text, code="superseded")
    if not proposal.is_in_force(now):
        raise RefusedError("this approval has ended; it has to be proposed anew", code="ended")
    check_current(proposal.question, known_claim_types(session))
    return Adoptable(proposal, proposal.question)


def _check_fits_member(member: Member, approved: Adoptable, question: Question) -> None:
    if approved.proposal.organisation_id == member.id:
        text = "this question is your own; it is registered without an adoption"
        raise RefusedError(text, code="own_question")
    for one in member.registrations:
        if one.question.id == question.id and one.question.version > question.version:
            text = f"{one.question.reference} is registered for you already, which is newer"
            raise RefusedError(text, code="newer_registered")
