"""The whole journey with every party's own process on a real PostgreSQL, a database for each."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from examples.blue_badge.journey import EXPECTED, Journey
from examples.blue_badge.network import parties
from tests.postgres import running_postgres
from tests.running import RunningNetwork, run_network

pytestmark = pytest.mark.postgres

WITH_DATABASE = (*parties.DEPARTMENTS, *parties.SERVICES)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    with running_postgres() as url:
        base = url.rpartition("/")[0] + "/"
        admin = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for party in WITH_DATABASE:
                connection.execute(text(f'CREATE DATABASE "{party}"'))
        admin.dispose()
        with run_network(tmp_path_factory.mktemp("postgresql"), database=base) as running:
            yield running


def test_the_whole_journey(network: RunningNetwork) -> None:
    said: list[str] = []
    report = Journey(network.network, said.append, network.processes.start).run()
    assert report.answers == EXPECTED, said
    assert report.is_right, said
    # but for the registers, and the newcomer, whose server has what `pdx join` gave it
    holders = sorted(path.parent.name for path in network.plan.home.glob("*/*.sqlite"))
    assert holders == ["registers"] * 3 + [parties.NEWCOMER]
