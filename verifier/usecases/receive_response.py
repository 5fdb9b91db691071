"""Take a wallet's response: verified now, counted once, answered with where the citizen goes next.

Exactly one response decides a transaction (a compare-and-set; the other request is void with it). A
response that fails changes nothing but a counter, so that a stranger can't destroy a citizen's request; at
the tenth the request ends, so that nobody tries for ever.
"""

import hmac
from dataclasses import dataclass

from sqlmodel import Session

from protocol.errors import RemoteError
from protocol.jose.jwe import DecryptionKey
from protocol.openid4vp.response import AuthorizationErrorResponse
from serving.randomness import token
from verifier import store
from verifier.answer import Answer, Outcome
from verifier.confirmation import create_code
from verifier.errors import RequestOver, ResponseRefused
from verifier.installation import Installation
from verifier.service import ApprovedQuestion, Service
from verifier.session import Event, Release
from verifier.store import AnswerRow, RequestRow, TransactionRow
from verifier.usecases.create_transaction import KEY
from verifier.usecases.find_question import find_question
from verifier.usecases.sign_request import load_open
from verifier.usecases.verify_response import Expected, not_shown, verify_response

ANSWER = "answer"
CODE = "confirmation code"
RESPONSE_CODE = "response code"
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class _Received:
    """A response's request, and what belongs to it."""

    service: Service
    approved: ApprovedQuestion
    request: RequestRow
    transaction: TransactionRow
    now: int


def receive_response(house: Installation, ref: str, response: str) -> str:
    """Verifies the JWE and returns the redirect_uri.

    Raises UnknownRequest, RequestOver, TrustUnavailable (nothing is counted) or ResponseRefused (counted).
    """
    received = _load(house, ref)
    issuers = house.trust.issuers(now=received.now)
    try:
        answer = verify_response(
            response,
            expected=_expected(house, received),
            issuers=issuers,
            status_lists=house.status_lists,
            now=received.now,
        )
    except RemoteError as error:
        _count(house, received, error.code)
        raise ResponseRefused.from_remote(error) from error
    return _accept(house, received, answer)


def receive_error(house: Installation, ref: str, error: AuthorizationErrorResponse, *, state: str) -> str:
    """Takes a wallet's unencrypted error (OpenID4VP 1.0 §8.3.1); returns and raises as `receive_response`.

    Only who has read the request object knows its `state`.
    """
    received = _load(house, ref)
    if not hmac.compare_digest(state.encode(), received.request.state.encode()):
        _count(house, received, "state_mismatch")
        raise ResponseRefused("state_mismatch", "the response belongs to another request")
    return _accept(house, received, not_shown(error, now=received.now))


def _load(house: Installation, ref: str) -> _Received:
    now = house.clock.now()
    request, transaction = load_open(house, ref, now=now)
    service = house.service(request.service)
    approved = find_question(house, service, transaction.question)
    if approved is None:  # the question was withdrawn after it was asked
        raise RequestOver
    return _Received(service, approved, request, transaction, now)


def _expected(house: Installation, received: _Received) -> Expected:
    sealed = received.request.sealed_key or b""
    secret = received.service.open(sealed, what=KEY, of=received.request.ref)
    return Expected(
        key=DecryptionKey.from_secret_bytes(secret),
        client_id=received.request.client_id or received.service.signer.client_id,
        nonce=received.request.nonce,
        state=received.request.state,
        query=received.approved.query,
        max_binding_age=house.settings.lifetimes.key_binding_seconds,
        leeway=house.settings.lifetimes.clock_leeway_seconds,
    )


def _count(house: Installation, received: _Received, reason: str) -> None:
    with house.database.unit() as unit:
        store.count_refusal(unit, received.request, reason)
        store.wipe_worn_key(unit, received.request.ref, allowed=house.settings.lifetimes.wrong_responses)
        unit.commit()


def _accept(house: Installation, received: _Received, answer: Answer) -> str:
    secret = token(house.random)
    with house.database.unit() as unit:
        if not _decide(unit, house, received, answer, secret):
            raise RequestOver
        _keep(unit, house, received, answer)
        store.wipe_keys(unit, received.transaction.id)
        unit.commit()
    return _redirect_uri(house, received, answer, secret)


def _decide(unit: Session, house: Installation, received: _Received, answer: Answer, secret: str) -> bool:
    lifetimes, now = house.settings.lifetimes, received.now
    transaction_id = received.transaction.id
    release = received.service.digest(RESPONSE_CODE, secret)
    if answer.state is Outcome.NOT_SHOWN:  # nothing was shown, so there is nothing to guard
        values = {"deadline": _delete_at(house, received, answer), "answered_at": now, "release": release}
        return store.advance(unit, transaction_id, Event.DECLINED, now=now, **values)
    if received.request.release == Release.CODE.value:
        code = create_code(house.random).encode()
        values = {
            "deadline": now + lifetimes.confirm_seconds,
            "release": release,
            "sealed_code": received.service.seal(code, what=CODE, of=transaction_id),
        }
        return store.advance(unit, transaction_id, Event.SHOWN_FOR_CODE, now=now, **values)
    values = {"deadline": now + lifetimes.return_seconds, "release": release}
    return store.advance(unit, transaction_id, Event.SHOWN_FOR_RETURN, now=now, **values)


def _keep(unit: Session, house: Installation, received: _Received, answer: Answer) -> None:
    transaction_id = received.transaction.id
    row = AnswerRow(
        transaction_id=transaction_id,
        service=received.service.id,
        sealed=received.service.seal(answer.to_bytes(), what=ANSWER, of=transaction_id),
        delete_at=_delete_at(house, received, answer),
    )
    unit.add(row)
    unit.flush()


def _delete_at(house: Installation, received: _Received, answer: Answer) -> int:
    if answer.state is Outcome.NOT_SHOWN:  # nobody's data, and anybody can make as many as they like
        return received.now + _DAY
    retention = received.approved.question.retention.days * _DAY
    return received.now + max(retention, house.settings.lifetimes.answer_page_seconds)


def _redirect_uri(house: Installation, received: _Received, answer: Answer, secret: str) -> str:
    # OpenID4VP 1.0 §8.2: always an address with a fresh secret in it
    service, release = received.service.id, Release(received.request.release)
    if release is Release.CALLER:
        return f"{received.transaction.return_url}?response_code={secret}"
    if release is Release.SESSION:
        return house.url(f"/{service}/return?response_code={secret}")
    page = "done" if answer.state is Outcome.NOT_SHOWN else "code"
    # the phone is another browser, which does not know which language was chosen
    return house.url(f"/{service}/{page}/{secret}?lang={received.transaction.language}")
