"""Proposing a question by a form in steps: nothing is kept until it is sent."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from authority.actors import Role, check_role
from authority.people.signed_in import LongForm
from authority.proposals.question_form import CHANNELS, STEPS, QuestionForm, entered, is_of_step, step_of
from authority.proposals.routes.finding import MemberVisit, Visit, find_own
from authority.proposals.screen import problem_of
from authority.proposals.standing import known_claim_types
from authority.refusal import RefusedError
from authority.usecases.preview_proposal import preview_proposal
from authority.usecases.submit_proposal import submit_proposal
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.errors import ApiError

router = APIRouter()
PATH = "/organisations/{organisation_id}/propose/question"
NOT_CARRIED = {"csrf", "step", "go"}


@router.get(PATH)
def begin(visit: MemberVisit) -> Response:
    """The first step; `from` is a proposal of the organisation's to go on from, as its next version."""
    may_propose(visit)
    earlier = visit.request.query_params.get("from")
    with visit.database.reading() as session:
        known = known_claim_types(session)
        question = find_own(session, visit.actor, earlier).question if earlier else None
    if earlier is None:
        return _step(visit, QuestionForm([("version", "1")], known), STEPS[0])
    if question is None:
        raise ApiError(404, "not_found")
    next_one = question.model_copy(update={"version": question.version + 1})
    form = QuestionForm(entered(question, version=next_one.version), known)
    if form.read()[0] not in {None, next_one}:  # it says more than a form can: a file loses nothing
        place = f"/organisations/{visit.organisation_id}/propose/file?from={earlier}"
        return RedirectResponse(place, status_code=303)
    return _step(visit, form, STEPS[0])


@router.post(PATH)
def go_on(visit: MemberVisit, fields: LongForm) -> Response:
    """Does what the pressed button says, with all that was typed so far."""
    may_propose(visit)
    step = fields.get("step") if fields.get("step") in STEPS else STEPS[0]
    pairs = [pair for pair in fields.pairs if pair[0] not in NOT_CARRIED]
    with visit.database.reading() as session:
        form = QuestionForm(pairs, known_claim_types(session))
    go = fields.get("go")
    if go in {"check", "submit"}:
        return _finish(visit, form, is_sent=go == "submit")
    if go == "next" and (wrong := form.wrong_in(step)):
        return _step(visit, form, step, wrong=wrong)
    if go == "add":
        more = [("alternatives", str(form.number + 1))]
        form = QuestionForm([pair for pair in pairs if pair[0] != "alternatives"] + more, form.catalogue)
    return _step(visit, form, _next(step, go))


def may_propose(visit: Visit) -> None:
    """Raises NotAllowedError for who may not propose anything for the organisation."""
    check_role(visit.actor, Role.OWNER, Role.TECHNICAL, organisation_id=visit.organisation_id)


def send(visit: Visit, document: ClaimType | Question) -> Response:
    """Proposes it and leads to its page; raises RefusedError."""
    sent = submit_proposal(visit.database, visit.actor, document, now=visit.now, random=visit.deps.random)
    visit.deps.log.info("proposed", organisation=visit.organisation_id, person=visit.actor.person_id)
    return RedirectResponse(f"/organisations/{visit.organisation_id}/proposals/{sent.id}", status_code=303)


def check(
    visit: Visit,
    document: ClaimType | Question,
    *,
    action: str,
    carried: Sequence[tuple[str, str]],
    step: str = "",
) -> Response:
    """The whole as others will read it, with what was found; raises RefusedError."""
    findings = preview_proposal(visit.database, visit.actor, document, now=visit.now)
    with visit.database.reading() as session:
        known = known_claim_types(session)
    page = {"document": document, "findings": findings, "action": action, "carried": carried, "step": step}
    return visit.show("proposal_check.html", known, **page)


def _next(step: str, go: str) -> str:
    at = STEPS.index(step) + {"next": 1, "back": -1}.get(go, 0)
    return STEPS[min(max(at, 0), len(STEPS) - 1)]


def _finish(visit: Visit, form: QuestionForm, *, is_sent: bool) -> Response:
    """Sends the whole, or shows it with what was found in it."""
    question, wrong = form.read()
    if question is None:
        step = step_of(wrong[0])
        return _step(visit, form, step, wrong=form.wrong_in(step))
    try:
        if is_sent:
            return send(visit, question)
        return check(visit, question, action=_path(visit), carried=form.pairs, step=STEPS[0])
    except RefusedError as error:
        return _step(visit, form, STEPS[0], problem=problem_of(error))


def _step(
    visit: Visit,
    form: QuestionForm,
    step: str,
    *,
    wrong: Sequence[str] = (),
    problem: dict[str, Any] | None = None,
) -> Response:
    return visit.show(
        "propose_question.html",
        form.catalogue,
        status=422 if wrong or problem else 200,
        action=_path(visit),
        step=step,
        number=STEPS.index(step) + 1,
        of=len(STEPS),
        form=form,
        carried=[(name, value) for name, value in form.pairs if not is_of_step(name, step)],
        wrong=wrong,
        problem=problem,
        channels=CHANNELS,
    )


def _path(visit: Visit) -> str:
    return f"/organisations/{visit.organisation_id}/propose/question"
