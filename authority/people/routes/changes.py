"""What becomes of a change that a member asked for: it is withdrawn, or a reviewer decides."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from authority.confirmation.asking import Pressed, decide_confirmed
from authority.confirmation.confirming import Confirming
from authority.office.deps import Injected
from authority.people.change import decide_change, withdraw_change
from authority.people.signed_in import ActorInPath, Form, SignedInPerson
from serving.errors import ApiError

router = APIRouter()
WHAT: Final = "change"


@router.post("/organisations/{organisation_id}/change/withdraw")
def withdraw(deps: Injected, actor: ActorInPath, _form: Form) -> Response:
    """Takes it back."""
    withdraw_change(deps, actor)
    return RedirectResponse(f"/organisations/{actor.organisation_id}", status_code=303)


@router.post("/reviews/{organisation_id}/change")
def decision(
    request: Request, deps: Injected, person: SignedInPerson, organisation_id: str, form: Form
) -> Response:
    """Decides about the change that the page showed."""
    return decide_confirmed(Pressed(request, deps, person, WHAT, organisation_id, form), carry_out)


def carry_out(pressed: Pressed, confirming: Confirming | None) -> Response:
    """Decides what the form says."""
    form, organisation_id = pressed.form, pressed.where
    decided = form.get("decision")
    if decided not in {"approve", "refuse"}:
        raise ApiError(422, "invalid_request", page="no_decision")
    is_approved, reason = decided == "approve", form.get("reason")
    decide_change(
        pressed.deps,
        pressed.actor,
        organisation_id,
        form.get("change"),
        is_approved=is_approved,
        reason=reason,
        confirming=confirming,
    )
    return RedirectResponse(f"/reviews/{organisation_id}", status_code=303)
