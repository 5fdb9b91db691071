"""The example's definitions over a register in PostgreSQL, with real dates and booleans in its columns."""

import sqlite3
from pathlib import Path

import pytest

from issuer.usecases.check_person import Unavailable, Yes, check_person
from serving.database import Database
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import AFCS, DLA, MOVING, PLANNING_E, WPMS, attributes

pytestmark = pytest.mark.postgres


def column_type(name: str, declared: str) -> str:
    if name.endswith("date"):
        return "DATE"
    return "BOOLEAN" if name in {"permanent", "blue_badge_certificate"} else declared


def copy_register(file: Path, url: str, schema: str) -> None:
    """Copies a register from SQLite, with the types that a PostgreSQL register would have."""
    source, target = sqlite3.connect(file), Database(url)
    with target.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        connection.exec_driver_sql(f"SET search_path TO {schema}")
        for (table,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [(row[1], row[2]) for row in source.execute(f"PRAGMA table_info({table})")]
            typed = ", ".join(f"{name} {column_type(name, kind)}" for name, kind in columns)
            connection.exec_driver_sql(f"CREATE TABLE {table} ({typed})")
            values = ", ".join(f"%s::text::{column_type(name, kind)}" for name, kind in columns)
            rows = [tuple(map(_text, row)) for row in source.execute(f"SELECT * FROM {table}")]
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({values})", rows)
    source.close()
    target.close()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@pytest.fixture(scope="module")
def urls(postgres_url: str, registers: Path) -> dict[str, str]:
    found = {}
    for owner in ("dwp", "veterans"):
        copy_register(registers / f"{owner}.sqlite", postgres_url, f"register_{owner}")
        found[owner] = f"{postgres_url}?options=-csearch_path%3Dregister_{owner}"
    return found


@pytest.mark.parametrize(
    ("owner", "persona", "name"),
    [
        ("dwp", "amira", MOVING),
        ("dwp", "margaret", PLANNING_E),
        ("dwp", "rhys", DLA),
        ("veterans", "wpms", WPMS),
        ("veterans", "afcs", AFCS),
    ],
)
def test_a_claim_from_a_register_in_postgresql(
    make_world: MakeWorld, urls: dict[str, str], owner: str, persona: str, name: str
) -> None:
    world = make_world(owner=owner, register_url=urls[owner])
    (compact,) = world.wallet().get_copies(world.offer(persona, name), name=name)
    assert world.verify(compact).claims["birthdate"] == attributes(persona)["birthdate"]


def test_the_url_keeps_its_own_options_and_ours(make_world: MakeWorld, urls: dict[str, str]) -> None:
    world = make_world(register_url=urls["dwp"])
    (check,) = check_person(world.deps, attributes("amira"), [MOVING])
    assert isinstance(check.result, Yes)
    engine = world.deps.registers["dwp"]._engine  # type: ignore[attr-defined]
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW default_transaction_read_only").scalar() == "on"
        assert connection.exec_driver_sql("SHOW search_path").scalar() == "register_dwp"


def test_a_postgresql_that_is_away(make_world: MakeWorld, urls: dict[str, str]) -> None:
    world = make_world(register_url=urls["dwp"])
    world.deps.registers["dwp"].close()
    engine = world.deps.registers["dwp"]._engine  # type: ignore[attr-defined]
    admin = Database(urls["veterans"])
    with admin.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE register_dwp.person RENAME TO person_away")
    try:
        (check,) = check_person(world.deps, attributes("amira"), [MOVING])
        assert isinstance(check.result, Unavailable)
    finally:
        with admin.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE register_dwp.person_away RENAME TO person")
        admin.close()
        engine.dispose()
