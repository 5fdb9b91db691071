"""The only tables of the verifier, and the statements on them.

Nothing about a person stands here in clear: answers, evidence, a caller's reference, codes and private keys
are sealed by the service's own keystore; sessions and response codes are digests. Every statement names its
service, or an unguessable reference. Every change of state names the state it expects.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Index, Text, delete, text, update
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col, select

from serving.database import compare_and_set, insert_once
from verifier import session as states
from verifier.session import Event, State

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # PostgreSQL takes no NUL, not even to look for it


class Tables(SQLModel, registry=registry()):
    """The verifier's own metadata, apart from every other service's."""


class TransactionRow(Tables, table=True):
    """One citizen asked one question once."""

    __tablename__ = "verifier_transaction"
    __table_args__ = (Index("ix_verifier_transaction_ends", "state", "deadline"),)

    id: str = Field(primary_key=True, max_length=64)
    service: str = Field(index=True, max_length=64)
    question: str = Field(max_length=128)
    state: str = Field(max_length=16)
    created_at: int = Field(sa_type=BigInteger)
    deadline: int = Field(
        index=True, sa_type=BigInteger
    )  # of the present state; of an answered one: when it is deleted
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    language: str = Field(max_length=2)
    session: str | None = Field(default=None, max_length=64, index=True)
    return_url: str | None = Field(default=None, max_length=2048)
    sealed_reference: bytes | None = None
    sealed_code: bytes | None = None
    release: str | None = Field(default=None, max_length=64, index=True, unique=True)
    tries: int = 0
    refusals: int = 0
    refusal: str | None = Field(default=None, max_length=64)
    closed_by: str | None = Field(default=None, max_length=32)


class RequestRow(Tables, table=True):
    """One way to ask it. `sealed_key` is the response encryption key, wiped as soon as it is of no use."""

    __tablename__ = "verifier_request"
    __table_args__ = (
        Index(
            "ix_verifier_request_keys",
            "expires_at",
            sqlite_where=text("sealed_key IS NOT NULL"),
            postgresql_where=text("sealed_key IS NOT NULL"),
        ),
    )

    ref: str = Field(primary_key=True, max_length=64)
    transaction_id: str = Field(
        index=True, foreign_key="verifier_transaction.id", ondelete="CASCADE", max_length=64
    )
    service: str = Field(max_length=64)
    channel: str = Field(max_length=8)
    release: str = Field(max_length=8)
    client_id: str | None = Field(default=None, max_length=128)
    nonce: str = Field(max_length=64)
    state: str = Field(max_length=64)
    sealed_key: bytes | None = None
    failures: int = 0
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)


class CertificateRow(Tables, table=True):
    """A certificate that requests were made with: their links name it (OpenID4VP 1.0 §5.9.3, `x509_hash`).

    `chain` is PEM, `key_name` the key's name in the service's keystore.
    """

    __tablename__ = "verifier_certificate"

    client_id: str = Field(primary_key=True, max_length=128)
    service: str = Field(max_length=64)
    key_name: str = Field(max_length=64)
    chain: str = Field(sa_type=Text)


class QuestionRow(Tables, table=True):
    """A question that requests were made with, as it was then; kept for as long as one of them may be in use.

    `question` is JSON, `reference` its id and version, `registration` what goes out beside it.
    """

    __tablename__ = "verifier_question"

    service: str = Field(primary_key=True, max_length=64)
    reference: str = Field(primary_key=True, max_length=128)
    question: str = Field(sa_type=Text)
    registration: str | None = Field(default=None, sa_type=Text)
    keep_until: int = Field(index=True, sa_type=BigInteger)


class AnswerRow(Tables, table=True):
    """The answer and its minimum evidence, sealed; deleted when its retention ends."""

    __tablename__ = "verifier_answer"

    transaction_id: str = Field(
        primary_key=True, foreign_key="verifier_transaction.id", ondelete="CASCADE", max_length=64
    )
    service: str = Field(max_length=64)
    sealed: bytes
    delete_at: int = Field(index=True, sa_type=BigInteger)


class TrustListRow(Tables, table=True):
    """The newest trust list seen, so that no process and no restart goes back behind it."""

    __tablename__ = "verifier_trust_list"

    url: str = Field(primary_key=True, max_length=512)
    sequence: int = Field(sa_type=BigInteger)
    token: str
    fetched_at: int = Field(sa_type=BigInteger)


def find_transaction(session: Session, service: str, transaction_id: str) -> TransactionRow | None:
    """One service's transaction."""
    row = session.get(TransactionRow, transaction_id) if _NAME.fullmatch(transaction_id) else None
    return row if row is not None and row.service == service else None


def find_released(session: Session, service: str, release: str) -> TransactionRow | None:
    """The transaction that a response code or phone page belongs to, by the secret's digest."""
    statement = select(TransactionRow).where(
        TransactionRow.service == service, TransactionRow.release == release
    )
    return session.exec(statement).first()


