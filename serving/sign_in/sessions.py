"""Sessions in the database, where any process can end them at once. A cookie is kept as a digest only."""

import hashlib
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, CursorResult, Table, delete, insert, select, update
from sqlmodel import Field, Session, SQLModel

from serving.database import compare_and_set

MAX_COOKIE = 64  # characters; ours have 43


class SignInSession(SQLModel):
    """The columns of a table of sessions; each part names its own table.

    Somebody is signed in: the cookie's digest, whose it is, since when and until when.
    """

    digest: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=255, index=True)
    csrf: str = Field(max_length=64)
    created_at: int = Field(sa_type=BigInteger)
    used_at: int = Field(index=True, sa_type=BigInteger)
    expires_at: int = Field(index=True, sa_type=BigInteger)


Row = TypeVar("Row", bound=SignInSession)


def digest(secret: str) -> str:
    """What is kept of a secret with at least 128 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_session(session: Session, row: SignInSession) -> None:
    """Adds a session."""
    session.execute(insert(_t(type(row))).values(row.model_dump()))


def touch_session(
    session: Session, table: type[Row], cookie: str, *, now: int, idle_seconds: int
) -> Row | None:
    """Marks a session as used now; None when there is none, or it is too old or has been unused too long.

    One UPDATE, so that a session that is being ended elsewhere is not brought back.
    """
    if not cookie or len(cookie) > MAX_COOKIE:
        return None
    c = _t(table).c
    mine = c.digest == digest(cookie)
    usable = (mine, c.expires_at > now, c.used_at > now - idle_seconds)
    if not compare_and_set(session, update(_t(table)).where(*usable).values(used_at=now)):
        return None
    query = select(table).where(mine).execution_options(populate_existing=True)
    return session.execute(query).scalars().first()


def end_session(session: Session, table: type[SignInSession], cookie: str) -> None:
    """Ends the session of a cookie, if there is one."""
    session.execute(delete(_t(table)).where(_t(table).c.digest == digest(cookie)))


def end_sessions_of(session: Session, table: type[SignInSession], subject: str | None) -> int:
    """Ends every session of a subject, of everybody for None; gives how many."""
    statement = delete(_t(table))
    if subject is not None:
        statement = statement.where(_t(table).c.subject == subject)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def purge_sessions(session: Session, table: type[SignInSession], *, now: int, idle_seconds: int) -> None:
    """Forgets the sessions that can't be used any more."""
    c = _t(table).c
    session.execute(delete(_t(table)).where((c.expires_at <= now) | (c.used_at <= now - idle_seconds)))


def _t(model: type[SQLModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]
