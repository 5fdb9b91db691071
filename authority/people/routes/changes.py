"""What becomes of a change that a member asked for: it is withdrawn, or a reviewer decides."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from authority.office.deps import Injected
from authority.people.change import decide_change, withdraw_change
from authority.people.signed_in import ActorInPath, Form, ReviewerActor
from serving.errors import ApiError

router = APIRouter()


@router.post("/organisations/{organisation_id}/change/withdraw")
def withdraw(deps: Injected, actor: ActorInPath, _form: Form) -> Response:
    """Takes it back."""
    withdraw_change(deps, actor)
    return RedirectResponse(f"/organisations/{actor.organisation_id}", status_code=303)


@router.post("/reviews/{organisation_id}/change")
def decision(deps: Injected, actor: ReviewerActor, organisation_id: str, form: Form) -> Response:
    """Decides about the change that the page showed."""
    decided = form.get("decision")
    if decided not in {"approve", "refuse"}:
        raise ApiError(422, "invalid_request", page="no_decision")
    is_approved, reason = decided == "approve", form.get("reason")
    decide_change(deps, actor, organisation_id, form.get("change"), is_approved=is_approved, reason=reason)
    return RedirectResponse(f"/reviews/{organisation_id}", status_code=303)
