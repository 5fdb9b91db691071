"""A refusal is appealed against by the member, and decided by a reviewer who did not refuse it."""

from sqlmodel import Session

from authority.actors import Actor, NotAllowedError, Role, check_role
from authority.confirmation.confirming import Confirming
from authority.proposals import store
from authority.proposals.proposal import MAX_TEXT, Appeal, Proposal, State
from authority.refusal import RefusedError
from authority.usecases.decide_proposal import (
    DecidedAlreadyError,
    Verdict,
    check_reviewer,
    decide,
    is_confirmed,
    settle,
)
from serving.database import Database


def appeal_decision(database: Database, actor: Actor, proposal_id: str, text: str, *, now: int) -> Proposal:
    """Raises NotAllowedError; RefusedError where nothing was refused, or it was appealed against before."""
    with database.unit() as session:
        before = store.find_proposal(session, proposal_id)
        check_role(actor, Role.OWNER, Role.TECHNICAL, organisation_id=before.organisation_id)
        if before.state is not State.REFUSED or before.appeal is not None:
            raise RefusedError("only a refusal can be appealed against, and once", code="no_appeal")
        if not 0 < len(text.strip()) <= MAX_TEXT:
            raise RefusedError(f"say why, in at most {MAX_TEXT} characters", code="appeal")
        appeal = Appeal(text=text.strip(), by=actor.person_id, at=now)
        appealed = store.replace(session, before, before.model_copy(update={"appeal": appeal}))
        if appealed is None:
            raise DecidedAlreadyError("it changed a moment ago; look at it again")
        session.commit()
        return appealed


def decide_appeal(
    database: Database,
    actor: Actor,
    proposal_id: str,
    verdict: Verdict,
    *,
    authority_id: str,
    now: int,
    confirming: Confirming | None = None,
) -> Proposal:
    """The proposal, approved or still refused; raises NotAllowedError, DecidedAlreadyError, RefusedError."""
    with database.unit() as session:
        before = store.find_proposal(session, proposal_id)
        check_appeal_reviewer(session, actor, before, authority_id=authority_id)
        appeal = _open_appeal(before)
        decision = decide(session, actor, before, verdict, now=now)
        decided = {"appeal": appeal.model_copy(update={"decision": decision})}
        after = (
            before.moved(State.APPROVED, **decided) if verdict.approved else before.model_copy(update=decided)
        )
        settled = settle(session, before, after, now=now)
        if is_confirmed(session, before, settled, confirming, authority_id=authority_id):
            session.commit()
        return settled


def check_appeal_reviewer(session: Session, actor: Actor, proposal: Proposal, *, authority_id: str) -> None:
    """As `check_reviewer`; and nobody decides twice, or on what they wrote."""
    check_reviewer(session, actor, proposal, authority_id=authority_id)
    appealed_by = proposal.appeal and proposal.appeal.by
    if actor.person_id in {appealed_by, proposal.decision and proposal.decision.reviewer}:
        raise NotAllowedError("who refused it does not decide on the appeal; another reviewer has to")


def _open_appeal(proposal: Proposal) -> Appeal:
    if proposal.appeal is None:
        raise RefusedError("there is no appeal to decide on", code="no_appeal")
    if proposal.appeal.decision is not None:
        raise DecidedAlreadyError("this appeal is decided already; look at the decision")
    return proposal.appeal
