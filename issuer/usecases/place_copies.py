"""Giving each copy of a claim its place in a status list: at random, and never twice.

Token Status List draft 14 §13.2 (unlinkable indexes), HAIP 1.0 §6.1. A list counts as full when a copy
has found no free place after several draws; that is at about half of its entries, and no counter is
needed that all writers share.
"""

from dataclasses import dataclass

from sqlmodel import Session

from issuer.deps import Deps
from issuer.store import (
    OPEN,
    ClaimCopy,
    PublishedList,
    add_list,
    close_list,
    last_list,
    open_list,
    place_copies,
)
from issuer.usecases.publish_status import sign_list
from protocol.status_list import StatusReference
from serving.randomness import below

DRAWS = 8


@dataclass(frozen=True)
class Issue:
    """What every copy of one credential request has in common."""

    configuration_id: str
    record_key: str
    expires_at: int


def take_places(deps: Deps, session: Session, issue: Issue, count: int) -> list[tuple[int, int]]:
    """Takes `count` places as (list, position) within the caller's unit of work."""
    taken: list[tuple[int, int]] = []
    while len(taken) < count:
        number, size = _open_list(deps, session)
        for _ in range(DRAWS):
            drawn = {below(deps.random, size) for _ in range(count - len(taken))}
            taken += _place(session, issue, number=number, drawn=drawn)
            if len(taken) == count:
                return taken
        close_list(session, number)
    return taken


def reference(deps: Deps, place: tuple[int, int]) -> StatusReference:
    """What a copy says about where its status stands."""
    number, position = place
    return StatusReference(uri=list_url(deps, number), index=position)


def list_url(deps: Deps, number: int) -> str:
    """The address of a status list."""
    return deps.url(f"/status/{number}")


def _place(session: Session, issue: Issue, *, number: int, drawn: set[int]) -> list[tuple[int, int]]:
    copies = [
        ClaimCopy(
            list_number=number,
            position=position,
            configuration_id=issue.configuration_id,
            record_key=issue.record_key,
            expires_at=issue.expires_at,
        )
        for position in sorted(drawn)
    ]
    placed = place_copies(session, copies)
    return [(number, position) for position in drawn if position in placed]


def _open_list(deps: Deps, session: Session) -> tuple[int, int]:
    found = open_list(session)
    while found is None:
        _add_list(deps, session, last_list(session) + 1)
        found = open_list(session)
    return found


def _add_list(deps: Deps, session: Session, number: int) -> None:
    now = deps.clock.now()
    size = (deps.settings.status_list_size + 7) // 8 * 8  # a list fills whole bytes
    row = PublishedList(
        number=number,
        state=OPEN,
        changes=0,
        published_changes=0,
        published_at=now,
        claimed_until=0,
        token=sign_list(deps, list_url(deps, number), size=size, revoked=(), now=now),
        size=size,
    )
    add_list(session, row)
