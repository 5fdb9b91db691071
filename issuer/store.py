"""The issuer's tables. Nothing in them names a citizen: codes and tokens as digests, records by their key.
Of staff they hold the identifier that the provider gave, for as long as somebody is signed in.

Used by the use cases only; a row never leaves them. What may happen once is one INSERT or UPDATE that the
database decides.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import BigInteger, Column, CursorResult, Table, Text, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel

from serving.database import Spent, compare_and_set, purge_spent


class Tables(SQLModel, registry=registry()):
    """The issuer's own set of tables."""


OPEN, REDEEMED, LOCKED, FULL = "open", "redeemed", "locked", "full"


class Offer(Tables, table=True):
    """An offer of one or more claims; `tries` counts transaction codes, right or wrong."""

    __tablename__ = "issuer_offer"
    id: int | None = Field(default=None, primary_key=True)
    reference_digest: str = Field(max_length=64, unique=True)
    code_digest: str = Field(max_length=64, unique=True)
    tx_code_mac: str = Field(max_length=64)
    state: str = Field(max_length=16)
    tries: int
    expires_at: int = Field(index=True, sa_type=BigInteger)


class OfferedClaim(Tables, table=True):
    """One claim type of an offer and the record that it rests on."""

    __tablename__ = "issuer_offered_claim"
    offer_id: int = Field(primary_key=True, foreign_key="issuer_offer.id", ondelete="CASCADE")
    configuration_id: str = Field(primary_key=True, max_length=80)
    record_key: str = Field(max_length=200)
    requests_left: int


class AccessToken(Tables, table=True):
    """An access token's digest, the offer it stands for, and the DPoP key it is bound to."""

    __tablename__ = "issuer_access_token"
    digest: str = Field(primary_key=True, max_length=64)
    offer_id: int = Field(foreign_key="issuer_offer.id", ondelete="CASCADE", index=True)
    jkt: str | None = Field(default=None, max_length=64)
    client_id: str | None = Field(default=None, max_length=256)
    expires_at: int = Field(index=True, sa_type=BigInteger)


class ClaimCopy(Tables, table=True):
    """One issued copy: its place in a status list, its claim type, the record's key, and when it ends."""

    __tablename__ = "issuer_claim_copy"
    list_number: int = Field(primary_key=True, foreign_key="issuer_status_list.number")
    position: int = Field(primary_key=True)
    configuration_id: str = Field(max_length=80)
    record_key: str = Field(max_length=200, index=True)
    expires_at: int = Field(index=True, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, index=True, sa_type=BigInteger)


class PublishedList(Tables, table=True):
    """A status list: how many changes it has had, how many of them are in the token that is served."""

    __tablename__ = "issuer_status_list"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    state: str = Field(max_length=16)
    changes: int
    published_changes: int
    published_at: int = Field(sa_type=BigInteger)
    claimed_until: int = Field(sa_type=BigInteger)
    token: str = Field(sa_column=Column(Text, nullable=False))


class SpentNonce(Spent, Tables, table=True):
    """Nonces of key proofs that were used."""

    __tablename__ = "issuer_spent_nonce"


class SpentProof(Spent, Tables, table=True):
    """Identifiers (`jti`) of DPoP proofs that were used."""

    __tablename__ = "issuer_spent_proof"


class StaffSession(Tables, table=True):
    """A member of staff who is signed in: the cookie's digest, whose it is, since when and until when."""

    __tablename__ = "issuer_staff_session"
    digest: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=255, index=True)
    csrf: str = Field(max_length=64)
    created_at: int = Field(sa_type=BigInteger)
    used_at: int = Field(index=True, sa_type=BigInteger)
    expires_at: int = Field(index=True, sa_type=BigInteger)


