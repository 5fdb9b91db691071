"""Let the answer out to whoever asked, and to nobody else.

By link: the `response_code` of the redirect_uri must come back in the browser session that asked (HAIP 1.0
§5.1), or from the service's own page through its API. By QR code: the confirmation code, typed where the
question was asked.
"""

import hmac

from verifier import store
from verifier.confirmation import WrongCode, verify_code
from verifier.errors import CodeRefused, CodeUsed, OtherSession, RequestOver, UnknownRequest
from verifier.installation import Installation
from verifier.service import Service
from verifier.session import Answered, Confirming, Event, Expired, Returning, State
from verifier.store import TransactionRow
from verifier.usecases.receive_response import CODE, RESPONSE_CODE


def return_to_session(
    house: Installation, service: Service, response_code: str, *, session: str | None
) -> str:
    """Takes a response_code that a browser brings; returns the transaction whose answer its session may read.

    Brought again to that session it changes nothing. Raises CodeUsed, RequestOver, or OtherSession: then the
    answer is dropped, for it may be a victim's (OpenID4VP 1.0 §14.2).
    """
    row = _find(house, service, response_code)
    if not _is_same(row.session, session):
        _drop(house, row)
        raise OtherSession
    _return(house, row)
    return row.id


def return_to_caller(house: Installation, service: Service, transaction_id: str, response_code: str) -> None:
    """Takes a response_code that the service's own page brought; raises CodeUsed."""
    row = _find(house, service, response_code)
    if row.id != transaction_id or row.session is not None:
        raise CodeUsed
    _return(house, row)


def confirm(house: Installation, service: Service, transaction_id: str, typed: str) -> None:
    """Takes what somebody typed as the confirmation code.

    Raises CodeRefused while there are tries left; RequestOver when there are none, and the answer is dropped.
    """
    now, allowed = house.clock.now(), house.settings.lifetimes.wrong_codes
    row = load(house, service, transaction_id)
    state = store.session_of(row, now=now)
    if not isinstance(state, Confirming):
        raise RequestOver
    # the try is spent before the code is looked at: guesses sent at once can't be more than guesses in a row
    with house.database.unit() as unit:
        if not store.count_try(unit, row.id, now=now, allowed=allowed):
            raise RequestOver
        unit.commit()
    expected = service.open(state.sealed_code, what=CODE, of=row.id).decode()
    try:
        verify_code(typed, expected_code=expected)
    except WrongCode:
        raise _wrong_code(house, service, row) from None
    _finish(house, row, Event.CONFIRMED)


def load(house: Installation, service: Service, transaction_id: str) -> TransactionRow:
    """One service's transaction; raises UnknownRequest, also for one whose retention has ended."""
    with house.database.reading() as unit:
        row = store.find_transaction(unit, service.id, transaction_id)
    if row is None or (row.state == State.ANSWERED.value and row.deadline <= house.clock.now()):
        raise UnknownRequest
    return row


def code_to_show(house: Installation, service: Service, secret: str) -> str:
    """The confirmation code for the phone's page; raises CodeUsed when it is of no more use."""
    row = _find(house, service, secret)
    state = store.session_of(row, now=house.clock.now())
    if not isinstance(state, Confirming):
        raise CodeUsed
    return service.open(state.sealed_code, what=CODE, of=row.id).decode()


def _find(house: Installation, service: Service, secret: str) -> TransactionRow:
    with house.database.reading() as unit:
        row = store.find_released(unit, service.id, service.digest(RESPONSE_CODE, secret))
    if row is None:
        raise CodeUsed
    return row


def _return(house: Installation, row: TransactionRow) -> None:
    state = store.session_of(row, now=house.clock.now())
    if isinstance(state, Answered):  # brought again to the session that has it, or nothing was shown
        return
    if isinstance(state, Expired):
        raise RequestOver
    if not isinstance(state, Returning):
        raise CodeUsed
    _finish(house, row, Event.RETURNED)


def _finish(house: Installation, row: TransactionRow, event: Event) -> None:
    now = house.clock.now()
    with house.database.unit() as unit:
        delete_at = store.answer_delete_at(unit, row.id)
        if delete_at is None:  # dropped a moment ago
            raise CodeUsed
        # the session that asked may bring its response_code again; anybody else's is used up
        release = row.release if event is Event.RETURNED and row.session is not None else None
        values = {"deadline": delete_at, "answered_at": now, "release": release, "sealed_code": None}
        if not store.advance(unit, row.id, event, now=now, **values):
            raise CodeUsed
        unit.commit()


def _drop(house: Installation, row: TransactionRow) -> None:
    if row.state == State.RETURNING.value:
        _close(house, row, Event.RETURNED_ELSEWHERE)


def _wrong_code(house: Installation, service: Service, row: TransactionRow) -> CodeRefused | RequestOver:
    left = house.settings.lifetimes.wrong_codes - load(house, service, row.id).tries
    if left > 0:
        return CodeRefused(left)
    _close(house, row, Event.GUESSED_TOO_OFTEN)
    return RequestOver()


def _close(house: Installation, row: TransactionRow, event: Event) -> None:
    values = {"release": None, "sealed_code": None, "closed_by": event.value}
    with house.database.unit() as unit:
        if store.advance(unit, row.id, event, now=house.clock.now(), **values):
            store.drop_answer(unit, row.id)
        unit.commit()


def _is_same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and hmac.compare_digest(one, other)
