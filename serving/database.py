"""One way to the database: SQLite (WAL) and PostgreSQL by the same code.

A unit of work rolls back unless it is told to commit; whatever may happen once only is decided by the
database (`compare_and_set`, `spend`), never by a read that is checked afterwards.
"""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    BigInteger,
    CursorResult,
    Delete,
    Engine,
    Insert,
    MetaData,
    Table,
    Update,
    create_engine,
    delete,
    event,
    insert,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, ProgrammingError
from sqlmodel import Field, Session, SQLModel

from serving.errors import OperatorError

BUSY_TIMEOUT_MS = 10_000  # how long a writer waits for another one
CONNECT_SECONDS = 5
POOL_SIZE = 10
POOL_SECONDS = 10  # how long a request waits for a connection
_READ_ONLY = "pdx_read_only"
_INSUFFICIENT_PRIVILEGE = "42501"  # PostgreSQL, appendix A
_MIGRATION_LOCK = 0x706478  # an advisory lock number of our own, "pdx"
_SCRIPTS = Path(__file__).parent / "migrations"


class Database:
    """A connection pool; give one to each process."""

    def __init__(self, url: str) -> None:
        self.engine = _create_engine(parse_url(url))

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """A unit of work that may write. What was not committed by `session.commit()` is undone."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A unit of work that only reads: it waits for no writer, and the database refuses its writes."""
        options = {_READ_ONLY: True, "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection, Session(connection) as session:
            yield session

    def check(self) -> None:
        """Raises when the database can't be reached."""
        with self.reading() as session:
            session.connection().execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


class Spent(SQLModel):
    """The columns of a table of spent one-time values; each service names its own tables.

    Only a digest is kept: the value itself may be somebody's secret, and of any length.
    """

    digest: str = Field(primary_key=True, max_length=64)
    expires_at: int = Field(index=True, sa_type=BigInteger)


def spend(session: Session, table: type[Spent], key: str, expires_at: int) -> bool:
    """Spends a one-time value: True for exactly one caller, for ever or until purged after `expires_at`."""
    values = {"digest": hashlib.sha256(key.encode()).hexdigest(), "expires_at": expires_at}
    rows = table_of(table)
    # RETURNING, since not every driver counts the rows of an INSERT.
    insert = insert_once(session, table).values(values).returning(rows.c.digest)
    return session.exec(insert).first() is not None


def purge_spent(session: Session, table: type[Spent], *, now: int) -> int:
    """Forgets the values that expired before `now` (refused for their age by then); returns how many."""
    rows = table_of(table)
    return _rowcount(session, delete(rows).where(rows.c.expires_at < now))


def compare_and_set(session: Session, statement: Update | Delete) -> bool:
    """Runs an UPDATE or DELETE whose WHERE names the expected state; True if it changed its one row.

    Raises RuntimeError when it changed several: the WHERE did not name one row.
    """
    count = _rowcount(session, statement)
    if count > 1:
        raise RuntimeError("a compare-and-set changed more than one row")
    return count == 1


def wait_for(session: Session, name: str) -> None:
    """Waits for whoever else waited for this name, until their unit of work ends.

    For what has no row of its own that may be locked. With SQLite writers queue anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        session.connection().execute(lock, {"name": name})


def migrate(database: Database, service: str) -> None:
    """Brings the tables of one service up to date by the scripts in `<service>/migrations/`.

    Several processes may start at once: one migrates, the others wait. Raises OperatorError where tables have
    to change and the account may not change them.
    """
    try:
        with database.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            command.upgrade(_alembic_config(connection, service), "head")
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _INSUFFICIENT_PRIVILEGE:
            raise
        raise OperatorError(
            "the tables are not those of this version, and this account may not change them; "
            "let the account to which they belong do it first"
        ) from error


def schema_differences(database: Database, metadata: MetaData) -> list[Any]:
    """What Alembic would still have to change so that the database equals the tables of `metadata`."""

    def ours(item: Any, _name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:
        return not (kind == "table" and reflected and item.name not in metadata.tables)

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        return list(compare_metadata(context, metadata))


def _alembic_config(connection: Connection, service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS.as_posix().replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    versions = Path(import_module(service).__file__ or "").parent / "migrations"
    config.set_main_option("version_locations", versions.as_posix().replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = f"{service.rpartition('.')[2]}_schema_version"
    return config


def parse_url(url: str) -> URL:
    """The address of a database of ours; raises ValueError with what to write instead."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("the database is sqlite:///<file> or postgresql://…") from None
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    backend = parsed.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise ValueError("the database is sqlite:///<file> or postgresql://…")
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("SQLite needs a file: a database in memory dies with its process")
    return parsed


def resolve_url(home: Path, url: str) -> str:
    """The address with a relative SQLite file (three slashes) starting at `home`."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(prefix + "/"):
        return f"{prefix}{(home / url.removeprefix(prefix)).as_posix()}"
    return url


def _create_engine(url: URL) -> Engine:
    options: dict[str, Any] = {
        "pool_size": POOL_SIZE,
        "pool_timeout": POOL_SECONDS,
        "hide_parameters": True,
    }
    if url.get_backend_name() == "postgresql":
        waiting = {"connect_timeout": CONNECT_SECONDS}
        engine = create_engine(url, pool_pre_ping=True, connect_args=waiting, **options)
        event.listen(engine, "connect", _set_up_postgresql)
        return engine
    _create_private_file(Path(url.database or ""))
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private_file(path: Path) -> None:
    """A database is its owner's to read; SQLite gives its journal files the mode of the database itself."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:  # it is there already, or can't be made: then opening it says why
        return


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    # as with SQLite: whoever waits for another writer gives up in time to say so
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
    connection.commit()


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; _begin_sqlite does
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut, too
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    # The switch is made once in the life of a file. SQLite's own waiting does not cover it, so processes that
    # start together have to wait here.
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins by reading and then writes fails at once, without waiting, when another has
    # written in between. IMMEDIATE takes the write lock first, so writers queue.
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def insert_given(row: SQLModel) -> Insert:
    """An INSERT of a new row. What nobody gave is not named: an account may write no other columns."""
    return insert(table_of(type(row))).values(row.model_dump(exclude_none=True))


def insert_once(session: Session, model: type[SQLModel]) -> Any:
    """An INSERT that does nothing where a row with this key is there already."""
    table = table_of(model)
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model, for statements."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


def _rowcount(session: Session, statement: Any) -> int:
    result = cast("CursorResult[Any]", session.exec(statement))
    return result.rowcount
