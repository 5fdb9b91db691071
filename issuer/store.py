"""The issuer's tables. Nothing in them names a citizen: codes and tokens as digests, records by their key.
Of staff they hold the identifier that the provider gave, for as long as somebody is signed in.

Used by the use cases only; a row never leaves them. What may happen once is one INSERT or UPDATE that the
database decides.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import BigInteger, Column, Table, Text, delete, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel

from serving.database import Spent, compare_and_set, purge_spent
from serving.sign_in.sessions import SignInSession, digest


class Tables(SQLModel, registry=registry()):
    """The issuer's own set of tables."""


CLAIM_SECONDS = 60  # for so long a process may take to sign a list before another one tries
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
    record_key: str = Field(max_length=200, index=True)
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
    """A status list: its size, how many changes it has had, how many are in the token that is served.

    The size stays what it was at first: claims are out that point anywhere in it.
    """

    __tablename__ = "issuer_status_list"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    state: str = Field(max_length=16)
    changes: int
    published_changes: int
    published_at: int = Field(sa_type=BigInteger)
    claimed_until: int = Field(sa_type=BigInteger)
    token: str = Field(sa_column=Column(Text, nullable=False))
    size: int


class SpentNonce(Spent, Tables, table=True):
    """Nonces of key proofs that were used."""

    __tablename__ = "issuer_spent_nonce"


class SpentProof(Spent, Tables, table=True):
    """Identifiers (`jti`) of DPoP proofs that were used."""

    __tablename__ = "issuer_spent_proof"


class StaffSession(Tables, SignInSession, table=True):
    """A member of staff who is signed in."""

    __tablename__ = "issuer_staff_session"


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


def open_list(session: Session) -> tuple[int, int] | None:
    """The list that takes new copies, as (number, size)."""
    c = _t(PublishedList).c
    query = select(c.number, c.size).where(c.state == OPEN).order_by(c.number.desc()).limit(1)
    found = session.execute(query).first()
    return (found.number, found.size) if found else None


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
    """Revokes every valid copy that rests on a record, and lets no more be fetched; gives how many.

    What is offered comes first: a request that has just taken its part of that is waited for, so that its
    copies are revoked with the others.
    """
    offered, c = _t(OfferedClaim).c, _t(ClaimCopy).c
    session.execute(
        update(_t(OfferedClaim))
        .where(offered.record_key == record_key, offered.configuration_id.in_(configuration_ids))
        .values(requests_left=0)
    )
    revoked = session.execute(
        update(_t(ClaimCopy))
        .where(c.record_key == record_key, c.configuration_id.in_(configuration_ids), c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(c.list_number)
    )
    numbers = list(revoked.scalars())
    _count_change(session, numbers)
    return len(numbers)


def _count_change(session: Session, numbers: Iterable[int]) -> None:
    """Counts a change of each of these lists, so that they are published again."""
    c = _t(PublishedList).c
    session.execute(
        update(_t(PublishedList)).where(c.number.in_(sorted(set(numbers)))).values(changes=c.changes + 1)
    )


def claims_of_record(session: Session, record_key: str) -> list[str]:
    """The configuration ids of which copies or open offers rest on a record of this key."""
    found = set()
    for table in (_t(ClaimCopy), _t(OfferedClaim)):
        query = select(table.c.configuration_id).where(table.c.record_key == record_key).distinct()
        found |= set(session.execute(query).scalars())
    return sorted(found)


def due_lists(session: Session, *, now: int, renew_before: int) -> list[int]:
    """The numbers of the lists to publish: with unpublished changes, or published before `renew_before`.

    A list that was published in the future is due, too: that was by a clock that has been put right since.
    """
    c = _t(PublishedList).c
    due = (c.changes > c.published_changes) | (c.published_at < renew_before)
    due |= c.published_at > now + CLAIM_SECONDS
    query = select(c.number).where(due, _unclaimed(now)).order_by(c.number)
    return list(session.execute(query).scalars())


def claim_publishing(session: Session, number: int, *, now: int) -> bool:
    """Makes this process the one that publishes a list, until it has or `CLAIM_SECONDS` are over."""
    return compare_and_set(
        session,
        update(_t(PublishedList))
        .where(_t(PublishedList).c.number == number, _unclaimed(now))
        .values(claimed_until=now + CLAIM_SECONDS),
    )


def _unclaimed(now: int) -> Any:
    c = _t(PublishedList).c
    return (c.claimed_until <= now) | (c.claimed_until > now + CLAIM_SECONDS)  # later: by a wrong clock


def list_to_publish(session: Session, number: int) -> tuple[int, int]:
    """A list's size and how many changes it has had."""
    c = _t(PublishedList).c
    found = session.execute(select(c.size, c.changes).where(c.number == number)).one()
    return found.size, found.changes


def revoked_positions(session: Session, number: int) -> list[int]:
    """The positions of a list whose copies are revoked."""
    c = _t(ClaimCopy).c
    query = select(c.position).where(c.list_number == number, c.revoked_at.is_not(None))
    return list(session.execute(query).scalars())


def store_published(session: Session, number: int, *, changes: int, token: str, now: int) -> bool:
    """Stores a list's new token, unless one that knows of more changes, or as many and later, was stored."""
    c = _t(PublishedList).c
    as_late = (c.published_at <= now) | (c.published_at > now + CLAIM_SECONDS)
    newer = (c.published_changes < changes) | ((c.published_changes == changes) & as_late)
    return compare_and_set(
        session,
        update(_t(PublishedList))
        .where(c.number == number, newer)
        .values(token=token, published_changes=changes, published_at=now, claimed_until=0),
    )


def published_token(session: Session, number: int) -> str | None:
    """The token of a list as it is served."""
    query = select(_t(PublishedList).c.token).where(_t(PublishedList).c.number == number)
    return cast("str | None", session.execute(query).scalar())


# --- forgetting


def purge(session: Session, *, now: int, offers_before: int) -> None:
    """Forgets tokens, spent values, and offers that ended before the given moment.

    An offer stays as long as a token that was given for it may live.
    """
    session.execute(delete(_t(AccessToken)).where(_t(AccessToken).c.expires_at < now))
    session.execute(delete(_t(Offer)).where(_t(Offer).c.expires_at < offers_before))
    for spent in (SpentNonce, SpentProof):
        purge_spent(session, spent, now=now)


def purge_copies(session: Session, *, ended_before: int, limit: int) -> int:
    """Forgets up to `limit` of the copies that ended before a moment; gives how many.

    Their places are free again: a list that still says of one that it is revoked has changed.
    """
    c = _t(ClaimCopy).c
    place = tuple_(c.list_number, c.position)
    ended = select(c.list_number, c.position).where(c.expires_at < ended_before).limit(limit)
    statement = delete(_t(ClaimCopy)).where(place.in_(ended)).returning(c.list_number, c.revoked_at)
    gone = session.execute(statement).all()
    _count_change(session, (row.list_number for row in gone if row.revoked_at is not None))
    return len(gone)


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
