"""Proposing by a form: each button saves a draft of the organisation's, and leads to a page that shows it.

GET  …/propose/{kind}                  a new form; `from` is a proposal to go on from, as its next version
POST …/propose/{kind}                  begins a draft
GET  …/propose/{kind}/{draft}          goes on where its form begins
GET  …/propose/{kind}/{draft}/{step}   a step; with `check` also what is wrong in it
POST …/propose/{kind}/{draft}/{step}   saves it, and does what the pressed button says
GET  …/propose/{kind}/{draft}/check    the whole as others will read it; POST sends it
GET  …/propose/{kind}/{draft}/delete   asks, POST deletes
"""

from dataclasses import replace
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from authority.actors import Role, check_role
from authority.people.signed_in import Form
from authority.proposals.drafts import (
    Draft,
    DraftChangedError,
    Pairs,
    begin_draft,
    delete_draft,
    find_draft,
    save_draft,
)
from authority.proposals.routes.finding import MemberVisit, Visit
from authority.proposals.routes.propose_claim_type import ClaimTypeSheet
from authority.proposals.routes.propose_file import FileSheet
from authority.proposals.routes.propose_question import QuestionSheet
from authority.proposals.routes.sheet import Page, Sheet
from authority.proposals.routes.typed import LOOK, Typed, TypedForm
from authority.proposals.screen import problem_of
from authority.proposals.standing import known_claim_types
from authority.refusal import RefusedError
from authority.usecases.preview_proposal import preview_proposal
from authority.usecases.submit_proposal import submit_proposal
from serving.errors import ApiError
from serving.forms import whole_number
from serving.limits import limited
from serving.pages import LANGUAGES

router = APIRouter()
NEW: Final = "/organisations/{organisation_id}/propose/{kind}"
DRAFT: Final = NEW + "/{draft_id}"
_SHEETS: Final = {sheet.kind.value: sheet for sheet in (QuestionSheet(), ClaimTypeSheet(), FileSheet())}
_STAY: Final = frozenset({"stay", "add", "search"})  # buttons that lead back to the same step


def sheet_in_path(kind: str) -> Sheet:
    """Raises ApiError 404 for no such form."""
    if kind not in _SHEETS:
        raise ApiError(404, "not_found")
    return _SHEETS[kind]


SheetInPath = Annotated[Sheet, Depends(sheet_in_path)]


def may_propose(visit: Visit) -> None:
    """Raises NotAllowedError for who may not propose anything for the organisation."""
    check_role(visit.actor, Role.OWNER, Role.TECHNICAL, organisation_id=visit.organisation_id)


# --- a new one


@router.get(NEW)
def begin(visit: MemberVisit, sheet: SheetInPath) -> Response:
    """The first step; nothing is kept yet."""
    may_propose(visit)
    earlier = visit.request.query_params.get("from", "")
    pairs = sheet.begin(visit, earlier)
    if pairs is None:
        query = urlencode({"from": earlier})
        return _to(f"/organisations/{visit.organisation_id}/propose/file?{query}")
    return sheet.show(visit, Page(sheet.steps[0], pairs, earlier=earlier))


@router.post(NEW, dependencies=[limited("propose")])
def keep(typed: TypedForm, visit: MemberVisit, sheet: SheetInPath) -> Response:
    """Begins a draft with what was typed, also with what is wrong."""
    may_propose(visit)
    step, earlier = sheet.steps[0], typed.get("from")
    before = sheet.begin(visit, earlier) or ()
    pairs = sheet.with_typed(before, typed.pairs, step)
    page = Page(step, pairs, earlier=earlier)
    if not typed.is_ours:
        return sheet.show(visit, replace(page, notice="again", status=403))
    if typed.get("go") == LOOK:
        return sheet.show(visit, page)
    go = typed.get("go")
    if go in {"stay", "back"} and not sheet.theirs(before, pairs, step):  # nothing was typed
        return _to(_list(visit) if go == "back" else _with_query(visit, sheet.place(visit), earlier=earlier))
    try:
        draft = _begun(visit, sheet, sheet.pressed(pairs, go))
    except RefusedError as error:
        return sheet.show(visit, replace(page, problem=problem_of(error), status=422))
    return _go_on(visit, sheet, draft, step, go)


# --- the whole: these come before the steps, whose address they would fit


@router.get(DRAFT + "/check")
def check(visit: MemberVisit, sheet: SheetInPath, draft_id: str) -> Response:
    """The whole as others will read it, with what was found."""
    return _check(visit, sheet, _found(visit, sheet, draft_id))


