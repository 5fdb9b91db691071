"""The reviewers' pages: which proposals wait, one of them with all that it is judged by, the decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlmodel import Session

from authority.actors import NotAllowedError, Role, check_role
from authority.confirmation.asking import Pressed, decide_confirmed
from authority.confirmation.confirming import Asking, Confirming
from authority.confirmation.store import find_not_confirmed
from authority.people.signed_in import Fields, LongForm
from authority.proposals import store
from authority.proposals.earlier import find_comparable
from authority.proposals.proportionality import Finding, serious
from authority.proposals.proposal import Kind, Proposal
from authority.proposals.routes.finding import (
    ReviewVisit,
    Visit,
    find_any,
    findings_of,
)
from authority.proposals.screen import Names, compare, problem_of, progress
from authority.proposals.standing import findings_about, known_claim_types, names_of
from authority.refusal import RefusedError
from authority.usecases.appeal_decision import check_appeal_reviewer, decide_appeal
from authority.usecases.decide_proposal import (
    DecidedAlreadyError,
    Verdict,
    check_reviewer,
    decide_proposal,
)
from authority.usecases.export_decision import export_decision
from serving.forms import whole_number

router = APIRouter()
SHOWN: Final = 50  # of what is decided
WHAT: Final = "proposal"
_LONDON: Final = ZoneInfo("Europe/London")
_DECISIONS: Final = ("approve", "refuse")


@dataclass(frozen=True)
class Written:
    """What a reviewer wrote, and which of it can't be used."""

    fields: Fields
    wrong: Sequence[str] = ()
    error: RefusedError | None = None

    @property
    def status(self) -> int:
        if isinstance(self.error, DecidedAlreadyError):
            return 409
        return 422 if self.wrong or self.error else 200


@router.get("/proposals")
def waiting(visit: ReviewVisit) -> Response:
    """Those that wait for a decision, the longest waiting first, and the last that were decided."""
    _check_reviews(visit)
    with visit.database.reading() as session:
        found = store.read_proposals(session)
        known = known_claim_types(session)
    waits = sorted((one for one in found if one.is_waiting), key=lambda one: one.waiting_since)
    decided = [one for one in found if one.final is not None and not one.is_waiting]
    decided.sort(key=lambda one: one.final.at if one.final else 0, reverse=True)
    decided = decided[:SHOWN]
    with visit.database.reading() as session:
        names = names_of(session, {one.organisation_id for one in [*waits, *decided]})
    return visit.show("proposals_waiting.html", known, waiting=waits, decided=decided, members=names)


@router.get("/proposals/{proposal_id}")
def review(visit: ReviewVisit, proposal_id: str) -> Response:
    """One of them, as a citizen reads it, with findings, history, and what it is compared with."""
    _check_reviews(visit)
    return _review(visit, proposal_id, Written(Fields(())))


@router.get("/proposals/{proposal_id}/decision.json")
def export(visit: ReviewVisit, proposal_id: str) -> Response:
    """The proposal and everything about its decision."""
    _check_reviews(visit)
    with visit.database.reading() as session:
        find_any(session, proposal_id)
    authority = visit.deps.settings.authority
    exported = export_decision(
        visit.database, visit.actor, proposal_id, authority_id=authority, now=visit.now
    )
    return JSONResponse(exported)


@router.get("/proposals/{proposal_id}/decision")
def again(proposal_id: str) -> Response:
    """Where a change of language leads from a page that answered a form."""
    return RedirectResponse(f"/proposals/{proposal_id}", status_code=303)


@router.post("/proposals/{proposal_id}/decision")
def decision(visit: ReviewVisit, proposal_id: str, form: LongForm) -> Response:
    """Decides, if nobody has since the page was made."""
    pressed = Pressed(visit.request, visit.deps, visit.person, WHAT, proposal_id, form)
    return decide_confirmed(pressed, carry_out)


