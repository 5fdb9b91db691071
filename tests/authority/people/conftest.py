from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authority.office_account import office_url
from tests.authority.people.office import Office
from tests.databases import database_url, on_postgres, postgres_url

__all__ = ["both", "database_url", "office", "on_postgres", "postgres_url"]


@pytest.fixture
def office(tmp_path: Path, on_postgres: str) -> Iterator[Office]:
    """The office on PostgreSQL, by its own account; browsers and the demonstration have it on SQLite."""
    with Office(tmp_path, database=office_url(on_postgres)) as office:
        yield office


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """On SQLite, too: where two do something at once, and the database decides."""
    with Office(tmp_path, database=office_url(database_url)) as office:
        yield office
