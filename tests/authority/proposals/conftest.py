from pathlib import Path

import pytest

from tests.authority.network import Network
from tests.authority.proposals.world import World, create_world
from tests.databases import database_url, on_postgres, postgres_url

__all__ = ["database_url", "on_postgres", "postgres_url"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return create_world(Network(tmp_path / "authority").create())
