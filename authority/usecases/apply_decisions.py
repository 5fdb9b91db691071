"""Does what was decided at the office: who was admitted becomes a member, who left is taken off the list.

Each decision once: what it does is itself idempotent, and it is marked as done afterwards, so that a keeper
that is killed in between does it again without a trace.
"""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from authority.confirmation.verify_decisions import check_member_decision
from authority.confirmation.verify_id_token import NotConfirmedError
from authority.member import Kind, Member
from authority.people.details import Details
from authority.people.standing import restore_details
from authority.people.states import CHANGED, State
from authority.people.store import DecisionRow, decisions_to_apply, mark_applied
from authority.records import Records
from authority.refusal import RefusedError
from authority.usecases.admit_member import Application, admit_member, check_application
from authority.usecases.remove_member import remove_member
from authority.usecases.set_status import set_status
from protocol.errors import ProtocolError
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError
from serving.randomness import Random

_FAILED = (OperatorError, ProtocolError)


def apply_decisions(records: Records, *, now: int, random: Random) -> Sequence[str]:
    """Says what was done and what could not be. One that fails holds up only its own organisation's."""
    with records.database.reading() as session:
        waiting = decisions_to_apply(session)
    return list(_applied(records, waiting, now=now, random=random))


def _applied(records: Records, waiting: Sequence[DecisionRow], *, now: int, random: Random) -> Iterator[str]:
    stuck: set[str] = set()
    for row in waiting:
        if row.organisation_id in stuck:  # a later decision must not come before an earlier one
            continue
        problem, is_over, may_hold_up = _try(records, row, now=now, random=random)
        if not is_over and may_hold_up:
            stuck.add(row.organisation_id)
        if not problem or problem != row.problem:  # what is known need not be said at every round
            yield f"{row.organisation_id}: {row.state}" + (
                f" could not be done: {problem}" if problem else ""
            )


def _try(records: Records, row: DecisionRow, *, now: int, random: Random) -> tuple[str | None, bool, bool]:
    """What stood in the way, whether the decision is over and done with, and whether others wait for it.

    Where reviewers sign in for what they decide, nothing waits for what nobody signed in for.
    """
    problem, is_over, may_hold_up = None, True, records.settings().reviewers is None
    try:
        if row.state != State.LEFT:  # who leaves is nobody whom the operator could have named
            check_member_decision(records, row)
            may_hold_up = True
        _do(records, row, now=now, random=random)
    except NotConfirmedError as error:
        problem, is_over = str(error), False
    except _FAILED as error:
        # a change that does not fit is over: what comes later, a suspension say, must not wait for it
        problem, is_over = str(error), row.state == CHANGED and isinstance(error, RefusedError)
    with records.database.unit() as session:
        mark_applied(session, row.id or 0, now=now if is_over else None, problem=problem)
        if problem and is_over:
            restore_details(session, row.organisation_id)
        session.commit()
    return problem, is_over, may_hold_up


def _do(records: Records, row: DecisionRow, *, now: int, random: Random) -> None:
    details = _details(row)
    if row.state == CHANGED:
        _change(records, details, row, now=now, random=random)
        return
    state = State(row.state)
    if state is State.ADMITTED:
        _admit(records, details, row, now=now, random=random)
        return
    for kind in Kind:
        member = records.find_member(kind, details.id)
        if member is not None and state is State.SUSPENDED:
            _set(records, member, MemberStatus.SUSPENDED, row, now=now)
        elif member is not None and state is State.LEFT:
            remove_member(records, kind, details.id, reason=row.reason, now=now)


def _details(row: DecisionRow) -> Details:
    try:
        return Details.model_validate_json(row.details)
    except ValidationError:
        raise OperatorError("what was decided about can't be read") from None


def _change(records: Records, details: Details, row: DecisionRow, *, now: int, random: Random) -> None:
    """Everything of it or, where a part does not fit, nothing."""
    for application in _applications(details):
        check_application(records, application)
    for application in _applications(details):
        admit_member(records, application, now=now, random=random, is_decided_at_office=True)
    for kind in Kind:
        if kind not in details.addresses and records.find_member(kind, details.id) is not None:
            remove_member(records, kind, details.id, reason=row.reason, now=now)


def _applications(details: Details) -> list[Application]:
    return [
        Application(kind=kind, id=details.id, name=details.name, url=url, requests={})
        for kind, url in details.addresses.items()
    ]


def _admit(records: Records, details: Details, row: DecisionRow, *, now: int, random: Random) -> None:
    for application in _applications(details):
        member = admit_member(records, application, now=now, random=random, is_decided_at_office=True)
        _set(records, member, MemberStatus.ACTIVE, row, now=now)


def _set(records: Records, member: Member, status: MemberStatus, row: DecisionRow, *, now: int) -> None:
    if member.status is not status:
        set_status(
            records,
            member.kind,
            member.id,
            status,
            reason=row.reason,
            now=now,
            is_decided_at_office=True,
        )
