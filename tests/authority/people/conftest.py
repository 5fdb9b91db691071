from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.authority.people.office import Office
from tests.databases import database_url, postgres_url

__all__ = ["both", "database_url", "office", "postgres_url"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path, database=f"sqlite:///{tmp_path}/office.sqlite") as office:
        yield office


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """The office on SQLite and on PostgreSQL."""
    with Office(tmp_path, database=database_url) as office:
        yield office
