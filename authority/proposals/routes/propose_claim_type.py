"""Proposing a claim type by a form: nothing is kept until it is sent."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from authority.people.signed_in import LongForm
from authority.proposals.claim_type_form import NATIONS, ClaimTypeForm, entered_claim_type
from authority.proposals.routes.finding import MemberVisit, Visit, find_own
from authority.proposals.routes.propose import NOT_CARRIED, check, may_propose, send
from authority.proposals.screen import problem_of
from authority.refusal import RefusedError
from serving.errors import ApiError

router = APIRouter()
PATH = "/organisations/{organisation_id}/propose/claim-type"


@router.get(PATH)
def begin(visit: MemberVisit) -> Response:
    """The form; `from` is a proposal of the organisation's to go on from, as its next version."""
    may_propose(visit)
    pairs: Sequence[tuple[str, str]] = [("version", "1")]
    earlier = visit.request.query_params.get("from")
    if earlier:
        with visit.database.reading() as session:
            claim_type = find_own(session, visit.actor, earlier).claim_type
        if claim_type is None:
            raise ApiError(404, "not_found")
        pairs = entered_claim_type(claim_type, version=claim_type.version + 1)
    return _form(visit, ClaimTypeForm(pairs, visit.organisation_id))


@router.post(PATH)
def go_on(visit: MemberVisit, fields: LongForm) -> Response:
    """Does what the pressed button says."""
    may_propose(visit)
    go = fields.get("go")
    pairs = [pair for pair in fields.pairs if pair[0] not in NOT_CARRIED]
    form = ClaimTypeForm(pairs, visit.organisation_id)
    if go in {"check", "submit"}:
        return _finish(visit, form, is_sent=go == "submit")
    if go == "add_row":
        form = ClaimTypeForm([*pairs, ("rows", str(form.rows + 1))], visit.organisation_id)
    return _form(visit, form)


def _finish(visit: Visit, form: ClaimTypeForm, *, is_sent: bool) -> Response:
    claim_type, wrong = form.read()
    if claim_type is None:
        return _form(visit, form, wrong=wrong)
    try:
        if is_sent:
            return send(visit, claim_type)
        return check(visit, claim_type, action=_path(visit), carried=form.pairs)
    except RefusedError as error:
        return _form(visit, form, problem=problem_of(error))


def _form(
    visit: Visit,
    form: ClaimTypeForm,
    *,
    wrong: Sequence[str] = (),
    problem: dict[str, Any] | None = None,
) -> Response:
    return visit.show(
        "propose_claim_type.html",
        {},
        status=422 if wrong or problem else 200,
        action=_path(visit),
        form=form,
        wrong=wrong,
        problem=problem,
        nations=NATIONS,
    )


def _path(visit: Visit) -> str:
    return f"/organisations/{visit.organisation_id}/propose/claim-type"
