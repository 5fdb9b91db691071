from collections.abc import Iterator

import pytest

from serving.database import Database
from tests.authority.enrolment.office import Office
from tests.authority.network import Network
from tests.authority.office_account import office_url
from tests.databases import database, database_url, postgres_url

__all__ = ["database", "database_url", "postgres_url"]


@pytest.fixture
def office(network: Network, database_url: str) -> Iterator[Office]:
    network.move_to(database_url)
    office = Office(network.fill(), Database(office_url(database_url)))
    yield office
    office.database.close()
    network.records.database.close()
