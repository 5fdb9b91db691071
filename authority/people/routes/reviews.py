"""The reviewers' pages: who waits, and the decision about one."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from authority.actors import Role, check_role
from authority.confirmation.asking import Pressed, decide_confirmed
from authority.confirmation.confirming import Confirming
from authority.office.deps import Injected
from authority.people.agreements import CHECKLIST
from authority.people.apply import read_application
from authority.people.change import find_change
from authority.people.decide import decide, newest_decision
from authority.people.details import Details
from authority.people.render import render
from authority.people.signed_in import Form, ReviewerActor, SignedInPerson
from authority.people.states import DECISIONS, MEMBERS, State, expected_before
from authority.people.store import Organisation, decisions_on, organisations_in, organisations_to_change
from authority.store import members_of
from serving.errors import ApiError
from serving.forms import whole_number

router = APIRouter()
WHAT: Final = "member"


@router.get("/reviews")
def reviews(request: Request, deps: Injected, person: SignedInPerson, actor: ReviewerActor) -> Response:
    """Who waits for a decision, and who is a member."""
    check_role(actor, Role.REVIEWER, organisation_id=deps.settings.authority)
    with deps.database.reading() as session:
        waiting = organisations_in(session, [State.APPLIED])
        members = organisations_in(session, MEMBERS)
        changes = organisations_to_change(session)
    return render(
        request,
        deps,
        "reviews.html",
        person,
        waiting=[_listed(one) for one in waiting],
        changes=[_listed(one) for one in changes],
        members=[_listed(one) for one in members],
    )


@router.get("/reviews/{organisation_id}")
def review(
    request: Request, deps: Injected, person: SignedInPerson, actor: ReviewerActor, organisation_id: str
) -> Response:
    """An application, and what can be decided about it."""
    check_role(actor, Role.REVIEWER, organisation_id=deps.settings.authority)
    with deps.database.reading() as session:
        application = read_application(session, organisation_id)
        decisions = decisions_on(session, organisation_id)
        members = members_of(session, organisation_id)
        change = find_change(session, organisation_id)
        newest = newest_decision(session, organisation_id)
    possible = [
        wanted
        for wanted in (State.ADMITTED, *DECISIONS)
        if expected_before(wanted, application.state) is application.state
        and (wanted is not State.ADMITTED or application.is_complete)
    ]
    return render(
        request,
        deps,
        "review.html",
        person,
        statements=CHECKLIST,
        application=application,
        members=members,
        change=change,
        may_change=application.state is State.ADMITTED,
        decisions=decisions,
        newest=newest,
        possible=possible,
    )


@router.post("/reviews/{organisation_id}")
def decision(
    request: Request, deps: Injected, person: SignedInPerson, organisation_id: str, form: Form
) -> Response:
    """Decides, if nobody has since the page was made."""
    return decide_confirmed(Pressed(request, deps, person, WHAT, organisation_id, form), carry_out)


def carry_out(pressed: Pressed, confirming: Confirming | None) -> Response:
    """Decides what the form says."""
    form, organisation_id = pressed.form, pressed.where
    wanted, seen = _state(form.get("decision")), _state(form.get("seen"))
    decide(
        pressed.deps,
        pressed.actor,
        organisation_id,
        wanted,
        seen=seen,
        reason=form.get("reason"),
        after=_number(form.get("after")),
        confirming=confirming,
    )
    return RedirectResponse(f"/reviews/{organisation_id}", status_code=303)


def _number(text: str) -> int:
    """-1, which no decision has, for what is none."""
    number = whole_number(text, digits=18)
    return -1 if number is None else number


def _state(text: str) -> State:
    if text not in set(State):
        raise ApiError(422, "invalid_request", page="no_decision")
    return State(text)


def _listed(row: Organisation) -> tuple[Details, State]:
    return Details.model_validate_json(row.details), State(row.state)
