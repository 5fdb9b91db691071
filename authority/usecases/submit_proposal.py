"""A member proposes a claim type or a question."""

from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.member import Member
from authority.proposals import store
from authority.proposals.catalogue import check_current
from authority.proposals.complete import check_all_seen, check_claim_type, check_question, check_wallets_take
from authority.proposals.proposal import Kind, Proposal
from authority.proposals.standing import check_standing, known_claim_types
from authority.refusal import RefusedError
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.database import Database
from serving.randomness import Random, token


def submit_proposal(
    database: Database, actor: Actor, document: ClaimType | Question, *, now: int, random: Random
) -> Proposal:
    """Raises NotAllowedError, or RefusedError with everything that is missing or does not fit."""
    check_role(actor, Role.OWNER, Role.TECHNICAL, organisation_id=actor.organisation_id)
    proposal = _proposal(actor, document, now=now, random=random)
    with database.unit() as session:
        member = check_standing(session, proposal.kind.member_kind, actor.organisation_id)
        check_fits(session, member, document, now=now)
        store.add_proposal(session, proposal)
        session.commit()
    return proposal


def check_name_is_free(session: Session, question: Question, organisation_id: str) -> None:
    """A question's id is its proposer's: who adopts it must be able to tell whose it is."""
    for other in store.read_proposals(session, *store.HOLDING, kind=Kind.QUESTION):
        same = other.question is not None and other.question.id == question.id
        if same and other.organisation_id != organisation_id:
            text = "another organisation has a question of this id; choose another id"
            raise RefusedError(text, code="id_taken")


def check_fits(session: Session, member: Member, document: ClaimType | Question, *, now: int) -> None:
    """Raises RefusedError with everything that keeps a member's document from being proposed."""
    check_all_seen(document)
    known = known_claim_types(session)
    if isinstance(document, ClaimType):
        check_claim_type(document, member.id, known, now=now)
        return
    check_question(document)
    check_wallets_take(member, document, now=now)
    check_current(document, known)
    check_name_is_free(session, document, member.id)


def _proposal(actor: Actor, document: ClaimType | Question, *, now: int, random: Random) -> Proposal:
    return Proposal(
        id=token(random, 16),
        kind=Kind.of(document),
        organisation_id=actor.organisation_id,
        claim_type=document if isinstance(document, ClaimType) else None,
        question=document if isinstance(document, Question) else None,
        submitted_by=actor.person_id,
        submitted_at=now,
    )
