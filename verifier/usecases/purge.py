"""Delete what is past its time: answers when their retention ends, and what ran out unread at once.

Every new transaction cleans up a little, so that an installation in use needs no clockwork; `pdx verifier
purge` does it all.
"""

from sqlmodel import Session

from verifier import store
from verifier.installation import Installation

GRACE_SECONDS = 86_400  # how long somebody who comes late is told what happened, instead of "no such page"
_SOME, _MANY = 20, 1000


def purge(house: Installation) -> int:
    """Deletes everything past its time; returns how many transactions went."""
    now = house.clock.now()
    deleted = 0
    while True:
        with house.database.unit() as unit:
            unread = store.purge_unread(unit, now=now, limit=_MANY)
            count = store.purge(unit, now=now, grace=GRACE_SECONDS, limit=_MANY)
            questions = store.purge_questions(unit, now=now, limit=_MANY)
            unit.commit()
        deleted += count
        if count == unread == questions == 0:
            return deleted


def purge_some(unit: Session, *, now: int) -> None:
    """Deletes a bounded number of transactions past their time, within somebody else's unit of work."""
    store.purge_unread(unit, now=now, limit=_SOME)
    store.purge(unit, now=now, grace=GRACE_SECONDS, limit=_SOME)
    store.purge_questions(unit, now=now, limit=_SOME)