def find_request(session: Session, ref: str) -> tuple[RequestRow, TransactionRow] | None:
    """A request and its transaction."""
    if not _NAME.fullmatch(ref):
        return None
    statement = (
        select(RequestRow, TransactionRow)
        .join(TransactionRow, col(TransactionRow.id) == col(RequestRow.transaction_id))
        .where(RequestRow.ref == ref)
    )
    return session.exec(statement).first()


def find_requests(session: Session, transaction_id: str) -> Sequence[RequestRow]:
    """The requests of a transaction, the link before the QR code."""
    statement = select(RequestRow).where(RequestRow.transaction_id == transaction_id)
    return sorted(session.exec(statement), key=lambda row: row.channel)


def find_answer(session: Session, service: str, transaction_id: str, *, now: int) -> bytes | None:
    """The sealed answer, while it may be kept."""
    statement = select(AnswerRow.sealed).where(
        AnswerRow.transaction_id == transaction_id, AnswerRow.service == service, AnswerRow.delete_at > now
    )
    return session.exec(statement).first()


def answer_delete_at(session: Session, transaction_id: str) -> int | None:
    """When the answer's retention ends, in Unix seconds; None where there is no answer (any more)."""
    return session.exec(select(AnswerRow.delete_at).where(AnswerRow.transaction_id == transaction_id)).first()


def advance(session: Session, transaction_id: str, event: Event, *, now: int, **values: Any) -> bool:
    """Lets `event` happen; True for exactly one caller, False when it may not happen (any more)."""
    statement = (
        update(TransactionRow)
        .where(
            col(TransactionRow.id) == transaction_id,
            col(TransactionRow.state) == states.source(event).value,
            col(TransactionRow.deadline) > now,
        )
        .values(state=states.target(event).value, **values)
    )
    return compare_and_set(session, statement)


def count_try(session: Session, transaction_id: str, *, now: int, allowed: int) -> bool:
    """Takes one try at the confirmation code; False when there is none left."""
    statement = (
        update(TransactionRow)
        .where(
            col(TransactionRow.id) == transaction_id,
            col(TransactionRow.state) == State.CONFIRMING.value,
            col(TransactionRow.deadline) > now,
            col(TransactionRow.tries) < allowed,
        )
        .values(tries=col(TransactionRow.tries) + 1)
    )
    return compare_and_set(session, statement)


def count_refusal(session: Session, row: RequestRow, reason: str) -> None:
    """Notes that a response to a request was refused, and why."""
    # the transaction before its requests, as everywhere: two that lock in two orders wait for each other
    session.exec(
        update(TransactionRow)
        .where(col(TransactionRow.id) == row.transaction_id, col(TransactionRow.state) == State.OPEN.value)
        .values(refusals=col(TransactionRow.refusals) + 1, refusal=reason)
    )
    session.exec(
        update(RequestRow).where(col(RequestRow.ref) == row.ref).values(failures=col(RequestRow.failures) + 1)
    )


def wipe_worn_key(session: Session, ref: str, *, allowed: int) -> None:
    """Ends a request that had its share of wrong responses: without its key nobody can answer it."""
    session.exec(
        update(RequestRow)
        .where(col(RequestRow.ref) == ref, col(RequestRow.failures) >= allowed)
        .values(sealed_key=None)
    )


def wipe_keys(session: Session, transaction_id: str) -> None:
    """Ends both requests of a transaction."""
    session.exec(
        update(RequestRow).where(col(RequestRow.transaction_id) == transaction_id).values(sealed_key=None)
    )


def drop_answer(session: Session, transaction_id: str) -> None:
    """Deletes an answer nobody may read."""
    session.exec(delete(AnswerRow).where(col(AnswerRow.transaction_id) == transaction_id))


def purge(session: Session, *, now: int, grace: int, limit: int) -> int:
    """Deletes what is past its time, up to `limit` transactions; returns how many. Their rows go with them.

    Here and in `purge_unread` what another process has in hand is left to it (SKIP LOCKED, on PostgreSQL):
    each takes the transactions first and so waits for nobody. What ran out without an answer stays for
    `grace` seconds, so that a late visitor is told what happened.
    """
    ids = _ended(session, [State.ANSWERED], before=now, limit=limit)
    ids += _ended(session, _UNANSWERED, before=now - grace, limit=limit - len(ids))
    for model in (AnswerRow, RequestRow):
        session.exec(delete(model).where(col(model.transaction_id).in_(ids)))
    session.exec(delete(TransactionRow).where(col(TransactionRow.id).in_(ids)))
    return len(ids)


