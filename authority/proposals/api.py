"""What is approved, as JSON for anybody."""

from typing import Any

from fastapi import APIRouter

from authority.office.deps import Injected
from authority.proposals.public import adoptable, claim_types_to_json, question_to_json

router = APIRouter(prefix="/api")


@router.get("/questions")
def questions(deps: Injected) -> dict[str, Any]:
    """The questions that a member can adopt."""
    with deps.database.reading() as session:
        found = adoptable(session, deps.clock.now())
    return {"questions": [question_to_json(one) for one in found]}


@router.get("/claim-types")
def claim_types(deps: Injected) -> dict[str, Any]:
    """The claim types that departments issue, superseded ones included."""
    with deps.database.reading() as session:
        return {"claim_types": claim_types_to_json(session)}
