"""A member changes what it says of itself: at once what only the office reads, and by a reviewer's decision
what citizens see.

The keeper does what a reviewer approved, and the log says it. Whoever wants something else meanwhile asks
again: the newest request stands in place of the one before, and a decision names the one that was read.
"""

from dataclasses import dataclass

from sqlmodel import Session

from authority.actors import Actor, Role, check_role
from authority.confirmation.confirming import Confirming
from authority.consistency import check_member
from authority.member import Kind, Member
from authority.office.deps import Deps
from authority.people.apply import Application, check_addresses, read_application
from authority.people.decide import check_independence, checked_reason, record_decision
from authority.people.details import Details, SeenDetails, seen_fields
from authority.people.states import CHANGE_REFUSED, CHANGED, MEMBERS, State
from authority.people.store import (
    ChangeRow,
    DecisionRow,
    change_organisation,
    end_change,
    lock_organisation,
    replace_row,
)
from authority.refusal import RefusedError
from authority.store import find_member, read_members
from serving.errors import ApiError
from serving.randomness import token


@dataclass(frozen=True, slots=True)
class Change:
    """What a member wants citizens to see; `asked_at` in Unix seconds."""

    id: str
    wanted: SeenDetails
    asked_at: int

    def differences(self, present: SeenDetails) -> list[tuple[str, str, str]]:
        """What is another, by the form: the field, what it says now, and what it will; empty for nothing."""
        now, then = seen_fields(present), seen_fields(self.wanted)
        names = [name for name in {**now, **then} if now.get(name) != then.get(name)]
        return [(name, now.get(name, ""), then.get(name, "")) for name in names]


def change_member(deps: Deps, actor: Actor, details: Details, *, shown: str) -> None:
    """Saves what only the office reads, and asks for the rest where it is another than the form showed.

    `shown` is the fingerprint of that. Raises NotAllowedError, or ApiError 409 for an organisation that is no
    member, or when what the form showed has changed meanwhile.
    """
    check_role(actor, Role.OWNER, organisation_id=details.id)
    check_addresses(deps, details)
    with deps.database.unit() as session:
        present = _locked(session, details.id, *MEMBERS).details
        if details.seen.fingerprint != shown:
            if shown != present.seen.fingerprint:
                raise _decided()
            replace_row(session, _row(deps, actor, details))
        _save(session, details.with_seen(present.seen), now=deps.clock.now())
        session.commit()
    deps.log.info("details_changed", organisation=details.id, person=actor.person_id)


def withdraw_change(deps: Deps, actor: Actor) -> None:
    """Takes a request back; raises NotAllowedError, or ApiError 409 where there is none any more."""
    check_role(actor, Role.OWNER, organisation_id=actor.organisation_id)
    with deps.database.unit() as session:
        change = find_change(session, actor.organisation_id)
        if change is None or not end_change(session, actor.organisation_id, change.id):
            raise _decided()
        session.commit()
    deps.log.info("change_withdrawn", organisation=actor.organisation_id, person=actor.person_id)


def find_change(session: Session, organisation_id: str) -> Change | None:
    """The change that waits for a reviewer, if there is one."""
    row = session.get(ChangeRow, organisation_id)
    return Change(row.id, SeenDetails.model_validate_json(row.wanted), row.asked_at) if row else None


def decide_change(
    deps: Deps,
    reviewer: Actor,
    organisation_id: str,
    change_id: str,
    *,
    is_approved: bool,
    reason: str,
    confirming: Confirming | None = None,
) -> None:
    """Approves or refuses the change that the reviewer was shown, once.

    Raises NotAllowedError; ApiError 403 for one's own organisation, 409 when it was decided, withdrawn or
    asked anew meanwhile, the member is suspended, or another member has the name or address; 422 without a
    reason.
    """
    check_role(reviewer, Role.REVIEWER, organisation_id=deps.settings.authority)
    reason, now = checked_reason(reason), confirming.now if confirming else deps.clock.now()
    with deps.database.unit() as session:
        application = _locked(session, organisation_id, *((State.ADMITTED,) if is_approved else MEMBERS))
        check_independence(session, reviewer, organisation_id)
        change = find_change(session, organisation_id)
        if change is None or not end_change(session, organisation_id, change_id):
            raise _decided()
        details = application.details.with_seen(change.wanted)
        if is_approved:
            _check_fits(session, details)
            _save(session, details, now=now)
        row = DecisionRow(
            organisation_id=organisation_id,
            state=CHANGED if is_approved else CHANGE_REFUSED,
            reason=reason,
            details=details.model_dump_json(),
            person_id=reviewer.person_id,
            decided_at=now,
            applied_at=None if is_approved else now,
        )
        if not record_decision(deps, session, row, confirming):
            return
        session.commit()
    deps.log.info("change_decided", organisation=organisation_id, person=reviewer.person_id, state=row.state)


def _locked(session: Session, organisation_id: str, *expected: State) -> Application:
    """The organisation, which nobody else changes until this unit of work ends."""
    lock_organisation(session, organisation_id)
    application = read_application(session, organisation_id)
    if application.state not in expected:
        raise _decided()
    return application


def _save(session: Session, details: Details, *, now: int) -> None:
    states = [state.value for state in MEMBERS]
    values = {"details": details.model_dump_json(), "changed_at": now}
    change_organisation(session, details.id, expected=states, **values)


def _row(deps: Deps, actor: Actor, details: Details) -> ChangeRow:
    return ChangeRow(
        organisation_id=details.id,
        id=token(deps.random, 16),
        wanted=details.seen.model_dump_json(),
        person_id=actor.person_id,
        asked_at=deps.clock.now(),
    )


def _check_fits(session: Session, details: Details) -> None:
    """What the keeper would refuse is refused here, where somebody can still ask for something else."""
    members = read_members(session)
    try:
        for kind, url in details.addresses.items():
            check_member(_as_wanted(session, kind, url, details), members)
    except RefusedError as refusal:
        raise ApiError(409, "conflict", str(refusal), page="does_not_fit") from None


def _as_wanted(session: Session, kind: Kind, url: str, details: Details) -> Member:
    present = find_member(session, kind, details.id)
    if present is None:
        return Member(id=details.id, kind=kind, name=details.name, url=url)
    return present.model_copy(update={"name": details.name, "url": url})


def _decided() -> ApiError:
    return ApiError(409, "conflict", page="decided")
