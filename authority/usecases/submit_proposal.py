"""A member proposes a claim type or a question."""

from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.member import Member
from authority.proposals import store
from authority.proposals.catalogue import check_current
from authority.proposals.complete import check_claim_type, check_question, check_wallets_take
from authority.proposals.proposal import Kind, Proposal
from authority.proposals.standing import check_standing, known_claim_types
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.database import Database
from serving.errors import OperatorError
from serving.randomness import Random, token


def submit_proposal(
    database: Database, actor: Actor, document: ClaimType | Question, *, now: int, random: Random
) -> Proposal:
    """Raises NotAllowedError, or OperatorError with everything that is missing or does not fit."""
    check_role(actor, Role.OWNER, Role.TECHNICAL, organisation_id=actor.organisation_id)
    proposal = _proposal(actor, document, now=now, random=random)
    with database.unit() as session:
        member = check_standing(session, proposal.kind.member_kind, actor.organisation_id)
        check_fits(session, member, proposal, now=now)
        store.add_proposal(session, proposal)
        session.commit()
    return proposal


def check_name_is_free(session: Session, proposal: Proposal) -> None:
    """A question's id is its proposer's: who adopts it must be able to tell whose it is."""
    if proposal.question is None:
        return
    for other in store.read_proposals(session, *store.HOLDING, kind=Kind.QUESTION):
        same = other.question is not None and other.question.id == proposal.question.id
        if same and other.organisation_id != proposal.organisation_id:
            raise OperatorError("another organisation has a question of this id; choose another id")


def check_fits(session: Session, member: Member, proposal: Proposal, *, now: int) -> None:
    """Raises OperatorError with everything that keeps a member's document from being proposed."""
    known = known_claim_types(session)
    if proposal.claim_type is not None:
        check_claim_type(proposal.claim_type, proposal.organisation_id, known, now=now)
    if proposal.question is not None:
        check_question(proposal.question)
        check_wallets_take(member, proposal.question, now=now)
        check_current(proposal.question, known)
        check_name_is_free(session, proposal)


def _proposal(actor: Actor, document: ClaimType | Question, *, now: int, random: Random) -> Proposal:
    is_claim_type = isinstance(document, ClaimType)
    return Proposal(
        id=token(random, 16),
        kind=Kind.CLAIM_TYPE if is_claim_type else Kind.QUESTION,
        organisation_id=actor.organisation_id,
        claim_type=document if isinstance(document, ClaimType) else None,
        question=document if isinstance(document, Question) else None,
        submitted_by=actor.person_id,
        submitted_at=now,
    )
