"""An organisation's proposals: how far each is, what was decided, taking one back, appealing."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse, Response

from authority.actors import Role, check_role
from authority.people.signed_in import Form
from authority.proposals import store
from authority.proposals.drafts import drafts_for
from authority.proposals.proposal import Kind, State
from authority.proposals.routes.finding import (
    MemberVisit,
    Visit,
    find_own,
    findings_of,
    kinds_of,
    registered_of,
)
from authority.proposals.routes.typed import LOOK, TypedForm
from authority.proposals.screen import problem_of, progress
from authority.proposals.standing import known_claim_types
from authority.refusal import RefusedError
from authority.usecases.appeal_decision import appeal_decision
from authority.usecases.export_decision import export_decision
from authority.usecases.withdraw_proposal import withdraw_proposal
from serving.limits import limited

router = APIRouter()
BASE = "/organisations/{organisation_id}/proposals"


@router.get(BASE)
def proposals(visit: MemberVisit) -> Response:
    """Everything that an organisation proposed and adopted, the newest first."""
    check_role(visit.actor, *Role, organisation_id=visit.organisation_id)
    with visit.database.reading() as session:
        found = store.read_proposals(session, organisation_id=visit.organisation_id)
        adoptions = store.read_adoptions(session, visit.organisation_id)
        kinds = kinds_of(session, visit.organisation_id)
        known = known_claim_types(session)
        drafts = drafts_for(session, visit.actor, now=visit.now)
        registered = registered_of(session, visit.organisation_id)
    here = {(one.kind, one.document.id) for one in found}
    here |= {(Kind.QUESTION, one.question.id) for one in adoptions}
    others = [(Kind.of(one), one) for one in registered if (Kind.of(one), one.id) not in here]
    context = {"proposals": found[::-1], "kinds": kinds, "adoptions": adoptions, "drafts": drafts}
    context |= {"registered": others, "may_change": bool(visit.actor.roles & {Role.OWNER, Role.TECHNICAL})}
    return visit.show("proposals.html", known, **context)


@router.get(BASE + "/{proposal_id}")
def proposal(visit: MemberVisit, proposal_id: str) -> Response:
    """One of them."""
    return _proposal(visit, proposal_id)


@router.get(BASE + "/{proposal_id}/decision.json")
def export(visit: MemberVisit, proposal_id: str) -> Response:
    """The proposal and everything about its decision."""
    with visit.database.reading() as session:
        find_own(session, visit.actor, proposal_id)
    authority = visit.deps.settings.authority
    exported = export_decision(
        visit.database, visit.actor, proposal_id, authority_id=authority, now=visit.now
    )
    return JSONResponse(exported)


@router.post(BASE + "/{proposal_id}/withdraw", dependencies=[limited("propose")])
def withdraw(visit: MemberVisit, proposal_id: str, _form: Form) -> Response:
    """Takes it back, if nobody has decided."""
    with visit.database.reading() as session:
        find_own(session, visit.actor, proposal_id)
    try:
        withdraw_proposal(visit.database, visit.actor, proposal_id)
    except RefusedError as error:
        return _proposal(visit, proposal_id, error=error)
    return _to(visit.organisation_id)


@router.post(BASE + "/{proposal_id}/appeal", dependencies=[limited("propose")])
def appeal(typed: TypedForm, visit: MemberVisit, proposal_id: str) -> Response:
    """Asks another reviewer to look at a refusal again."""
    with visit.database.reading() as session:
        find_own(session, visit.actor, proposal_id)
    text = typed.get("text")
    if not typed.is_ours or typed.get("go") == LOOK:
        return _proposal(visit, proposal_id, text=text, is_again=not typed.is_ours)
    try:
        appeal_decision(visit.database, visit.actor, proposal_id, text, now=visit.now)
    except RefusedError as error:
        return _proposal(visit, proposal_id, error=error, text=text)
    return _to(visit.organisation_id, proposal_id)


def _to(organisation_id: str, *rest: str) -> Response:
    return RedirectResponse(_place(organisation_id, *rest), status_code=303)


def _place(organisation_id: str, *rest: str) -> str:
    return "/".join(["/organisations", organisation_id, "proposals", *rest])


def _proposal(
    visit: Visit,
    proposal_id: str,
    *,
    error: RefusedError | None = None,
    text: str = "",
    is_again: bool = False,
) -> Response:
    with visit.database.reading() as session:
        found = find_own(session, visit.actor, proposal_id)
        findings = findings_of(session, found, now=visit.now)
        known = known_claim_types(session)
    status = (422 if error.code == "appeal" else 409) if error else 403 if is_again else 200
    may_change = bool(visit.actor.roles & {Role.OWNER, Role.TECHNICAL})
    may_appeal = may_change and found.state is State.REFUSED and found.appeal is None
    return visit.show(
        "proposal.html",
        known,
        status=status,
        proposal=found,
        findings=findings,
        steps=progress(found, len(findings)),
        may_change=may_change,
        may_appeal=may_appeal,
        typed_at=f"{_place(visit.organisation_id, proposal_id)}/appeal" if may_appeal else "",
        is_again=is_again,
        problem=problem_of(error) if error else None,
        text=text,
    )
