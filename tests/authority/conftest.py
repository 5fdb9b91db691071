from pathlib import Path

import pytest

from tests.authority.network import Network


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """An authority without members."""
    return Network(tmp_path / "authority").create()
