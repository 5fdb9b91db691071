"""The pages about enrolment: an organisation's servers and links, and where a link leads a browser."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from authority.actors import Actor
from authority.enrolment.create_enrolment import SECONDS, may_enrol
from authority.enrolment.links import end_link, list_certificates, list_links, make_link
from authority.member import Kind
from authority.office.deps import Deps, Injected
from authority.people.render import check_may_see, render
from authority.people.sessions import SignedIn
from authority.people.signed_in import ActorInPath, Form, SignedInPerson
from authority.store import members_of
from serving.limits import limited

router = APIRouter()
_DAY = 86_400


@router.get("/enrol")
def opened(request: Request, deps: Injected) -> Response:
    """For whoever opens an enrolment link in a browser: its code stays there, and no script can read it."""
    return render(request, deps, "enrol.html")


@router.get("/organisations/{organisation_id}/enrolments")
def servers(request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath) -> Response:
    """The certificates of an organisation's servers, and the links that were made."""
    check_may_see(deps, person, actor)
    return _servers(request, deps, person, actor)


@router.post("/organisations/{organisation_id}/enrolments", dependencies=[limited("make_link")])
def make(
    request: Request, deps: Injected, person: SignedInPerson, actor: ActorInPath, form: Form
) -> Response:
    """Makes a link and shows it, this once."""
    check_may_see(deps, person, actor)  # first: what can't be used is answered with the whole page
    kind = next((kind for kind in Kind if kind.value == form.get("kind")), None)
    if kind is None:
        return _servers(request, deps, person, actor, wrong="kind")
    return _servers(request, deps, person, actor, link=make_link(deps, actor, kind))


@router.post("/organisations/{organisation_id}/enrolments/{digest}/end")
def end(deps: Injected, actor: ActorInPath, digest: str, _form: Form) -> Response:
    """Ends a link that nobody used."""
    end_link(deps, actor, digest)
    return RedirectResponse(f"/organisations/{actor.organisation_id}/enrolments", status_code=303)


def _servers(
    request: Request, deps: Deps, person: SignedIn, actor: Actor, *, link: str = "", wrong: str = ""
) -> Response:
    now = deps.clock.now()
    with deps.database.reading() as session:
        members = members_of(session, actor.organisation_id)
        links = list_links(session, actor.organisation_id, now=now)
        certificates = list_certificates(session, actor.organisation_id)
    return render(
        request,
        deps,
        "servers.html",
        person,
        status=422 if wrong else 200,
        organisation_id=actor.organisation_id,
        certificates=certificates,
        links=links,
        link=link,
        wrong=wrong,
        kinds=[one.kind.value for one in members if one.takes_part] if may_enrol(actor.roles) else [],
        may_end=may_enrol(actor.roles),
        now=now,
        days=SECONDS // _DAY,
    )
