"""Any SQL database as a register, by URL, opened so that nothing can be written into it.

SQLite: `mode=ro` and `query_only`. PostgreSQL: `default_transaction_read_only` and `statement_timeout`.
Others: by the rights of the account in the URL; what we open is always rolled back.
"""

import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, NullPool, TextClause, column, create_engine, event, false, select, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from issuer.registers.connector import (
    MAX_ROWS,
    Parameters,
    QueryRefused,
    RegisterUnavailable,
    RegisterUnreachable,
    Row,
)

STATEMENT_TIMEOUT_MS = 5_000
POOL_SIZE = 5
POOL_SECONDS = 5  # a register that hangs must not hold the threads that serve status lists
_POSTGRES_OPTIONS = f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_TIMEOUT_MS}"


class SqlRegister:
    """A register in a SQL database."""

    def __init__(self, url: str) -> None:
        """Connects to nothing yet; raises RegisterUnreachable for a database that we have no driver for."""
        try:
            self._engine = _create_engine(make_url(url))
        except (ImportError, ArgumentError):
            raise RegisterUnreachable(
                "there is no driver for such a url; install its Python package"
            ) from None

    @classmethod
    def of_engine(cls, engine: Engine) -> "SqlRegister":
        """A register behind an engine that is read-only already."""
        register = cls.__new__(cls)
        register._engine = engine
        return register

    def rows(self, query: str, parameters: Parameters, columns: Sequence[str]) -> Sequence[Row]:
        limited = select(_as_table(query, columns)).limit(MAX_ROWS + 1)
        try:
            with self._engine.connect() as connection:
                found = connection.execute(limited, dict(parameters)).mappings().all()
        except SQLAlchemyError:
            # `from None`: a driver's error repeats the parameters, which are a person's attributes.
            raise RegisterUnavailable from None
        if len(found) > MAX_ROWS:
            raise RegisterUnavailable("too_many_rows")
        return [dict(row) for row in found]

    def columns(self, query: str) -> Sequence[str]:
        nothing = dict.fromkeys(query_parameters(query))
        empty = select(text("*")).select_from(_as_table(query)).where(false())
        with self._connected() as connection:
            try:
                return list(connection.execute(empty, nothing).keys())
            except DBAPIError as error:
                raise QueryRefused(_first_line(error)) from None
            except SQLAlchemyError:
                raise QueryRefused("it can't be read as SQL") from None

    def _connected(self) -> Connection:
        try:
            return self._engine.connect()
        except DBAPIError as error:
            raise RegisterUnreachable(_first_line(error)) from None
        except SQLAlchemyError:
            raise RegisterUnreachable("there is no connection to be had") from None

    def close(self) -> None:
        self._engine.dispose()


def query_parameters(query: str) -> frozenset[str]:
    """The named parameters of a query, as in `:birthdate`."""
    return frozenset(text(query).compile().params)


def _as_table(query: str, columns: Sequence[str] = ()) -> Any:
    clause: TextClause = text(query)
    return clause.columns(*[column(name) for name in columns]).subquery("record")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0][:200]


def _create_engine(url: URL) -> Engine:
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        return _create_sqlite_engine(url)
    if url.get_backend_name() == "postgresql":
        # After what the URL asks for itself, so that ours holds.
        own = url.query.get("options", "")
        options = {"options": f"{own} {_POSTGRES_OPTIONS}".strip(), "connect_timeout": 5}
        return _pooled(url, connect_args=options)
    return _pooled(url)


def _pooled(url: URL, **options: Any) -> Engine:
    pool = {"pool_size": POOL_SIZE, "pool_timeout": POOL_SECONDS, "pool_pre_ping": True}
    return create_engine(url, hide_parameters=True, **pool, **options)


def _create_sqlite_engine(url: URL) -> Engine:
    path = Path(url.database or "").absolute()
    uri = f"file:{quote(path.as_posix())}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=5),
        poolclass=NullPool,
        hide_parameters=True,
    )
    event.listen(engine, "connect", refuse_writes)
    return engine


def refuse_writes(connection: Any, _record: Any) -> None:
    """Makes one SQLite connection refuse whatever writes, attached databases included."""
    connection.execute("PRAGMA query_only = ON")


def is_reading(query: str) -> bool:
    """Whether a query begins as one that reads; the database itself refuses the rest."""
    return re.match(r"\s*(SELECT|WITH)\b", query, re.IGNORECASE) is not None
