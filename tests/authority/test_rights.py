"""What the office's account may do: what its code does (every other test of the office), and nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, inspect, text
from sqlalchemy.exc import ProgrammingError
from typer.testing import CliRunner

from authority.cli import app
from authority.rights import SCHEMA_VERSION, create_grants, rights_in
from authority.usecases.grant_office import TABLES, grant_office
from serving.database import Database, migrate
from serving.errors import OperatorError
from tests.authority.network import Network
from tests.authority.office_account import ROLE, office_url
from tests.authority.people.office import Office
from tests.databases import database_url, postgres_url

__all__ = ["database_url", "postgres_url"]

#: What somebody would write who has the office's account and not its code.
FORGED = {
    "admit a member": "INSERT INTO authority_member VALUES ('service', 'mallory', '{}')",
    "change a member": "UPDATE authority_member SET document = '{}' WHERE id = 'blue-badge'",
    "drop a member": "DELETE FROM authority_member",
    "mark a decision as done": "UPDATE office_decision SET applied_at = 1",
    "change a decision": "UPDATE office_decision SET reason = 'another'",
    "delete a decision": "DELETE FROM office_decision",
    "put a decision before another": (
        "INSERT INTO office_decision (id, organisation_id, state, reason, details, person_id, decided_at)"
        " VALUES (-1, 'x', 'admitted', 'x', '{}', 'x', 1)"
    ),
    "number decisions anew": "SELECT setval('office_decision_id_seq', 1, false)",
    "admit by a link": (
        "INSERT INTO authority_enrolment (digest, kind, member_id, admission, created_by, created_at,"
        " expires_at) VALUES ('x', 'service', 'mallory', '{}', 'operator', 1, 2)"
    ),
    "change whom a link admits": "UPDATE authority_enrolment SET admission = '{}', member_id = 'x'",
    "say that a decision was verified": "INSERT INTO authority_verified_decision VALUES ('x', 'x', 1)",
    "use a verified decision again": "UPDATE authority_verified_decision SET used_for = NULL",
    "take another document for a sign-in": "UPDATE office_confirmation SET document = '{}'",
    "hide that something is not confirmed": "DELETE FROM authority_not_confirmed",
    "say that a request was certified": "UPDATE authority_certificate_request SET state = 'certified'",
    "hand a proposal to another": "UPDATE authority_proposal SET organisation_id = 'x'",
    "delete a proposal": "DELETE FROM authority_proposal",
    "say that the tables are others": f"UPDATE {SCHEMA_VERSION} SET version_num = 'x'",
    "make a table": "CREATE TABLE mine (id integer)",
    "drop a table": "DROP TABLE office_session",
    "put a trigger on a table": "ALTER TABLE authority_member DISABLE TRIGGER ALL",
}


@pytest.fixture(scope="module")
def account(postgres_url: str) -> Iterator[Database]:
    """The office's account on a database of its own."""
    admin = Database(postgres_url)
    with admin.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA rights")
    account = Database(office_url(f"{postgres_url}?options=-csearch_path%3Drights"))
    yield account
    account.close()
    with admin.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA rights CASCADE")
    admin.close()


def test_every_table_says_what_the_office_may_do() -> None:
    assert len(TABLES.tables) == 20
    for table in TABLES.tables.values():
        assert rights_in(table).columns <= set(table.columns.keys()), table.name


def test_the_command_knows_every_table(tmp_path: Path) -> None:
    """In a process of its own, which imports no more than the command does."""
    database = Database(f"sqlite:///{tmp_path}/authority.sqlite")
    migrate(database, "authority")
    there = set(inspect(database.engine).get_table_names()) - {SCHEMA_VERSION}
    database.close()
    known = "import authority.cli; from authority.usecases.grant_office import TABLES; print(*TABLES.tables)"
    printed = subprocess.run([sys.executable, "-c", known], check=True, capture_output=True, text=True)
    assert set(printed.stdout.split()) == there


def test_a_table_that_says_nothing_has_no_place() -> None:
    other = MetaData()
    Table("authority_new", other, Column("id", Integer, primary_key=True))
    with pytest.raises(KeyError):
        create_grants(other, ROLE, schema="public")


@pytest.mark.postgres
@pytest.mark.parametrize("statement", FORGED.values(), ids=FORGED.keys())
def test_what_the_office_may_not_write(account: Database, statement: str) -> None:
    with account.engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(statement))
    assert getattr(refused.value.orig, "sqlstate", "") == "42501"  # insufficient_privilege


@pytest.mark.postgres
def test_it_owns_nothing_and_reads_every_table(account: Database) -> None:
    with account.engine.connect() as connection:
        owned = text("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert connection.execute(owned).scalar_one() == 0
    for name in inspect(account.engine).get_table_names():
        with account.reading() as session:
            session.connection().execute(text(f'SELECT count(*) FROM "{name}"'))


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_given_before_is_taken_away(database_url: str) -> None:
    account = Database(office_url(database_url))
    owner = Database(database_url)
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(f'GRANT ALL ON authority_member TO "{ROLE}"')
        connection.exec_driver_sql(f'GRANT UPDATE (applied_at) ON office_decision TO "{ROLE}"')
    office_url(database_url)
    for statement in (FORGED["drop a member"], FORGED["mark a decision as done"]):
        with account.engine.connect() as connection, pytest.raises(ProgrammingError):
            connection.execute(text(statement))
    account.close()
    owner.close()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_office_that_finds_older_tables_says_who_has_to_change_them(
    database_url: str, tmp_path: Path
) -> None:
    url, owner = office_url(database_url), Database(database_url)
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {SCHEMA_VERSION} SET version_num = 'authority0004'")
    account = Database(url)
    with pytest.raises(OperatorError, match="let the account to which they belong do it first"):
        migrate(account, "authority")
    account.close()
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {SCHEMA_VERSION}")
    office = Office(tmp_path, database=url)
    with pytest.raises(OperatorError, match="this account may not change them"), office:
        pass
    owner.close()


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_command_prints_it(network: Network, database_url: str) -> None:
    network.move_to(database_url)
    directory = ["--directory", str(network.directory)]
    printed = CliRunner().invoke(app, ["grants", *directory, "--role", 'o"x', "--schema", "s"])
    assert printed.stdout.strip() == create_grants(TABLES, 'o"x', schema="s")
    assert 'GRANT SELECT ON "s"."authority_member" TO "o""x";' in printed.stdout
    network.records.database.close()


def test_on_sqlite_there_are_no_accounts(network: Network) -> None:
    with pytest.raises(OperatorError, match="use PostgreSQL"):
        grant_office(network.records, ROLE, schema="public")
