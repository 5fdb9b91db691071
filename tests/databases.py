"""An empty database for a test, of each kind that we support."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.database import Database
from tests.postgres import PostgresMissingError, running_postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    try:
        with running_postgres() as url:
            yield url
    except PostgresMissingError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database; on PostgreSQL each test has a schema of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/test.sqlite"
        return
    yield from _schema(request)


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgres)])
def on_postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    """As `database_url`, on PostgreSQL alone: for what SQLite has none of, such as rights."""
    yield from _schema(request)


def _schema(request: pytest.FixtureRequest) -> Iterator[str]:
    url = request.getfixturevalue("postgres_url")
    name = f"test_{abs(hash(request.node.nodeid))}"
    admin = Database(url)
    with admin.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    yield f"{url}?options=-csearch_path%3D{name}"
    with admin.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    admin.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
