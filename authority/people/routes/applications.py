"""An organisation's own pages: its application step by step, how it stands, leaving."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from authority.actors import Actor, Role
from authority.member import Kind, Member
from authority.office.deps import Deps, Injected
from authority.people.agreements import CHECKLIST, agreement_in_force
from authority.people.apply import (
    answer_checklist,
    change_details,
    find_application,
    find_listed,
    leave_network,
    read_application,
    sign_agreement,
    start_application,
    submit_application,
)
from authority.people.change import change_member, find_change
from authority.people.decide import checked_reason, export_decisions
from authority.people.details import entered, read_details
from authority.people.render import check_may_see, render
from authority.people.sessions import SignedIn
from authority.people.signed_in import ActorInPath, Form, SignedInPerson
from authority.people.standing import standing_of
from authority.people.states import EDITABLE, MEMBERS, State
from authority.people.store import decisions_on, organisations_of
from authority.proposals.drafts import Draft, drafts_for
from authority.store import members_of
from serving.limits import limited

router = APIRouter()


@router.get("/organisations")
def mine(request: Request, deps: Injected, person: SignedInPerson) -> Response:
    """The organisations for which a person does anything."""
    with deps.database.reading() as session:
        found = [find_listed(session, one) for one in organisations_of(session, person.id)]
    return render(request, deps, "organisations.html", person, organisations=found)


@router.get("/apply")
def new(request: Request, deps: Injected, person: SignedInPerson) -> Response:
    """The empty form."""
    return _form(request, deps, person, None, {})


@router.post("/apply", dependencies=[limited("apply")])
def start(request: Request, deps: Injected, person: SignedInPerson, form: Form) -> Response:
    """Begins an application."""
    details, wrong = read_details(form.get)
    if details is None:
        return _form(request, deps, person, None, dict(form.pairs), wrong=wrong)
    start_application(deps, person, details)
    return _to(details.id)


@router.get("/organisations/{organisation_id}")
def standing(request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Response:
    """How an organisation stands, and what is to be done next."""
    check_may_see(deps, person, actor)
    with deps.database.reading() as session:
        members = members_of(session, actor.organisation_id)
        drafts = drafts_for(session, actor, now=deps.clock.now())
        if members and find_application(session, actor.organisation_id) is None:
            state = standing_of(session, actor.organisation_id)
            return _member(request, deps, person, members, state=state, drafts=drafts)
        application = read_application(session, actor.organisation_id)
        decisions = decisions_on(session, actor.organisation_id)
        change = find_change(session, actor.organisation_id)
    return render(
        request,
        deps,
        "organisation.html",
        person,
        application=application,
        members=members,
        change=change,
        decisions=decisions,
        drafts=drafts,
        organisation_id=actor.organisation_id,
        is_owner=Role.OWNER in actor.roles,
        is_editable=application.state in EDITABLE,
        is_member=application.state in MEMBERS,
    )


@router.get("/organisations/{organisation_id}/details")
def details_form(request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Response:
    """The application to correct it."""
    check_may_see(deps, person, actor)
    with deps.database.reading() as session:
        application = read_application(session, actor.organisation_id)
    given = {**entered(application.details), "shown": application.details.seen.fingerprint}
    return _form(request, deps, person, actor, given)


@router.post("/organisations/{organisation_id}/details")
def change(
    request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath, form: Form
) -> Response:
    """Corrects it; the short name stays."""
    check_may_see(deps, person, actor)
    fields = {**dict(form.pairs), "id": actor.organisation_id}
    details, wrong = read_details(lambda name: fields.get(name, "").strip())
    if details is None:
        return _form(request, deps, person, actor, fields, wrong=wrong)
    if _state(deps, actor) in MEMBERS:
        change_member(deps, actor, details, shown=form.get("shown"))
    else:
        change_details(deps, actor, details)
    return _to(actor.organisation_id)


@router.get("/organisations/{organisation_id}/agreement")
def agreement(request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Response:
    """The text that is in force, and who signed it."""
    check_may_see(deps, person, actor)
    with deps.database.reading() as session:
        application = read_application(session, actor.organisation_id)
    text = agreement_in_force(request.app.state.pages.language(request))
    return render(request, deps, "agreement.html", person, application=application, agreement=text)


@router.post("/organisations/{organisation_id}/agreement")
def sign(deps: Injected, actor: ActorInPath, form: Form) -> Response:
    """Signs the text that was read."""
    sign_agreement(deps, actor, form.get("language"), expected_sha256=form.get("sha256"))
    return _to(actor.organisation_id)


@router.get("/organisations/{organisation_id}/checklist")
def checklist(request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Response:
    """The statements, and how they were answered."""
    check_may_see(deps, person, actor)
    with deps.database.reading() as session:
        application = read_application(session, actor.organisation_id)
    given = {name: "no" if why else "yes" for name, why in application.answers.items()}
    given |= {f"{name}-why": why for name, why in application.answers.items()}
    return _checklist(request, deps, person, actor, given)


@router.post("/organisations/{organisation_id}/checklist")
def answer(
    request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath, form: Form
) -> Response:
    """Answers them."""
    check_may_see(deps, person, actor)
    wrong = [name for name in CHECKLIST if not _is_answered(form.get(name), form.get(f"{name}-why"))]
    if wrong:
        return _checklist(request, deps, person, actor, dict(form.pairs), wrong=wrong)
    answers = {name: form.get(f"{name}-why") if form.get(name) == "no" else "" for name in CHECKLIST}
    answer_checklist(deps, actor, answers)
    return _to(actor.organisation_id)


@router.post("/organisations/{organisation_id}/submit")
def submit(deps: Injected, actor: ActorInPath, _form: Form) -> Response:
    """Sends the application to the reviewers."""
    submit_application(deps, actor)
    return _to(actor.organisation_id)


@router.post("/organisations/{organisation_id}/leave")
def leave(deps: Injected, actor: ActorInPath, form: Form) -> Response:
    """Leaves the network."""
    leave_network(deps, actor, checked_reason(form.get("reason")))
    return _to(actor.organisation_id)


@router.get("/organisations/{organisation_id}/decisions.json")
def decisions(deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Response:
    """Every decision about an organisation."""
    check_may_see(deps, person, actor)
    with deps.database.reading() as session:
        return JSONResponse(export_decisions(session, actor.organisation_id))


def _member(
    request: Request,
    deps: Deps,
    person: SignedIn,
    members: Sequence[Member],
    *,
    state: State,
    drafts: Sequence[Draft],
) -> Response:
    """A member that never applied here."""
    return render(
        request,
        deps,
        "member.html",
        person,
        organisation_id=members[0].id,
        members=members,
        state=state,
        drafts=drafts,
    )


def _is_answered(said: str, why: str) -> bool:
    return said == "yes" or (said == "no" and bool(why))


def _state(deps: Deps, actor: Actor) -> State:
    with deps.database.reading() as session:
        return read_application(session, actor.organisation_id).state


def _details(actor: Actor) -> str:
    return f"/organisations/{actor.organisation_id}/details"


def _to(organisation_id: str) -> Response:
    return RedirectResponse(f"/organisations/{organisation_id}", status_code=303)


def _form(
    request: Request,
    deps: Deps,
    person: SignedIn,
    actor: Actor | None,
    given: Mapping[str, str],
    *,
    wrong: Sequence[str] = (),
) -> Response:
    return render(
        request,
        deps,
        "details.html",
        person,
        status=422 if wrong else 200,
        action=_details(actor) if actor else "/apply",
        is_member=actor is not None and _state(deps, actor) in MEMBERS,
        given=given,
        wrong=wrong,
        kinds=[kind.value for kind in Kind],
    )


def _checklist(
    request: Request,
    deps: Deps,
    person: SignedIn,
    actor: Actor,
    given: Mapping[str, str],
    *,
    wrong: Sequence[str] = (),
) -> Response:
    return render(
        request,
        deps,
        "checklist.html",
        person,
        status=422 if wrong else 200,
        organisation_id=actor.organisation_id,
        statements=CHECKLIST,
        given=given,
        wrong=wrong,
    )
