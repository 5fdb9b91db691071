import pytest

from tests.authority.enrolment.office import Office
from tests.authority.network import Network
from tests.databases import database, database_url, postgres_url

__all__ = ["database", "database_url", "postgres_url"]


@pytest.fixture
def office(network: Network) -> Office:
    return Office(network.fill())
