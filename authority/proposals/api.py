"""What is approved, as JSON for anybody."""

from typing import Any

from fastapi import APIRouter, Request

from authority.office.deps import Deps
from authority.proposals.public import adoptable, claim_types_to_json, question_to_json

router = APIRouter(prefix="/api")


@router.get("/questions")
def questions(request: Request) -> dict[str, Any]:
    """The questions that a member can adopt."""
    deps: Deps = request.app.state.deps
    with deps.database.reading() as session:
        found = adoptable(session, deps.clock.now())
    return {"questions": [question_to_json(one) for one in found]}


@router.get("/claim-types")
def claim_types(request: Request) -> dict[str, Any]:
    """The claim types that departments issue, superseded ones included."""
    deps: Deps = request.app.state.deps
    with deps.database.reading() as session:
        return {"claim_types": claim_types_to_json(session)}
