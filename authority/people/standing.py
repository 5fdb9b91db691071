"""What whoever has the keys decides at the command line, so that the office shows it.

The records say how a member stands, and the keeper brings them in line with what the office decides. A
decision that comes the other way is written down at the office as a reviewer's would be, in the transaction
that changes the records: the two never say different things.
"""

from sqlmodel import Session

from authority.actors import OPERATOR
from authority.confirmation.document import said_of_member, used_for_decision
from authority.confirmation.store import note_operator_confirmation
from authority.people.details import Details, SeenDetails
from authority.people.states import MEMBERS, State
from authority.people.store import (
    DecisionRow,
    Organisation,
    add_decision,
    change_organisation,
    has_decisions_to_apply,
    lock_organisation,
)
from authority.store import members_of
from protocol.trust_list.members import MemberStatus


def note_operator_decision(
    session: Session, organisation_id: str, *, reason: str, now: int, authority_id: str
) -> None:
    """Brings the office's state in line with the records, which the caller has changed and commits.

    An organisation is suspended as long as anything that it is in the network is. Who never applied at the
    office, or is no member there, stays as it is.
    """
    state = standing_of(session, organisation_id)
    expected = [one.value for one in MEMBERS]
    if not change_organisation(
        session, organisation_id, expected=expected, state=state.value, changed_at=now
    ):
        return
    organisation = session.get_one(Organisation, organisation_id)
    # what was decided before and is still to be done must not undo this: the keeper does it again, after that
    is_behind = has_decisions_to_apply(session, organisation_id)
    row = DecisionRow(
        organisation_id=organisation_id,
        state=state.value,
        reason=reason,
        details=organisation.details,
        person_id=OPERATOR,
        decided_at=now,
        applied_at=None if is_behind else now,
    )
    note_operator_confirmation(
        session,
        said_of_member(row, authority_id=authority_id),
        used_for=used_for_decision(add_decision(session, row)),
        now=now,
    )


def restore_details(session: Session, organisation_id: str) -> None:
    """Brings what the office says of a member back to what the records say: a change could not be made."""
    lock_organisation(session, organisation_id)
    row = session.get(Organisation, organisation_id)
    present = [one for one in members_of(session, organisation_id) if not one.has_left]
    if row is None or not present:
        return
    addresses = {one.kind: one.url for one in present}
    seen = SeenDetails(name=present[0].name, addresses=addresses)
    row.details = Details.model_validate_json(row.details).with_seen(seen).model_dump_json()
    session.add(row)


def standing_of(session: Session, organisation_id: str) -> State:
    """How the records say that a member stands; LEFT also for who never was one."""
    present = [one for one in members_of(session, organisation_id) if not one.has_left]
    if any(one.status is MemberStatus.SUSPENDED for one in present):
        return State.SUSPENDED
    return State.ADMITTED if present else State.LEFT
