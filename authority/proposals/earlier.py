"""With what a reviewer compares a proposal: its earlier version, or what is approved for the same purpose."""

from sqlmodel import Session

from authority.proposals import store
from authority.proposals.proposal import Proposal, State
from authority.proposals.standing import approved_questions

_ONCE_APPROVED = (State.APPROVED, State.SUPERSEDED, State.EXPIRED)


def find_comparable(session: Session, proposal: Proposal, *, now: int) -> Proposal | None:
    """The newest approved version before it; else the question for its purpose that asks for least."""
    return _earlier_version(session, proposal) or _same_purpose(session, proposal, now=now)


def _earlier_version(session: Session, proposal: Proposal) -> Proposal | None:
    found = store.read_proposals(
        session, *_ONCE_APPROVED, organisation_id=proposal.organisation_id, kind=proposal.kind
    )
    same = [one for one in found if one.document.id == proposal.document.id]
    older = [one for one in same if one.version < proposal.version]
    return max(older, key=lambda one: one.version, default=None)


def _same_purpose(session: Session, proposal: Proposal, *, now: int) -> Proposal | None:
    if proposal.question is None or proposal.question.purpose_code is None:
        return None
    code = proposal.question.purpose_code
    found = [
        (len(one.question.paths), one.reference, one)
        for one in approved_questions(session, now)
        if one.question is not None and one.question.purpose_code == code and one.id != proposal.id
    ]
    return min(found, key=lambda one: one[:2])[2] if found else None