@router.post(DRAFT + "/check", dependencies=[limited("propose")])
def send(typed: TypedForm, visit: MemberVisit, sheet: SheetInPath, draft_id: str) -> Response:
    """Proposes what the page showed, if nobody has changed it since; then the draft is over."""
    draft = _found(visit, sheet, draft_id)
    if not typed.is_ours:
        return _check(visit, sheet, draft, notice="again", status=403)
    if _number(typed.get("revision")) != draft.revision:
        return _check(visit, sheet, draft, notice="changed", status=409)
    document = sheet.read(visit, draft.pairs).document
    if document is None:
        return _check(visit, sheet, draft)
    try:
        sent = submit_proposal(visit.database, visit.actor, document, now=visit.now, random=visit.deps.random)
    except RefusedError as error:
        return _refused(visit, sheet, draft, error)
    delete_draft(visit.database, visit.actor, draft.id, revision=draft.revision)
    visit.deps.log.info("proposed", organisation=visit.organisation_id, person=visit.actor.person_id)
    return _to(f"/organisations/{visit.organisation_id}/proposals/{sent.id}")


@router.get(DRAFT + "/delete")
def ask_to_delete(visit: MemberVisit, sheet: SheetInPath, draft_id: str) -> Response:
    """Asks whether a draft shall be forgotten."""
    draft = _found(visit, sheet, draft_id)
    return visit.show("proposal_delete.html", {}, draft=draft, action=sheet.place(visit, draft, "delete"))


@router.post(DRAFT + "/delete", dependencies=[limited("propose")])
def delete(visit: MemberVisit, sheet: SheetInPath, draft_id: str, _form: Form) -> Response:
    """Forgets it."""
    draft = _found(visit, sheet, draft_id)
    delete_draft(visit.database, visit.actor, draft.id)
    visit.deps.log.info("draft_deleted", organisation=visit.organisation_id, person=visit.actor.person_id)
    return _to(_list(visit))


# --- the steps


@router.get(DRAFT)
def go_on(visit: MemberVisit, sheet: SheetInPath, draft_id: str) -> Response:
    """Where a draft is taken up again."""
    return _to(sheet.place(visit, _found(visit, sheet, draft_id)))


@router.get(DRAFT + "/{step}")
def step_page(visit: MemberVisit, sheet: SheetInPath, draft_id: str, step: str) -> Response:
    """A step as it was saved; with `check` what is wrong in it, or with the whole."""
    draft = _found(visit, sheet, draft_id)
    page = _page(sheet, draft, step)
    if "anew" in visit.request.query_params:
        page = replace(page, notice="gone")
    if "check" in visit.request.query_params:
        page = _with_faults(visit, sheet, page)
    return sheet.show(visit, page)


@router.post(DRAFT + "/{step}", dependencies=[limited("propose")])
def save(typed: TypedForm, visit: MemberVisit, sheet: SheetInPath, draft_id: str, step: str) -> Response:
    """Saves a step, unless somebody else has saved the draft since the page was made."""
    may_propose(visit)
    draft, go = _find(visit, sheet, draft_id), typed.get("go")
    if draft is None:
        return _gone(visit, sheet, typed, step)
    page = _typed_page(sheet, draft, typed, step)
    if not typed.is_ours or go == LOOK:
        return _unsaved(visit, sheet, draft, page, typed)
    try:
        saved = save_draft(
            visit.database,
            visit.actor,
            draft_id,
            lambda before: sheet.pressed(sheet.with_typed(before, typed.pairs, step), go),
            seen=page.seen,
            now=visit.now,
        )
    except DraftChangedError as error:
        return _changed(visit, sheet, error.draft, typed, step)
    except RefusedError as error:
        return sheet.show(visit, replace(page, problem=problem_of(error), status=422))
    return _go_on(visit, sheet, saved, step, go) if saved else _gone(visit, sheet, typed, step)


# --- what these have in common


def _find(visit: Visit, sheet: Sheet, draft_id: str) -> Draft | None:
    with visit.database.reading() as session:
        draft = find_draft(session, visit.actor, draft_id, now=visit.now)
    return draft if draft is not None and draft.kind is sheet.kind else None


def _found(visit: Visit, sheet: Sheet, draft_id: str) -> Draft:
    draft = _find(visit, sheet, draft_id)
    if draft is None:
        raise ApiError(404, "not_found", page="no_draft")
    return draft


def _page(sheet: Sheet, draft: Draft, step: str) -> Page:
    if step not in sheet.steps:
        raise ApiError(404, "not_found")
    return Page(step, draft.pairs, draft=draft, seen=draft.revision)


def _typed_page(sheet: Sheet, draft: Draft, typed: Typed, step: str) -> Page:
    page = _page(sheet, draft, step)
    return replace(
        page, pairs=sheet.with_typed(draft.pairs, typed.pairs, step), seen=_number(typed.get("revision"))
    )


def _with_faults(visit: Visit, sheet: Sheet, page: Page) -> Page:
    read = sheet.read(visit, page.pairs)
    wrong = [name for name in read.wrong if sheet.step_of(name) == page.step]
    problem = read.problem
    if read.document is not None:
        try:
            preview_proposal(visit.database, visit.actor, read.document, now=visit.now)
        except RefusedError as error:
            problem = problem_of(error)
    return replace(page, wrong=wrong, problem=problem)


