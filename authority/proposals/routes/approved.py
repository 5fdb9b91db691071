"""What others have had approved, and adopting it: the same question, with who answers for it here."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from authority.actors import Role
from authority.member import Kind as MemberKind
from authority.office.deps import Injected
from authority.people.render import render
from authority.people.sessions import SignedIn
from authority.people.signed_in import PerhapsSignedIn
from authority.people.store import organisations_of, roles_of
from authority.proposals import store
from authority.proposals.own_form import FIELDS, known_own, read_own
from authority.proposals.proposal import Proposal, State
from authority.proposals.public import adoptable
from authority.proposals.routes.finding import MemberVisit, Visit, find_any
from authority.proposals.routes.propose import may_propose
from authority.proposals.routes.typed import LOOK, TypedForm
from authority.proposals.screen import fold, problem_of, words
from authority.proposals.standing import known_claim_types, names_of
from authority.refusal import RefusedError
from authority.store import find_member
from authority.usecases.adopt_question import adopt_question
from serving.errors import ApiError
from serving.limits import limited
from serving.settings import Text

router = APIRouter()
SHOWN: Final = 50  # more of them are found by searching
ADOPT = "/organisations/{organisation_id}/adopt/{proposal_id}"
_ONCE_APPROVED = (State.APPROVED, State.SUPERSEDED, State.EXPIRED)


@router.get("/questions")
def questions(request: Request, deps: Injected, person: PerhapsSignedIn) -> Response:
    """The questions that a member can adopt, for anybody; `q` are words that all have to occur."""
    searched = request.query_params.get("q", "")[:200]
    with deps.database.reading() as session:
        found = adoptable(session, deps.clock.now())
        names = names_of(session, {one.organisation_id for one in found})
        known = known_claim_types(session)
    found = [one for one in found if _is_found(one, names.get(one.organisation_id), searched)]
    context = words(request, known) | {"members": names, "searched": searched, "number": len(found)}
    return render(request, deps, "approved_questions.html", person, **context, found=found[:SHOWN])


@router.get("/questions/{proposal_id}")
def question(request: Request, deps: Injected, person: PerhapsSignedIn, proposal_id: str) -> Response:
    """One of them, and for which organisations the reader can adopt it."""
    with deps.database.reading() as session:
        found = _once_approved(session, proposal_id)
        known = known_claim_types(session)
        mine = _services_of(session, person) if person else []
        names = names_of(session, {found.organisation_id, *mine})
    is_adoptable = found.is_in_force(deps.clock.now())
    context = words(request, known) | {"members": names, "mine": mine, "is_adoptable": is_adoptable}
    return render(request, deps, "approved_question.html", person, **context, proposal=found)


@router.get(ADOPT)
def confirm(visit: MemberVisit, proposal_id: str) -> Response:
    """Says what is adopted unchanged and for whom, and asks for what the member writes itself."""
    may_propose(visit)
    return _adopt(visit, proposal_id)


@router.post(ADOPT, dependencies=[limited("propose")])
def adopt(typed: TypedForm, visit: MemberVisit, proposal_id: str) -> Response:
    """Adopts it: no review but the member's own standing."""
    may_propose(visit)
    own, wrong = read_own(typed.get)
    entered = {name: typed.get(name) for name in FIELDS}
    if not typed.is_ours or typed.get("go") == LOOK:
        return _adopt(visit, proposal_id, entered=entered, is_again=not typed.is_ours)
    if own is None:
        return _adopt(visit, proposal_id, entered=entered, wrong=wrong)
    try:
        adopt_question(visit.database, visit.actor, proposal_id, own, now=visit.now)
    except RefusedError as error:
        return _adopt(visit, proposal_id, entered=entered, error=error)
    visit.deps.log.info("adopted", organisation=visit.organisation_id, person=visit.actor.person_id)
    return RedirectResponse(f"/organisations/{visit.organisation_id}/adopt/{proposal_id}", status_code=303)


def _adopt(
    visit: Visit,
    proposal_id: str,
    *,
    entered: dict[str, str] | None = None,
    wrong: Sequence[str] = (),
    error: RefusedError | None = None,
    is_again: bool = False,
) -> Response:
    with visit.database.reading() as session:
        found = _once_approved(session, proposal_id)
        adoptions = store.read_adoptions(session, visit.organisation_id)
        if entered is None:
            entered = dict(known_own(session, visit.organisation_id, question_id=found.document.id))
        known = known_claim_types(session)
        names = names_of(session, {found.organisation_id, visit.organisation_id})
    return visit.show(
        "adopt.html",
        known,
        status=403 if is_again else 422 if wrong or error else 200,
        typed_at=f"/organisations/{visit.organisation_id}/adopt/{proposal_id}",
        is_again=is_again,
        proposal=found,
        members=names,
        adoption=next((one for one in adoptions if one.proposal_id == found.id), None),
        form=entered,
        wrong=wrong,
        problem=problem_of(error) if error else None,
    )


def _once_approved(session: Session, proposal_id: str) -> Proposal:
    proposal = find_any(session, proposal_id)
    if proposal.question is None or proposal.state not in _ONCE_APPROVED:
        raise ApiError(404, "not_found")
    return proposal


def _services_of(session: Session, person: SignedIn) -> list[str]:
    """The services for which a person may adopt something."""
    return [
        one
        for one in organisations_of(session, person.id)
        if roles_of(session, person.id, one) & {Role.OWNER, Role.TECHNICAL}
        and find_member(session, MemberKind.SERVICE, one)
    ]


def _is_found(proposal: Proposal, who: Text | None, searched: str) -> bool:
    question = proposal.question
    if question is None:
        return False
    texts = [one for one in (question.title, question.purpose, question.law, who) if one]
    text = " ".join([question.id, *(said for one in texts for said in (one.en, one.cy))])
    return all(word in fold(text) for word in fold(searched).split())
