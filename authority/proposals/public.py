"""What anybody may see: the questions that can be adopted, the claim types with what superseded them."""

from typing import Any

from sqlmodel import Session

from authority.proposals.catalogue import is_current, latest
from authority.proposals.proposal import Proposal
from authority.proposals.standing import approved_questions, known_claim_types, registered_claim_types
from protocol.registration.claim_type import claim_type_to_metadata


def adoptable(session: Session, now: int) -> list[Proposal]:
    """Approved questions that are in force and ask for nothing superseded."""
    known = known_claim_types(session)
    newest = latest(known)
    return [
        one
        for one in approved_questions(session, now)
        if one.question is not None and is_current(one.question, known, newest)
    ]


def question_to_json(proposal: Proposal) -> dict[str, Any]:
    """One of them: the question as approved, and what the approval says; nothing about a person."""
    decision = proposal.final
    return {
        "id": proposal.id,
        "reference": proposal.reference,
        "organisation_id": f"PDXGB-{proposal.organisation_id}",
        "question": proposal.document.model_dump(mode="json", by_alias=True, exclude_none=True),
        "reasons": decision and decision.reasons,
        "conditions": decision and decision.conditions,
        "approved_at": decision and decision.at,
        "approved_until": decision and decision.expires_at,
    }


def claim_types_to_json(session: Session) -> list[dict[str, Any]]:
    """The registered claim types as their metadata, each with the version that superseded it, if one did."""
    known = registered_claim_types(session)
    newest = latest(known)
    found = []
    for vct, claim_type in sorted(known.items()):
        current = newest[claim_type.family].vct
        newer = {} if current == vct else {"superseded_by": current}
        found.append({**claim_type_to_metadata(claim_type), **newer})
    return found
