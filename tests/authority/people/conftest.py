from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authority.office_account import office_url
from tests.authority.people.office import Office
from tests.databases import database_url, postgres_url

__all__ = ["both", "database_url", "office", "postgres_url"]


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The office on SQLite and on PostgreSQL, there by its own account."""
    with Office(tmp_path, database=office_url(database_url)) as office:
        yield office


both = office  # where two do something at once, and the database decides
