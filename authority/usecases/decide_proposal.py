"""A reviewer decides on a proposal. Of two who decide at once one wins, and the other sees the decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlmodel import Session

from authority.actors import Actor, NotAllowedError, Role, check_role
from authority.confirmation.confirming import Confirming
from authority.confirmation.document import REVISION, said_of_proposal
from authority.people.store import roles_of
from authority.proposals import store
from authority.proposals.catalogue import check_current
from authority.proposals.complete import check_claim_type
from authority.proposals.proportionality import Finding, serious
from authority.proposals.proposal import MAX_TEXT, Decision, Kind, Proposal, State
from authority.proposals.standing import check_standing, findings_about, known_claim_types
from authority.refusal import RefusedError
from authority.settings import DAY
from authority.usecases.submit_proposal import check_name_is_free
from serving.database import Database

MAX_TEXTS: Final = 2 * MAX_TEXT  # they stand in one entry of the log
MAX_APPROVAL: Final = 5 * 366 * DAY  # seconds: after that somebody has to look at it again


class DecidedAlreadyError(RefusedError):
    """Somebody else was first; look at what was decided."""

    def __init__(self, text: str) -> None:
        super().__init__(text, code="decided")


@dataclass(frozen=True)
class Verdict:
    """What a reviewer says; `answers` are by the names of the findings."""

    approved: bool
    reasons: str
    conditions: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    expires_at: int | None = None


def decide_proposal(
    database: Database,
    actor: Actor,
    proposal_id: str,
    verdict: Verdict,
    *,
    authority_id: str,
    now: int,
    confirming: Confirming | None = None,
) -> Proposal:
    """The proposal as decided, or as it would be. Raises NotAllowedError, RefusedError."""
    with database.unit() as session:
        before = store.find_proposal(session, proposal_id)
        check_reviewer(session, actor, before, authority_id=authority_id)
        if before.state is not State.SUBMITTED:
            raise DecidedAlreadyError(f"this proposal is {before.state.value} already")
        decision = decide(session, actor, before, verdict, now=now)
        state = State.APPROVED if verdict.approved else State.REFUSED
        decided = settle(session, before, before.moved(state, decision=decision), now=now)
        if is_confirmed(session, before, decided, confirming, authority_id=authority_id):
            session.commit()
        return decided


def is_confirmed(
    session: Session,
    before: Proposal,
    decided: Proposal,
    confirming: Confirming | None,
    *,
    authority_id: str,
) -> bool:
    """Whether the decision stands; False where its reviewer has to sign in for it first."""
    if confirming is None or decided.final is None:
        return True
    said = said_of_proposal(decided, decided.final, authority_id=authority_id)
    return confirming.is_confirmed(session, {**said, REVISION: before.revision})


def check_reviewer(session: Session, actor: Actor, proposal: Proposal, *, authority_id: str) -> None:
    """Raises NotAllowedError unless the actor is a reviewer, and has no part in the proposal."""
    check_role(actor, Role.REVIEWER, organisation_id=authority_id)
    acts_for_it = roles_of(session, actor.person_id, proposal.organisation_id)
    if acts_for_it or proposal.submitted_by == actor.person_id:
        raise NotAllowedError("nobody decides on a proposal of their own; another reviewer has to")


def decide(session: Session, actor: Actor, proposal: Proposal, verdict: Verdict, *, now: int) -> Decision:
    """The decision with all that the reviewer saw; raises RefusedError for one that may not be."""
    findings = findings_about(session, proposal, now=now)
    _check_verdict(proposal, verdict, findings, now=now)
    if verdict.approved:
        _check_still_fits(session, proposal, now=now)
    return Decision(
        approved=verdict.approved,
        reviewer=actor.person_id,
        reasons=verdict.reasons.strip(),
        conditions=verdict.conditions.strip(),
        answers={name: text.strip() for name, text in verdict.answers.items() if text.strip()},
        findings=findings,
        expires_at=verdict.expires_at if verdict.approved else None,
        at=now,
    )


def settle(session: Session, before: Proposal, after: Proposal, *, now: int) -> Proposal:
    """Writes it, and what it supersedes; raises DecidedAlreadyError where somebody else was first."""
    settled = store.replace(session, before, after)
    if settled is None:
        raise DecidedAlreadyError("it was decided a moment ago; look at the decision")
    if settled.is_in_force(now):
        _supersede_older(session, settled)
    return settled


def _check_verdict(proposal: Proposal, verdict: Verdict, findings: tuple[Finding, ...], *, now: int) -> None:
    if not verdict.reasons.strip():
        text = "give reasons; an approval's can be read by everybody in the log"
        raise RefusedError(text, code="reasons")
    texts = (verdict.reasons, verdict.conditions, *verdict.answers.values())
    if max(map(len, texts)) > MAX_TEXT or sum(map(len, texts)) > MAX_TEXTS:
        text = f"a text has at most {MAX_TEXT} characters, and all together {MAX_TEXTS}"
        raise RefusedError(text, code="long_text")
    if verdict.approved:
        _check_answered(verdict, findings)
        _check_end(proposal, verdict.expires_at, now=now)


def _check_answered(verdict: Verdict, findings: tuple[Finding, ...]) -> None:
    open_ = [one for one in serious(findings) if not verdict.answers.get(one.name, "").strip()]
    if open_:
        text = "\n".join(f"answer this finding: {one.words.en}" for one in open_)
        raise RefusedError(text, code="answers")


def _check_end(proposal: Proposal, expires_at: int | None, *, now: int) -> None:
    if expires_at is None:
        if proposal.kind is Kind.QUESTION:
            text = "say until when the approval holds; a question's always ends"
            raise RefusedError(text, code="end")
    elif not now < expires_at <= now + MAX_APPROVAL:
        raise RefusedError("an approval ends after today, and within five years", code="end")


def _check_still_fits(session: Session, proposal: Proposal, *, now: int) -> None:
    """Between the proposal and the decision a claim type may be superseded, or the member suspended."""
    check_standing(session, proposal.kind.member_kind, proposal.organisation_id)
    _check_newest(session, proposal)
    known = known_claim_types(session)
    if proposal.question is not None:
        check_current(proposal.question, known)
        check_name_is_free(session, proposal.question, proposal.organisation_id)
    if proposal.claim_type is not None:
        check_claim_type(proposal.claim_type, proposal.organisation_id, known, now=now)


def _supersede_older(session: Session, approved: Proposal) -> None:
    older = [one for one in _approved_versions(session, approved) if one.version < approved.version]
    for one in older:
        if store.replace(session, one, one.moved(State.SUPERSEDED)) is None:
            raise DecidedAlreadyError("an older version changed a moment ago; decide again")


def _check_newest(session: Session, proposal: Proposal) -> None:
    for one in _approved_versions(session, proposal):
        if one.version >= proposal.version:
            text = f"{one.reference} is approved already; only a newer version can be"
            raise RefusedError(text, code="newer_approved")


def _approved_versions(session: Session, proposal: Proposal) -> list[Proposal]:
    found = store.read_proposals(
        session, State.APPROVED, organisation_id=proposal.organisation_id, kind=proposal.kind
    )
    return [one for one in found if one.document.id == proposal.document.id and one.id != proposal.id]
