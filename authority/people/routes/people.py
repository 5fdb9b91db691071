"""Who acts for an organisation: its people, invitations, and taking one up."""

from collections.abc import Collection

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from authority.actors import Actor, Role, check_role
from authority.office.deps import Deps, Injected
from authority.people.email import MailNotSentError
from authority.people.invite import (
    BadInvitationError,
    accept_invitation,
    invite,
    read_invitation,
    revoke_invitation,
    take_role,
)
from authority.people.render import render
from authority.people.sessions import SignedIn
from authority.people.signed_in import ActorInPath, Fields, Form, PerhapsSignedIn, SignedInPerson
from authority.people.store import open_invitations, people_of
from serving.errors import ApiError
from serving.limits import limited

router = APIRouter()


@router.get("/organisations/{organisation_id}/people")
def people(request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Response:
    """Everybody who acts for an organisation, for everybody who does."""
    return _people(request, deps, person, actor)


@router.post("/organisations/{organisation_id}/invitations", dependencies=[limited("invite")])
def send_invitation(
    request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath, form: Form
) -> Response:
    """Invites somebody by a letter."""
    if deps.mailer is None:
        raise ApiError(503, "temporarily_unavailable", page="no_letters")
    roles = {role for role in Role if role.value in form.all("role")}
    try:
        code = invite(deps, actor, form.get("email"), roles)
    except BadInvitationError as error:
        return _people(request, deps, person, actor, wrong=error.field, entered=form)
    is_sent = _send(request, deps, form.get("email"), code)
    return _people(request, deps, person, actor, is_sent=is_sent, status=200 if is_sent else 503)


@router.post("/organisations/{organisation_id}/invitations/{invitation_id}/revoke")
def revoke(deps: Injected, actor: ActorInPath, invitation_id: str, _form: Form) -> Response:
    """Ends an invitation that nobody has taken up."""
    revoke_invitation(deps, actor, invitation_id)
    return _back(actor)


@router.post("/organisations/{organisation_id}/people/{person_id}/take")
def take(deps: Injected, actor: ActorInPath, person_id: str, form: Form) -> Response:
    """Takes a role away."""
    role = next((role for role in Role if role.value == form.get("role")), None)
    if role is None:
        raise ApiError(422, "invalid_request", "there is no such role")
    take_role(deps, actor, person_id, role)
    return _back(actor)


@router.get("/invitations/{code}")
def invitation(request: Request, deps: Injected, code: str, person: PerhapsSignedIn) -> Response:
    """What somebody is invited to; it is taken up by a button, since programs open links in letters, too."""
    found = read_invitation(deps, code)
    return render(request, deps, "invitation.html", person, code=code, invitation=found)


@router.post("/invitations/{code}")
def accept(deps: Injected, code: str, person: SignedInPerson, _form: Form) -> Response:
    """Takes an invitation up."""
    organisation_id = accept_invitation(deps, person, code)
    return RedirectResponse(f"/organisations/{organisation_id}/people", status_code=303)


def _back(actor: Actor) -> Response:
    return RedirectResponse(f"/organisations/{actor.organisation_id}/people", status_code=303)


def _people(
    request: Request,
    deps: Deps,
    person: SignedIn,
    actor: Actor,
    *,
    wrong: str = "",
    entered: Fields | None = None,
    is_sent: bool | None = None,
    status: int = 200,
) -> Response:
    check_role(actor, *Role, organisation_id=actor.organisation_id)
    with deps.database.reading() as session:
        roles = people_of(session, actor.organisation_id)
        invitations = open_invitations(session, actor.organisation_id, now=deps.clock.now())
    return render(
        request,
        deps,
        "people.html",
        person,
        status=422 if wrong else status,
        organisation_id=actor.organisation_id,
        is_owner=Role.OWNER in actor.roles,
        choices=_choices(deps, actor.organisation_id),
        roles=roles,
        invitations=invitations,
        wrong=wrong,
        entered=entered or Fields(()),
        is_sent=is_sent,
    )


def _choices(deps: Deps, organisation_id: str) -> Collection[Role]:
    others = (Role.OWNER, Role.TECHNICAL)
    return (Role.OWNER, Role.REVIEWER) if organisation_id == deps.settings.authority else others


def _send(request: Request, deps: Deps, email: str, code: str) -> bool:
    """Sends the letter in both languages; what was promised stands whether or not it could be sent."""
    assert deps.mailer is not None
    pages, link = request.app.state.pages, deps.url(f"/invitations/{code}")
    parts = [pages.text(language, "office.letter.text", link=link) for language in ("en", "cy")]
    subject = " / ".join(pages.text(language, "office.letter.subject") for language in ("en", "cy"))
    try:
        deps.mailer.send(email.strip().lower(), subject=subject, text="\n\n".join(parts))
    except MailNotSentError as error:
        deps.log.error("letter_not_sent", kind=type(error.__cause__).__name__)
        return False
    return True
