from pathlib import Path

import pytest

from tests.authority.network import Network
from tests.authority.proposals.world import World, create_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return create_world(Network(tmp_path / "authority").create())