def digest(secret: str) -> str:
    """What is kept of a secret with at least 128 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- offers and tokens


def add_offer(session: Session, offer: Offer, claims: Sequence[tuple[str, str]], *, requests: int) -> None:
    """Adds an offer with its claims as (configuration id, record key)."""
    session.add(offer)
    session.flush()
    offer_id = cast(int, offer.id)
    for configuration_id, record_key in claims:
        session.add(
            OfferedClaim(
                offer_id=offer_id,
                configuration_id=configuration_id,
                record_key=record_key,
                requests_left=requests,
            )
        )


def find_open_offer(session: Session, *, reference: str, now: int) -> Offer | None:
    """The offer of a reference that can still be taken up."""
    offer = _one(session, select(Offer).where(_t(Offer).c.reference_digest == digest(reference)))
    return offer if offer and offer.state == OPEN and offer.expires_at > now else None


def has_open_offer(session: Session, *, code: str, now: int) -> bool:
    """Whether a pre-authorized code is one of an offer that can still be taken up."""
    c = _t(Offer).c
    query = select(c.id).where(c.code_digest == digest(code), c.state == OPEN, c.expires_at > now)
    return session.execute(query).first() is not None


def offered_claims(session: Session, offer_id: int) -> list[OfferedClaim]:
    """The claims of an offer, in the order of their names."""
    c = _t(OfferedClaim).c
    query = select(OfferedClaim).where(c.offer_id == offer_id).order_by(c.configuration_id)
    return list(session.execute(query).scalars())


def count_try(session: Session, *, code: str, max_tries: int, now: int) -> Offer | None:
    """Takes one of an open offer's tries; None when the code is unknown, used, expired or locked.

    The try is taken before the transaction code is looked at, so that parallel guesses are counted like
    others.
    """
    c = _t(Offer).c
    mine = c.code_digest == digest(code)
    taken = compare_and_set(
        session,
        update(_t(Offer))
        .where(mine, c.state == OPEN, c.expires_at > now, c.tries < max_tries)
        .values(tries=c.tries + 1),
    )
    return _one(session, select(Offer).where(mine)) if taken else None


def change_offer(session: Session, offer_id: int, state: str) -> bool:
    """Moves an open offer to another state: True for exactly one caller."""
    c = _t(Offer).c
    return compare_and_set(
        session, update(_t(Offer)).where(c.id == offer_id, c.state == OPEN).values(state=state)
    )


def find_token(session: Session, token: str, *, now: int) -> AccessToken | None:
    """The row of an access token that has not expired."""
    found = _one(session, select(AccessToken).where(_t(AccessToken).c.digest == digest(token)))
    return found if found and found.expires_at > now else None


def take_request(session: Session, offer_id: int, configuration_id: str) -> bool:
    """Takes one of the credential requests that an offered claim is good for."""
    c = _t(OfferedClaim).c
    return compare_and_set(
        session,
        update(_t(OfferedClaim))
        .where(c.offer_id == offer_id, c.configuration_id == configuration_id, c.requests_left > 0)
        .values(requests_left=c.requests_left - 1),
    )


# --- status lists


def open_list(session: Session) -> int | None:
    """The number of the list that takes new copies."""
    c = _t(PublishedList).c
    query = select(c.number).where(c.state == OPEN).order_by(c.number.desc()).limit(1)
    return cast("int | None", session.execute(query).scalar())


def last_list(session: Session) -> int:
    """The highest number of any list, 0 when there is none."""
    c = _t(PublishedList).c
    return session.execute(select(c.number).order_by(c.number.desc()).limit(1)).scalar() or 0


def add_list(session: Session, row: PublishedList) -> bool:
    """Adds a list of a new number: True for exactly one caller."""
    return _insert_new(session, PublishedList, [row.model_dump()], returning="number") != []


def close_list(session: Session, number: int) -> None:
    """Lets a list take no more copies."""
    session.execute(update(_t(PublishedList)).where(_t(PublishedList).c.number == number).values(state=FULL))


def place_copies(session: Session, copies: Sequence[ClaimCopy]) -> set[int]:
    """Adds the copies whose position is still free; gives those positions."""
    rows = [copy.model_dump() for copy in copies]
    return set(_insert_new(session, ClaimCopy, rows, returning="position"))


def remove_copies(session: Session, places: Sequence[tuple[int, int]]) -> None:
    """Frees places that were taken for copies which were then not issued."""
    c = _t(ClaimCopy).c
    for number, position in places:
        session.execute(delete(_t(ClaimCopy)).where(c.list_number == number, c.position == position))


def revoke_copies(session: Session, *, record_key: str, configuration_ids: Sequence[str], now: int) -> int:
    """Revokes every valid copy that rests on a record; gives how many."""
    c = _t(ClaimCopy).c
    mine = (c.record_key == record_key, c.configuration_id.in_(configuration_ids), c.revoked_at.is_(None))
    numbers = session.execute(select(c.list_number).where(*mine).distinct()).scalars().all()
    result = session.execute(update(_t(ClaimCopy)).where(*mine).values(revoked_at=now))
    lists = _t(PublishedList).c
    session.execute(
        update(_t(PublishedList)).where(lists.number.in_(sorted(numbers))).values(changes=lists.changes + 1)
    )
    return cast("CursorResult[Any]", result).rowcount


def due_lists(session: Session, *, now: int, renew_before: int) -> list[int]:
    """The numbers of the lists that have unpublished changes or were published before `renew_before`."""
    c = _t(PublishedList).c
    due = (c.changes > c.published_changes) | (c.published_at < renew_before)
    query = select(c.number).where(due, c.claimed_until <= now).order_by(c.number)
    return list(session.execute(query).scalars())


def claim_publishing(session: Session, number: int, *, now: int, until: int) -> bool:
    """Makes this process the one that publishes a list, until it has or the time is up."""
    c = _t(PublishedList).c
    return compare_and_set(
        session,
        update(_t(PublishedList))
        .where(c.number == number, c.claimed_until <= now)
        .values(claimed_until=until),
    )


def list_changes(session: Session, number: int) -> int:
    """How many changes a list has had."""
    query = select(_t(PublishedList).c.changes).where(_t(PublishedList).c.number == number)
    return cast(int, session.execute(query).scalar_one())


def revoked_positions(session: Session, number: int) -> list[int]:
    """The positions of a list whose copies are revoked."""
    c = _t(ClaimCopy).c
    query = select(c.position).where(c.list_number == number, c.revoked_at.is_not(None))
    return list(session.execute(query).scalars())


def store_published(session: Session, number: int, *, changes: int, token: str, now: int) -> bool:
    """Stores a list's new token, unless one with as many or more changes was stored later."""
    c = _t(PublishedList).c
    return compare_and_set(
        session,
        update(_t(PublishedList))
        .where(c.number == number, c.published_changes <= changes, c.published_at <= now)
        .values(token=token, published_changes=changes, published_at=now, claimed_until=0),
    )