def carry_out(pressed: Pressed, confirming: Confirming | None) -> Response:
    """Decides what the form says, or shows it with what is wrong."""
    visit = Visit(pressed.request, pressed.deps, pressed.person, pressed.actor)
    form, proposal_id = pressed.form, pressed.where
    _check_reviews(visit)
    with visit.database.reading() as session:
        proposal = find_any(session, proposal_id)
        findings = findings_about(session, proposal, now=visit.now)
    is_appeal = form.get("about") == "appeal"
    wrong = [] if _is_decided(proposal, is_appeal=is_appeal) else _wrong(form, proposal, findings)
    if wrong:
        return _review(visit, proposal_id, Written(form, wrong))
    decide = decide_appeal if is_appeal else decide_proposal
    authority = visit.deps.settings.authority
    verdict = _verdict(form, findings)
    now = confirming.now if confirming else visit.now
    try:
        decided = decide(
            visit.database,
            visit.actor,
            proposal_id,
            verdict,
            authority_id=authority,
            now=now,
            confirming=confirming,
        )
    except RefusedError as error:
        return _review(visit, proposal_id, Written(form, error=error))
    if isinstance(confirming, Asking):
        return Response(status_code=204)
    visit.deps.log.info("proposal_decided", person=visit.actor.person_id, state=decided.state.value)
    return RedirectResponse(f"/proposals/{proposal_id}", status_code=303)


def _check_reviews(visit: Visit) -> None:
    check_role(visit.actor, Role.REVIEWER, organisation_id=visit.deps.settings.authority)


def _is_decided(proposal: Proposal, *, is_appeal: bool) -> bool:
    # Then what is wrong in the form is of no interest: the use case says what was decided.
    return not proposal.is_waiting or (proposal.appeal is not None) != is_appeal


def _review(visit: Visit, proposal_id: str, written: Written) -> Response:
    with visit.database.reading() as session:
        found = find_any(session, proposal_id)
        known = known_claim_types(session)
        earlier = find_comparable(session, found, now=visit.now)
        findings = findings_of(session, found, now=visit.now)
        may_decide = found.is_waiting and _may_decide(session, visit, found)
        members = names_of(session, {found.organisation_id})
        not_confirmed = find_not_confirmed(session, proposal_id)
    names = Names(known, visit.request.app.state.pages.language(visit.request))
    return visit.show(
        "proposal_review.html",
        known,
        status=written.status,
        proposal=found,
        who=members.get(found.organisation_id),
        findings=findings,
        serious=serious(findings),
        steps=progress(found, len(findings)),
        earlier=earlier,
        changes=compare(earlier.document, found.document, names) if earlier else [],
        may_decide=may_decide,
        not_confirmed=not_confirmed,
        is_waiting=found.is_waiting,
        needs_end=found.kind is Kind.QUESTION,
        written=written.fields,
        wrong=written.wrong,
        problem=problem_of(written.error) if written.error else None,
    )


def _may_decide(session: Session, visit: Visit, proposal: Proposal) -> bool:
    check = check_appeal_reviewer if proposal.appeal else check_reviewer
    try:
        check(session, visit.actor, proposal, authority_id=visit.deps.settings.authority)
    except NotAllowedError:
        return False
    return True


def _wrong(form: Fields, proposal: Proposal, findings: Sequence[Finding]) -> list[str]:
    """The fields that can't be used, in the order of the page."""
    is_approved = form.get("decision") == "approve"
    wrong = [] if form.get("decision") in _DECISIONS else ["decision"]
    wrong += [] if form.get("reasons") else ["reasons"]
    is_dated = any(form.get(f"until-{part}") for part in ("day", "month", "year"))
    if is_approved and (is_dated or proposal.kind is Kind.QUESTION) and _until(form) is None:
        wrong.append("until")
    if is_approved:
        answers = (f"answer:{one.name}" for one in serious(findings))
        wrong += [name for name in answers if not form.get(name)]
    return wrong


def _verdict(form: Fields, findings: Sequence[Finding]) -> Verdict:
    answers = {one.name: form.get(f"answer:{one.name}") for one in findings}
    return Verdict(
        approved=form.get("decision") == "approve",
        reasons=form.get("reasons"),
        conditions=form.get("conditions"),
        answers={name: text for name, text in answers.items() if text},
        expires_at=_until(form),
    )


def _until(form: Fields) -> int | None:
    """The end of the day that was entered, in London, as Unix seconds."""
    year, month, day = (
        whole_number(form.get(f"until-{part}"), digits=4) for part in ("year", "month", "day")
    )
    if year is None or month is None or day is None:
        return None
    try:
        return int(datetime(year, month, day, 23, 59, 59, tzinfo=_LONDON).timestamp())
    except (ValueError, OverflowError):
        return None
