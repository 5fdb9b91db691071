"""A reviewer decides about an organisation: admits, refuses, suspends, lets it take part again.

Two who decide at once: the state is changed by compare-and-set, one wins, the other is told of the decision.
"""

from typing import Any

from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.confirmation.confirming import Confirming
from authority.confirmation.document import said_of_member
from authority.office.deps import Deps
from authority.people.apply import Application, read_application
from authority.people.states import State, expected_before
from authority.people.store import (
    DecisionRow,
    add_decision,
    change_organisation,
    decisions_on,
    roles_of,
    spoke_for,
)
from protocol.encoding import json_object
from serving.errors import ApiError

MIN_REASON, MAX_REASON = 10, 2_000


def decide(
    deps: Deps,
    reviewer: Actor,
    organisation_id: str,
    wanted: State,
    *,
    seen: State,
    reason: str,
    after: int | None = None,
    confirming: Confirming | None = None,
) -> None:
    """`seen` is the state that the reviewer was shown, `after` the newest decision (0: none), if a page was.

    The state alone does not tell an application from the one that was sent after a refusal.
    Raises NotAllowedError; ApiError 403 for one's own organisation, 409 when it was decided meanwhile or
    the application is not complete, 422 without a reason.
    """
    check_role(reviewer, Role.REVIEWER, organisation_id=deps.settings.authority)
    reason = checked_reason(reason)
    if expected_before(wanted, seen) is not seen:
        raise ApiError(409, "conflict", page="decided")
    now = confirming.now if confirming else deps.clock.now()
    with deps.database.unit() as session:
        if not change_organisation(
            session, organisation_id, expected=[seen.value], state=wanted.value, changed_at=now
        ):
            raise ApiError(409, "conflict", page="decided")
        check_independence(session, reviewer, organisation_id)
        if after is not None and newest_decision(session, organisation_id) != after:
            raise ApiError(409, "conflict", page="decided")
        application = read_application(session, organisation_id)
        if wanted is State.ADMITTED and not application.is_complete:
            raise ApiError(409, "conflict", page="not_complete")
        row = _row(application, reviewer, wanted, reason=reason, now=now)
        if not record_decision(deps, session, row, confirming):
            return
        session.commit()
    deps.log.info("decided", organisation=organisation_id, person=reviewer.person_id, state=wanted.value)


def newest_decision(session: Session, organisation_id: str) -> int:
    """The id of what was decided last about an organisation, 0 for nothing yet."""
    return max((one.id or 0 for one in decisions_on(session, organisation_id)), default=0)


def record_decision(deps: Deps, session: Session, row: DecisionRow, confirming: Confirming | None) -> bool:
    """Writes a decision down; False where its reviewer has to sign in for it first."""
    said = said_of_member(row, authority_id=deps.settings.authority)
    if confirming and not confirming.is_confirmed(session, said):
        return False
    add_decision(session, row)
    return True


def checked_reason(reason: str) -> str:
    """A reason that says something; raises ApiError."""
    reason = reason.strip()
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        raise ApiError(422, "invalid_request", page="no_reason")
    return reason


def export_decisions(session: Session, organisation_id: str) -> list[dict[str, Any]]:
    """Every decision about an organisation, for itself and for reviewers."""
    return [
        {
            "id": one.id,
            "organisation": organisation_id,
            "decision": one.state,
            "reason": one.reason,
            "decided_at": one.decided_at,
            "decided_by": one.person_id,
            "applied_at": one.applied_at,
            "application": json_object(one.details.encode()),
        }
        for one in decisions_on(session, organisation_id)
    ]


def _row(application: Application, reviewer: Actor, wanted: State, *, reason: str, now: int) -> DecisionRow:
    return DecisionRow(
        organisation_id=application.details.id,
        state=wanted.value,
        reason=reason,
        details=application.details.model_dump_json(),
        person_id=reviewer.person_id,
        decided_at=now,
        # who is refused was never in the network: there is nothing for the keeper to do
        applied_at=now if wanted is State.REFUSED else None,
    )


def check_independence(session: Session, reviewer: Actor, organisation_id: str) -> None:
    """Raises ApiError 403 for an organisation for which the reviewer acts, or spoke in this matter."""
    acts_for_it = roles_of(session, reviewer.person_id, organisation_id)
    if acts_for_it or reviewer.person_id in spoke_for(session, organisation_id):
        raise ApiError(403, "forbidden", page="own_organisation")