def _go_on(visit: Visit, sheet: Sheet, draft: Draft, step: str, go: str) -> Response:
    """To the page where the pressed button leads, or back to this one with what is wrong in it."""
    at = sheet.steps.index(step)
    if go in _STAY:
        return _to(_with_query(visit, sheet.place(visit, draft, step)))
    if go == "back":
        return _to(sheet.place(visit, draft, sheet.steps[at - 1]) if at else _list(visit))
    if go == "check":
        return _to(sheet.place(visit, draft, "check"))
    wrong = sheet.read(visit, draft.pairs).wrong
    if any(sheet.step_of(name) == step for name in wrong):
        return _to(sheet.place(visit, draft, step) + "?check")
    return _to(sheet.place(visit, draft, sheet.steps[min(at + 1, len(sheet.steps) - 1)]))


def _check(visit: Visit, sheet: Sheet, draft: Draft, *, notice: str = "", status: int = 200) -> Response:
    read = sheet.read(visit, draft.pairs)
    if read.document is None:
        step = sheet.step_of(read.wrong[0]) if read.wrong else sheet.steps[0]
        return _to(sheet.place(visit, draft, step) + "?check")
    try:
        findings = preview_proposal(visit.database, visit.actor, read.document, now=visit.now)
    except RefusedError:
        return _to(sheet.place(visit, draft) + "?check")
    with visit.database.reading() as session:
        known = known_claim_types(session)
    context: dict[str, Any] = {
        "document": read.document,
        "findings": findings,
        "draft": draft,
        "notice": notice,
        "action": sheet.place(visit, draft, "check"),
        "change": sheet.place(visit, draft),
        "back_step": sheet.place(visit, draft, sheet.steps[-1]),
    }
    return visit.show("proposal_check.html", known, status=status, **context)


def _refused(visit: Visit, sheet: Sheet, draft: Draft, error: RefusedError) -> Response:
    if _find(visit, sheet, draft.id) is None:  # of two who send it at once the other was first
        raise ApiError(409, "conflict", page="no_draft")
    page = _page(sheet, draft, sheet.steps[0])
    return sheet.show(visit, replace(page, problem=problem_of(error), status=422))


def _unsaved(visit: Visit, sheet: Sheet, draft: Draft, page: Page, typed: Typed) -> Response:
    """What was typed, once more: by a form of an earlier session, or only to see it in the other language."""
    if not typed.is_ours:
        return sheet.show(visit, replace(page, notice="again", status=403))
    since = _number(typed.get("since")) or page.seen
    if draft.is_changed_by_others(visit.actor.person_id, since=since):
        return _changed(visit, sheet, draft, typed, page.step)
    return sheet.show(visit, page)


def _changed(visit: Visit, sheet: Sheet, draft: Draft, typed: Typed, step: str) -> Response:
    """What was typed, and beside it what somebody else saved: sent again, it takes that one's place."""
    page = _typed_page(sheet, draft, typed, step)
    theirs = sheet.theirs(draft.pairs, page.pairs, step)
    since = _number(typed.get("since")) or page.seen
    told = replace(page, notice="changed", theirs=theirs, seen=draft.revision, since=since, status=409)
    return sheet.show(visit, told)


def _gone(visit: Visit, sheet: Sheet, typed: Typed, step: str) -> Response:
    """Begins another draft with what was typed: somebody sent or deleted this one, or its time is over."""
    if step not in sheet.steps:
        raise ApiError(404, "not_found")
    pairs = sheet.with_typed(sheet.begin(visit, "") or (), typed.pairs, step)
    if not typed.is_ours:
        return sheet.show(visit, Page(step, pairs, notice="again", status=403))
    try:
        draft = _begun(visit, sheet, pairs)
    except RefusedError as error:
        return sheet.show(visit, Page(step, pairs, problem=problem_of(error), status=422))
    return _to(sheet.place(visit, draft) + "?anew")


def _begun(visit: Visit, sheet: Sheet, pairs: Pairs) -> Draft:
    now, random = visit.now, visit.deps.random
    return begin_draft(visit.database, visit.actor, sheet.kind, pairs, now=now, random=random)


def _number(text: str) -> int:
    """The revision that a form names; 0, after which everything was changed, where it names none."""
    return whole_number(text, digits=9) or 0


def _list(visit: Visit) -> str:
    return f"/organisations/{visit.organisation_id}/proposals"


def _with_query(visit: Visit, place: str, *, earlier: str = "") -> str:
    """An address in the language that was chosen, still with what is wrong."""
    query = [("from", earlier)] if earlier else []
    if "check" in visit.request.query_params:
        query.append(("check", ""))
    if (language := visit.request.query_params.get("lang")) in LANGUAGES:
        query.append(("lang", language))
    return f"{place}?{urlencode(query)}" if query else place


def _to(place: str) -> Response:
    return RedirectResponse(place, status_code=303)
