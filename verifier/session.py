"""The life of one transaction: each state a type, every allowed transition in one table.

A transaction is one citizen being asked one question once. It is asked by up to two different requests, a
link for the same device and a QR code for another one (OpenID4VP 1.0 §3.1, §3.2); the first valid response
decides.

What the standard asks of the two ways back is two states here. After a link the answer waits for the
`response_code` of the `redirect_uri` (OpenID4VP 1.0 §14.2, HAIP 1.0 §5.1). A QR code can be relayed to
somebody else and the standard has no cure, so after one the answer waits for a short code that the citizen
reads on the phone and types where they asked. Either way nobody else reads the answer, and what never comes
back is never read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Literal


class State(StrEnum):
    OPEN = "open"
    RETURNING = "returning"  # answered by link: waits for the response_code
    CONFIRMING = "confirming"  # answered by QR code: waits for the confirmation code
    ANSWERED = "answered"
    CLOSED = "closed"


class Event(StrEnum):
    SHOWN_FOR_RETURN = "shown for return"
    SHOWN_FOR_CODE = "shown for code"
    DECLINED = "declined"
    RETURNED = "returned"
    RETURNED_ELSEWHERE = "returned elsewhere"
    CONFIRMED = "confirmed"
    GUESSED_TOO_OFTEN = "guessed too often"


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.OPEN, Event.SHOWN_FOR_RETURN): State.RETURNING,
    (State.OPEN, Event.SHOWN_FOR_CODE): State.CONFIRMING,
    (State.OPEN, Event.DECLINED): State.ANSWERED,
    (State.RETURNING, Event.RETURNED): State.ANSWERED,
    (State.RETURNING, Event.RETURNED_ELSEWHERE): State.CLOSED,
    (State.CONFIRMING, Event.CONFIRMED): State.ANSWERED,
    (State.CONFIRMING, Event.GUESSED_TOO_OFTEN): State.CLOSED,
}
"""Time ends OPEN, RETURNING and CONFIRMING too: past their deadline no transition is possible any more."""


def source(event: Event) -> State:
    """The one state in which `event` may happen."""
    return next(state for state, one in TRANSITIONS if one is event)


def target(event: Event) -> State:
    """The state that `event` leads to."""
    return TRANSITIONS[source(event), event]


class Channel(StrEnum):
    """How a request reaches the wallet."""

    LINK = "link"  # same device
    QR = "qr"  # another device


class Release(StrEnum):
    """What has to come back before the answer to a request can be read."""

    SESSION = "session"  # the response_code, in the browser session that asked
    CALLER = "caller"  # the response_code, from the service's own page through the API
    CODE = "code"  # the confirmation code, typed where the question was asked


@dataclass(frozen=True, slots=True)
class Transaction:
    """What every state has. `session` is a digest; times are Unix seconds."""

    id: str
    service: str
    question: str
    created_at: int
    language: str
    session: str | None
    return_url: str | None


@dataclass(frozen=True, slots=True)
class Open:
    """Asked, no valid response yet. `refusal` is why the last response was refused."""

    name: ClassVar[Literal["open"]] = "open"
    transaction: Transaction
    expires_at: int
    refusals: int
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Returning:
    """Answered by link; the answer waits for its response_code."""

    name: ClassVar[Literal["returning"]] = "returning"
    transaction: Transaction
    expires_at: int


@dataclass(frozen=True, slots=True)
class Confirming:
    """Answered by QR code; the answer waits for the confirmation code."""

    name: ClassVar[Literal["confirming"]] = "confirming"
    transaction: Transaction
    expires_at: int
    tries: int
    sealed_code: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer can be read until `delete_at`."""

    name: ClassVar[Literal["answered"]] = "answered"
    transaction: Transaction
    answered_at: int
    delete_at: int


@dataclass(frozen=True, slots=True)
class Closed:
    """Ended without an answer for somebody: `reason` is the event that ended it."""

    name: ClassVar[Literal["closed"]] = "closed"
    transaction: Transaction
    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Its time ran out in the state `was`."""

    name: ClassVar[Literal["expired"]] = "expired"
    transaction: Transaction
    was: State


Session = Open | Returning | Confirming | Answered | Closed | Expired
