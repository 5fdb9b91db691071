"""Say where a transaction stands and, once it is released, what the answer is."""

from dataclasses import dataclass

from verifier import session as states
from verifier import store
from verifier.answer import Answer
from verifier.installation import Installation
from verifier.service import Service
from verifier.store import RequestRow
from verifier.usecases.create_transaction import REFERENCE
from verifier.usecases.receive_response import ANSWER
from verifier.usecases.release_answer import load


@dataclass(frozen=True, slots=True)
class Standing:
    """A transaction's state; `answer` only once it is released, `requests` only while they are open."""

    session: states.Session
    requests: tuple[RequestRow, ...] = ()
    answer: Answer | None = None
    reference: str | None = None


def read_transaction(house: Installation, service: Service, transaction_id: str) -> Standing:
    """Where one of the service's transactions stands; raises UnknownRequest."""
    now = house.clock.now()
    row = load(house, service, transaction_id)
    state = store.session_of(row, now=now)
    return Standing(
        session=state,
        requests=_open_requests(house, transaction_id, now) if isinstance(state, states.Open) else (),
        answer=_answer(house, service, transaction_id, now) if isinstance(state, states.Answered) else None,
        reference=(
            service.open(row.sealed_reference, what=REFERENCE, of=row.id).decode()
            if row.sealed_reference
            else None
        ),
    )


def _open_requests(house: Installation, transaction_id: str, now: int) -> tuple[RequestRow, ...]:
    with house.database.reading() as unit:
        rows = store.find_requests(unit, transaction_id)
    return tuple(row for row in rows if row.expires_at > now and row.sealed_key is not None)


def _answer(house: Installation, service: Service, transaction_id: str, now: int) -> Answer | None:
    with house.database.reading() as unit:
        sealed = store.find_answer(unit, service.id, transaction_id, now=now)
    if sealed is None:
        return None
    return Answer.from_bytes(service.open(sealed, what=ANSWER, of=transaction_id))
