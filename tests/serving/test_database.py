from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, select

from serving.database import (
    Database,
    compare_and_set,
    migrate,
    purge_spent,
    schema_differences,
    spend,
)
from tests.serving.races import Race, race_processes, race_threads
from tests.serving.tickets.store import Seat, SpentNonce, Tables, Ticket

SERVICE = "tests.serving.tickets"
ROUNDS, PLAYERS = 20, 3


@pytest.fixture
def migrated(database: Database) -> Database:
    migrate(database, SERVICE)
    return database


def close(session: Session, ticket: int, holder: str) -> bool:
    statement = (
        update(Ticket)
        .where(col(Ticket.id) == ticket, col(Ticket.state) == "open")
        .values(state="closed", holder=holder)
    )
    return compare_and_set(session, statement)


def open_tickets(database: Database, count: int) -> None:
    with database.unit() as session:
        session.add_all([Ticket(id=number) for number in range(count)])
        session.commit()


def test_a_unit_that_is_not_committed_is_undone(migrated: Database) -> None:
    with migrated.unit() as session:
        session.add(Ticket(id=1))
        session.flush()
    with migrated.reading() as session:
        assert session.exec(select(Ticket)).all() == []


def test_a_unit_that_fails_is_undone(migrated: Database) -> None:
    with pytest.raises(ZeroDivisionError), migrated.unit() as session:  # noqa: PT012
        session.add(Ticket(id=1))
        session.flush()
        raise ZeroDivisionError
    with migrated.reading() as session:
        assert session.exec(select(Ticket)).all() == []


def test_what_was_committed_stays_and_can_be_read_after(migrated: Database) -> None:
    with migrated.unit() as session:
        ticket = Ticket(id=1)
        session.add(ticket)
        session.commit()
    assert ticket.state == "open"
    with migrated.reading() as session:
        assert session.exec(select(Ticket.id)).all() == [1]


def test_reading_refuses_to_write(migrated: Database) -> None:
    with migrated.reading() as session, pytest.raises(DBAPIError):
        spend(session, SpentNonce, "a", 5)
    with migrated.unit() as session:  # the same connection may write again
        assert spend(session, SpentNonce, "a", 5)


def test_a_reader_waits_for_no_writer(migrated: Database) -> None:
    open_tickets(migrated, 1)
    with migrated.unit() as writing:
        assert close(writing, 0, "a")
        with migrated.reading() as session:
            assert session.exec(select(Ticket.state)).one() == "open"
        writing.commit()


def test_foreign_keys_hold(migrated: Database) -> None:
    with migrated.unit() as session, pytest.raises(IntegrityError):  # noqa: PT012
        session.add(Seat(id=1, ticket_id=404))
        session.commit()


def test_compare_and_set_wins_once(migrated: Database) -> None:
    open_tickets(migrated, 1)
    with migrated.unit() as session:
        assert close(session, 0, "a")
        assert not close(session, 0, "b")
        session.commit()
    with migrated.unit() as session:
        assert not close(session, 0, "c")


def test_compare_and_set_that_names_several_rows_is_our_mistake(migrated: Database) -> None:
    open_tickets(migrated, 2)
    with migrated.unit() as session, pytest.raises(RuntimeError, match="more than one row"):
        compare_and_set(session, update(Ticket).values(state="closed"))


def test_spend_is_once_until_purged(migrated: Database) -> None:
    with migrated.unit() as session:
        assert spend(session, SpentNonce, "a", 100)
        assert not spend(session, SpentNonce, "a", 200)
        assert spend(session, SpentNonce, "b" * 10_000, 300)
        session.commit()
    with migrated.unit() as session:
        assert purge_spent(session, SpentNonce, now=100) == 0
        assert purge_spent(session, SpentNonce, now=101) == 1
        assert spend(session, SpentNonce, "a", 400)
        assert not spend(session, SpentNonce, "b" * 10_000, 400)


def test_spend_goes_on_after_2038(migrated: Database) -> None:
    """PostgreSQL's plain integer ends with the 32-bit clock."""
    with migrated.unit() as session:
        assert spend(session, SpentNonce, "late", 2**31 + 10)
        session.commit()
    with migrated.unit() as session:
        assert purge_spent(session, SpentNonce, now=2**31 + 11) == 1


def test_spending_that_is_rolled_back_is_not_spent(migrated: Database) -> None:
    with migrated.unit() as session:
        assert spend(session, SpentNonce, "a", 100)
    with migrated.unit() as session:
        assert spend(session, SpentNonce, "a", 100)


def test_the_value_itself_is_not_stored(migrated: Database) -> None:
    with migrated.unit() as session:
        spend(session, SpentNonce, "canary-value", 100)
        session.commit()
    with migrated.reading() as session:
        assert "canary" not in repr(session.exec(select(SpentNonce)).one())


@pytest.mark.parametrize("race", [race_threads, race_processes])
def test_of_those_who_race_exactly_one_wins(migrated: Database, database_url: str, race: Race) -> None:
    open_tickets(migrated, ROUNDS)
    assert race(database_url, ("spend", "redeem"), players=PLAYERS, rounds=ROUNDS) == [1] * 2 * ROUNDS


def test_migrate_makes_the_tables_of_the_models(migrated: Database) -> None:
    assert schema_differences(migrated, Tables.metadata) == []


def test_migrate_twice_changes_nothing(migrated: Database) -> None:
    open_tickets(migrated, 1)
    migrate(migrated, SERVICE)
    with migrated.reading() as session:
        assert len(session.exec(select(Ticket)).all()) == 1


def test_a_missing_column_is_a_difference(migrated: Database) -> None:
    with migrated.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tickets_ticket DROP COLUMN holder")
    assert "holder" in repr(schema_differences(migrated, Tables.metadata))


def test_processes_that_start_together_migrate_once(database: Database, database_url: str) -> None:
    assert race_processes(database_url, ("migrate",), players=3, rounds=1) == [3]
    assert schema_differences(database, Tables.metadata) == []


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"SQLite needs a file|the database is"):
        Database(url)


def test_errors_carry_no_values(migrated: Database) -> None:
    with pytest.raises(IntegrityError) as caught, migrated.unit() as session:  # noqa: PT012
        session.add(Seat(id=424242, ticket_id=777777))
        session.commit()
    assert "424242" not in str(caught.value).replace("DETAIL", "")


def test_check_fails_where_there_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DBAPIError):
        Database(f"sqlite:///{tmp_path}/no/such/directory/x.sqlite").check()
