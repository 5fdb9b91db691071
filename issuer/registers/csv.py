"""A CSV file as a register: read once at start into a private SQLite database in memory."""

import csv
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import NullPool, create_engine, event

from issuer.registers.connector import QueryRefused
from issuer.registers.sql import SqlRegister, refuse_writes

MAX_BYTES = 512 << 20
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


class CsvRegister(SqlRegister):
    """The rows of one CSV file (UTF-8, a header line) as one table; empty cells are NULL."""

    def __init__(self, path: Path, table: str, *, secret_name: str) -> None:
        uri = f"file:{secret_name}?mode=memory&cache=shared"
        # The database lives as long as one connection to it does.
        self._anchor = sqlite3.connect(uri, uri=True, check_same_thread=False)
        _import(self._anchor, path, table)
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=5),
            poolclass=NullPool,
            hide_parameters=True,
        )
        event.listen(engine, "connect", refuse_writes)
        self._engine = engine

    def close(self) -> None:
        super().close()
        self._anchor.close()


def _import(connection: sqlite3.Connection, path: Path, table: str) -> None:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise QueryRefused(f"{path.name} is over {MAX_BYTES >> 20} MB; put it into a database")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            _fill(connection, table, _header(path, table, next(rows, [])), rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise QueryRefused(f"{path.name} can't be read as CSV in UTF-8: {type(error).__name__}") from None


def _header(path: Path, table: str, names: Sequence[str]) -> Sequence[str]:
    wrong = [name for name in (table, *names) if not _NAME.fullmatch(name)]
    if not names or wrong or len(set(names)) != len(names):
        raise QueryRefused(f"{path.name}: the first line must name each column once (letters, digits, _)")
    return names


def _fill(
    connection: sqlite3.Connection, table: str, names: Sequence[str], rows: Iterator[list[str]]
) -> None:
    # Names are checked above against a pattern that leaves no room for SQL.
    connection.execute(f"CREATE TABLE {table} ({', '.join(f'{name} TEXT' for name in names)})")
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", _cells(rows, len(names)))  # noqa: S608
    connection.commit()


def _cells(rows: Iterator[list[str]], width: int) -> Iterator[list[str | None]]:
    for number, row in enumerate(rows, start=2):
        if len(row) != width:
            raise QueryRefused(
                f"line {number} has {len(row)} cells where the first line names {width} columns"
            )
        yield [cell or None for cell in row]
