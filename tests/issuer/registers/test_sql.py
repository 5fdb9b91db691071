"""Registers are read and never written; errors and limits carry nothing of what was asked."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from issuer.registers.connector import QueryRefused, RegisterUnavailable, RegisterUnreachable
from issuer.registers.csv import CsvRegister
from issuer.registers.sql import SqlRegister, is_reading, query_parameters
from serving.database import Database

ROWS = [(number, f"name {number}") for number in range(1, 41)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a b?c.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE person (id INTEGER, name TEXT)")
        connection.executemany("INSERT INTO person VALUES (?, ?)", ROWS)
    connection.close()
    return path


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "person.csv"
    path.write_text("id,name\n" + "".join(f"{i},{n}\n" for i, n in ROWS), encoding="utf-8")
    return path


@pytest.fixture(params=["sqlite", "csv", pytest.param("postgresql", marks=pytest.mark.postgres)])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlRegister]:
    """The same forty people in each kind of register."""
    if request.param == "csv":
        found: SqlRegister = CsvRegister(
            request.getfixturevalue("csv_file"), "person", secret_name=tmp_path.name
        )
    elif request.param == "sqlite":
        path = str(request.getfixturevalue("file")).replace("?", "%3F")
        found = SqlRegister(f"sqlite:///{path}")
    else:
        found = SqlRegister(_filled_postgres(request.getfixturevalue("postgres_url")))
    yield found
    found.close()


def _filled_postgres(url: str) -> str:
    admin = Database(url)
    with admin.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS person")
        connection.exec_driver_sql("CREATE TABLE person (id INTEGER, name TEXT)")
        connection.exec_driver_sql(
            "INSERT INTO person SELECT n, 'name ' || n FROM generate_series(1, 40) AS n"
        )
    admin.close()
    return url


SELECT = "SELECT id, name FROM person"


def test_rows_by_a_bound_parameter(register: SqlRegister) -> None:
    rows = register.rows(f"{SELECT} WHERE id = :id", {"id": "7"}, ["name"])
    assert rows == [{"name": "name 7"}]


def test_what_is_given_is_never_sql(register: SqlRegister) -> None:
    assert register.rows(f"{SELECT} WHERE name = :name", {"name": "' OR 1=1 --"}, ["name"]) == []


def test_twenty_rows_and_no_more(register: SqlRegister) -> None:
    found = register.rows(f"{SELECT} WHERE id <= CAST(:n AS INTEGER)", {"n": "20"}, ["id"])
    assert len(found) == 20
    with pytest.raises(RegisterUnavailable) as caught:
        register.rows(f"{SELECT} WHERE id <= CAST(:n AS INTEGER)", {"n": "21"}, ["id"])
    assert caught.value.reason == "too_many_rows"


def test_the_columns_of_a_query_without_reading_a_row(register: SqlRegister) -> None:
    assert register.columns(f"{SELECT} WHERE id = :id") == ["id", "name"]


def test_a_query_that_the_database_refuses(register: SqlRegister) -> None:
    with pytest.raises(QueryRefused, match="nowhere"):
        register.columns("SELECT * FROM nowhere")


def test_an_error_says_nothing_about_what_was_asked(register: SqlRegister) -> None:
    with pytest.raises(RegisterUnavailable) as caught:
        register.rows("SELECT id, nothing FROM person WHERE name = :name", {"name": "canary"}, ["id"])
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM person",
        "UPDATE person SET name = 'x'",
        "INSERT INTO person VALUES (0, 'x')",
        "DROP TABLE person",
        "CREATE TABLE other (id INTEGER)",
    ],
)
def test_nothing_can_be_written(register: SqlRegister, statement: str) -> None:
    with register._engine.connect() as connection, pytest.raises(SQLAlchemyError):
        connection.exec_driver_sql(statement)
    assert len(register.rows(f"{SELECT} WHERE id IN ('1', '2')", {}, ["id"])) == 2


@pytest.mark.postgres
def test_postgresql_is_told_to_give_up_and_to_write_nothing(postgres_url: str) -> None:
    register = SqlRegister(postgres_url)
    with register._engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "5s"
        assert connection.exec_driver_sql("SHOW default_transaction_read_only").scalar() == "on"
    register.close()


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    register = SqlRegister(f"sqlite:///{tmp_path}/none.sqlite")
    with pytest.raises(RegisterUnavailable):
        register.rows(SELECT, {}, ["id"])
    with pytest.raises(RegisterUnreachable):
        register.columns(SELECT)
    assert not (tmp_path / "none.sqlite").exists()


def test_the_parameters_of_a_query() -> None:
    assert query_parameters("SELECT '12:30', x::date FROM t WHERE a = :a AND b = :b OR a > :a") == {"a", "b"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [("SELECT 1", True), (" with x as (select 1) select", True), ("DELETE", False), ("selector", False)],
)
def test_what_reads(query: str, expected: bool) -> None:
    assert is_reading(query) is expected


# --- CSV


def test_empty_cells_are_null(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('a,b\n1,\n2,"x, y"\n', encoding="utf-8-sig")
    register = CsvRegister(path, "t", secret_name="test_empty_cells")
    assert register.rows("SELECT a, b FROM t", {}, ["a", "b"]) == [
        {"a": "1", "b": None},
        {"a": "2", "b": "x, y"},
    ]
    register.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the first line must name"),
        (b"a,a\n", "the first line must name"),
        (b"a,b c\n", "the first line must name"),
        (b'a,b"); DROP\n', "the first line must name"),
        (b"a,b\n1\n", "line 2 has 1 cells"),
        (b"a\n\xff\n", "can't be read as CSV"),
        (b'a\n"x\n', "can't be read as CSV"),
    ],
)
def test_a_file_that_is_no_register(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(QueryRefused, match=said):
        CsvRegister(path, "t", secret_name=f"test_{len(content)}")