def purge_unread(session: Session, *, now: int, limit: int) -> int:
    """Deletes up to `limit` answers and keys that ran out before anybody read them; returns how many."""
    unread = (
        select(AnswerRow.transaction_id)
        .join(TransactionRow, col(TransactionRow.id) == col(AnswerRow.transaction_id))
        .where(col(TransactionRow.state).in_(_UNREAD), col(TransactionRow.deadline) <= now)
    )
    ids = list(session.exec(unread.limit(limit).with_for_update(of=TransactionRow, skip_locked=True)))
    session.exec(delete(AnswerRow).where(col(AnswerRow.transaction_id).in_(ids)))
    worn = (
        select(RequestRow.ref)
        .join(TransactionRow, col(TransactionRow.id) == col(RequestRow.transaction_id))
        .where(col(RequestRow.sealed_key).is_not(None), col(RequestRow.expires_at) <= now)
    )
    refs = list(session.exec(worn.limit(limit).with_for_update(of=TransactionRow, skip_locked=True)))
    session.exec(update(RequestRow).where(col(RequestRow.ref).in_(refs)).values(sealed_key=None))
    return len(ids) + len(refs)


_UNREAD = (State.RETURNING, State.CONFIRMING)
_UNANSWERED = (State.OPEN, State.CLOSED, *_UNREAD)


def _ended(session: Session, were: Sequence[State], *, before: int, limit: int) -> list[str]:
    found: list[str] = []
    for state in were:  # one after the other: each is a stretch of the index
        ended = (col(TransactionRow.state) == state.value, col(TransactionRow.deadline) <= before)
        ids = select(TransactionRow.id).where(*ended).limit(limit - len(found))
        found += session.exec(ids.with_for_update(skip_locked=True))
    return found


def find_trust_list(session: Session, url: str) -> TrustListRow | None:
    """The newest trust list seen at `url`."""
    return session.get(TrustListRow, url)


def keep_trust_list(session: Session, row: TrustListRow) -> None:
    """Keeps a verified trust list unless a newer one is already here, whoever else keeps one meanwhile."""
    known = (col(TrustListRow.url) == row.url, col(TrustListRow.sequence) <= row.sequence)
    values = {"sequence": row.sequence, "token": row.token, "fetched_at": row.fetched_at}
    if compare_and_set(session, update(TrustListRow).where(*known).values(**values)):
        return
    # nothing where a newer one is here, or somebody else was first with this one
    session.execute(insert_once(session, TrustListRow).values(row.model_dump()))


def find_certificate(session: Session, service: str, client_id: str) -> CertificateRow | None:
    """A certificate with which a service made requests."""
    row = session.get(CertificateRow, client_id)
    return row if row is not None and row.service == service else None


def keep_certificate(session: Session, row: CertificateRow) -> None:
    """Keeps a certificate, whoever else keeps it meanwhile."""
    if session.get(CertificateRow, row.client_id) is None:
        session.execute(insert_once(session, CertificateRow).values(row.model_dump()))


def find_question(session: Session, service: str, reference: str) -> QuestionRow | None:
    """A question with which a service made requests."""
    return session.get(QuestionRow, (service, reference))


def keep_question(session: Session, row: QuestionRow, *, until: int) -> None:
    """Keeps a question until `until` at least (Unix seconds), whoever else keeps it meanwhile.

    It is written a little ahead (`row.keep_until`), so that not every request writes the same row.
    """
    known = session.get(QuestionRow, (row.service, row.reference))
    if known is not None:
        is_same = (known.question, known.registration) == (row.question, row.registration)
        if is_same and known.keep_until >= until:
            return
        session.expunge(known)
    this = (col(QuestionRow.service) == row.service, col(QuestionRow.reference) == row.reference)
    values = {"question": row.question, "registration": row.registration, "keep_until": row.keep_until}
    if not compare_and_set(session, update(QuestionRow).where(*this).values(**values)):
        session.execute(insert_once(session, QuestionRow).values(row.model_dump()))


def purge_questions(session: Session, *, now: int, limit: int) -> int:
    """Deletes up to `limit` questions with which no request that may be in use was made; returns how many."""
    ended = select(QuestionRow).where(col(QuestionRow.keep_until) <= now)
    rows = list(session.exec(ended.limit(limit).with_for_update(skip_locked=True)))
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)


def session_of(row: TransactionRow, *, now: int) -> states.Session:
    """The row as the type of its state at `now`."""
    transaction = states.Transaction(
        id=row.id,
        service=row.service,
        question=row.question,
        created_at=row.created_at,
        language=row.language,
        session=row.session,
        return_url=row.return_url,
    )
    state = State(row.state)
    if state is State.CLOSED:
        return states.Closed(transaction, reason=row.closed_by or "")
    if row.deadline <= now:
        return states.Expired(transaction, was=state)
    if state is State.OPEN:
        return states.Open(transaction, row.deadline, row.refusals, row.refusal)
    if state is State.RETURNING:
        return states.Returning(transaction, row.deadline)
    if state is State.CONFIRMING:
        return states.Confirming(transaction, row.deadline, row.tries, row.sealed_code or b"")
    return states.Answered(transaction, answered_at=row.answered_at or 0, delete_at=row.deadline)
