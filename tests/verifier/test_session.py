"""The transition table: what may happen in which state, and nothing else."""

import pytest

from tests.protocol.authority_for_tests import NOW
from verifier.session import (
    TRANSITIONS,
    Answered,
    Closed,
    Confirming,
    Event,
    Expired,
    Open,
    Returning,
    State,
    source,
    target,
)
from verifier.store import TransactionRow, session_of


def test_each_event_belongs_to_one_state() -> None:
    assert sorted(event for _, event in TRANSITIONS) == sorted(Event)


def test_every_state_is_reached_and_the_last_two_are_final() -> None:
    assert {*TRANSITIONS.values(), State.OPEN} == set(State)
    assert {state for state, _ in TRANSITIONS} == {State.OPEN, State.RETURNING, State.CONFIRMING}


def test_an_answer_that_was_shown_is_never_released_by_the_response_alone() -> None:
    for event in (Event.SHOWN_FOR_RETURN, Event.SHOWN_FOR_CODE):
        assert (source(event), target(event)) != (State.OPEN, State.ANSWERED)
    released = {event for event in Event if target(event) is State.ANSWERED}
    assert released == {Event.DECLINED, Event.RETURNED, Event.CONFIRMED}


@pytest.mark.parametrize(
    ("state", "deadline", "kind"),
    [
        (State.OPEN, NOW + 1, Open),
        (State.OPEN, NOW, Expired),
        (State.RETURNING, NOW + 1, Returning),
        (State.RETURNING, NOW, Expired),
        (State.CONFIRMING, NOW + 1, Confirming),
        (State.CONFIRMING, NOW, Expired),
        (State.ANSWERED, NOW + 1, Answered),
        (State.ANSWERED, NOW, Expired),
        (State.CLOSED, NOW + 1, Closed),
        (State.CLOSED, NOW, Closed),
    ],
)
def test_a_stored_transaction_is_the_type_of_its_state(state: State, deadline: int, kind: type) -> None:
    row = TransactionRow(
        id="t",
        service="s",
        question="q@1",
        state=state.value,
        created_at=NOW - 60,
        deadline=deadline,
        language="en",
    )
    session = session_of(row, now=NOW)
    assert type(session) is kind
    if isinstance(session, Expired):
        assert session.was is state
