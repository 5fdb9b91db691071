"""Publishing status lists: signed again when something was revoked, and well before the last token expires.

Run by a timer and after revocations, never by a request of a citizen or a service. Several processes may
run it: the database decides who publishes a list, and a token that knows of fewer revocations never
replaces one that knows more.
"""

from collections.abc import Sequence

from issuer.deps import Deps
from issuer.store import (
    claim_publishing,
    due_lists,
    list_changes,
    purge,
    purge_sessions,
    revoked_positions,
    store_published,
)
from protocol.status_list import INVALID, StatusList, create_status_list_token

CLAIM_SECONDS = 60  # for so long a process may take to sign a list before another one tries
KEEP_COPIES_SECONDS = 30 * 86_400


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
        offers_before = now - deps.settings.token_seconds
        purge(session, now=now, offers_before=offers_before, copies_before=now - KEEP_COPIES_SECONDS)
        purge_sessions(session, now=now, unused_since=now - sign_in.idle_seconds if sign_in else 0)
        session.commit()


def _publish(deps: Deps, number: int) -> bool:
    now = deps.clock.now()
    with deps.database.unit() as session:
        if not claim_publishing(session, number, now=now, until=now + CLAIM_SECONDS):
            return False
        session.commit()
    with deps.database.reading() as session:
        changes = list_changes(session, number)  # before the positions: a later revocation is due again
        revoked = revoked_positions(session, number)
    token = sign_list(deps, deps.url(f"/status/{number}"), revoked=revoked, now=now)
    with deps.database.unit() as session:
        stored = store_published(session, number, changes=changes, token=token, now=now)
        session.commit()
    deps.log.info("status_published", list=number, count=len(revoked))
    return stored


def sign_list(deps: Deps, url: str, *, revoked: Sequence[int], now: int) -> str:
    """The status list token with these positions revoked."""
    statuses = StatusList(1, length=deps.settings.status_list_size)
    for position in revoked:
        statuses.set(position, INVALID)
    return create_status_list_token(
        statuses,
        uri=url,
        signing_key=deps.status_signer.key,
        x5c=deps.status_signer.x5c,
        now=now,
        expires_at=now + deps.settings.status_lifetime,
        ttl=deps.settings.status_ttl,
    )