def published_token(session: Session, number: int) -> str | None:
    """The token of a list as it is served."""
    query = select(_t(PublishedList).c.token).where(_t(PublishedList).c.number == number)
    return cast("str | None", session.execute(query).scalar())


# --- staff


def add_session(session: Session, row: StaffSession) -> None:
    """Adds a session."""
    session.execute(insert(_t(StaffSession)).values(row.model_dump()))


def touch_session(session: Session, cookie: str, *, now: int, unused_since: int) -> StaffSession | None:
    """Marks a session as used now; None when there is none, or it is too old or has been unused too long.

    One UPDATE, so that a session that is being ended elsewhere is not brought back.
    """
    c = _t(StaffSession).c
    mine = c.digest == digest(cookie)
    live = compare_and_set(
        session,
        update(_t(StaffSession))
        .where(mine, c.expires_at > now, c.used_at > unused_since)
        .values(used_at=now),
    )
    return _one(session, select(StaffSession).where(mine)) if live else None


def end_session(session: Session, cookie: str) -> None:
    """Ends the session of a cookie, if there is one."""
    session.execute(delete(_t(StaffSession)).where(_t(StaffSession).c.digest == digest(cookie)))


def end_sessions_of(session: Session, subject: str | None) -> int:
    """Ends every session of a subject, of everybody for None; gives how many."""
    statement = delete(_t(StaffSession))
    if subject is not None:
        statement = statement.where(_t(StaffSession).c.subject == subject)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def purge_sessions(session: Session, *, now: int, unused_since: int) -> None:
    """Forgets the sessions that can't be used any more."""
    c = _t(StaffSession).c
    session.execute(delete(_t(StaffSession)).where((c.expires_at <= now) | (c.used_at <= unused_since)))


# --- forgetting


def purge(session: Session, *, now: int, offers_before: int, copies_before: int) -> None:
    """Forgets what can't be used any more: offers and copies that ended before the given moments.

    An offer stays as long as a token that was given for it may live.
    """
    session.execute(delete(_t(AccessToken)).where(_t(AccessToken).c.expires_at < now))
    session.execute(delete(_t(Offer)).where(_t(Offer).c.expires_at < offers_before))
    for spent in (SpentNonce, SpentProof):
        purge_spent(session, spent, now=now)
    session.execute(delete(_t(ClaimCopy)).where(_t(ClaimCopy).c.expires_at < copies_before))


def add_token(session: Session, row: AccessToken) -> None:
    """Adds an access token."""
    session.execute(insert(_t(AccessToken)).values(row.model_dump()))


def _t(model: type[SQLModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


def _one(session: Session, query: Any) -> Any:
    return session.execute(query.execution_options(populate_existing=True)).scalars().first()


def _insert_new(
    session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]], *, returning: str
) -> list[int]:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    statement = (postgresql if is_postgresql else sqlite).insert(_t(model)).values(list(rows))
    statement = statement.on_conflict_do_nothing().returning(_t(model).c[returning])
    return list(session.execute(statement).scalars())
