"""Publishing status lists: signed again when something was revoked, and well before the last token expires.

Run by a timer and after revocations, never by a request of a citizen or a service. Several processes may
run it: the database decides who publishes a list, and a token that knows of fewer revocations never
replaces one that knows more.
"""

from collections.abc import Sequence

from issuer.deps import Deps
from issuer.store import (
    StaffSession,
    claim_publishing,
    due_lists,
    list_to_publish,
    purge,
    purge_copies,
    revoked_positions,
    store_published,
)
from protocol.status_list import INVALID, StatusList, create_status_list_token
from serving.sign_in.sessions import purge_sessions

KEEP_COPIES_SECONDS = 30 * 86_400
FORGET_AT_ONCE = 5_000  # copies in one unit of work: SQLite has one writer, and requests wait for it


def publish_status(deps: Deps) -> int:
    """Publishes each list that is due; gives how many."""
    now = deps.clock.now()
    renew_before = now - deps.settings.status_lifetime // 2
    with deps.database.reading() as session:
        due = due_lists(session, now=now, renew_before=renew_before)
    return sum(_publish(deps, number) for number in due)


def forget_old(deps: Deps) -> None:
    """Forgets offers, tokens, nonces, copies and sessions of staff that can't be used any more."""
    now, sign_in = deps.clock.now(), deps.settings.sign_in
    with deps.database.unit() as session:
        purge(session, now=now, offers_before=now - deps.settings.token_seconds)
        idle_seconds = sign_in.idle_seconds if sign_in else now
        purge_sessions(session, StaffSession, now=now, idle_seconds=idle_seconds)
        session.commit()
    while _forget_copies(deps, ended_before=now - KEEP_COPIES_SECONDS) == FORGET_AT_ONCE:
        pass


def _forget_copies(deps: Deps, *, ended_before: int) -> int:
    with deps.database.unit() as session:
        count = purge_copies(session, ended_before=ended_before, limit=FORGET_AT_ONCE)
        session.commit()
    return count


def _publish(deps: Deps, number: int) -> bool:
    now = deps.clock.now()
    with deps.database.unit() as session:
        if not claim_publishing(session, number, now=now):
            return False
        session.commit()
    with deps.database.reading() as session:
        # before the positions: a later revocation is due again
        size, changes = list_to_publish(session, number)
        revoked = revoked_positions(session, number)
    token = sign_list(deps, deps.url(f"/status/{number}"), size=size, revoked=revoked, now=now)
    with deps.database.unit() as session:
        stored = store_published(session, number, changes=changes, token=token, now=now)
        session.commit()
    if stored:
        deps.log.info("status_published", list=number, count=len(revoked))
    return stored


def sign_list(deps: Deps, url: str, *, size: int, revoked: Sequence[int], now: int) -> str:
    """The status list token with these positions revoked."""
    statuses = StatusList(1, length=size)
    for position in revoked:
        statuses.set(position, INVALID)
    signer = deps.status_signer.current()
    return create_status_list_token(
        statuses,
        uri=url,
        signing_key=signer.key,
        x5c=signer.x5c,
        now=now,
        expires_at=now + deps.settings.status_lifetime,
        ttl=deps.settings.status_ttl,
    )
