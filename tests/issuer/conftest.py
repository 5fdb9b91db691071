from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.databases import database_url, postgres_url
from tests.issuer.world import World, make_registers

__all__ = ["database_url", "make_world", "postgres_url", "registers", "world"]

MakeWorld = Callable[..., World]


@pytest.fixture(scope="session")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_registers(tmp_path_factory.mktemp("registers"))


@pytest.fixture
def make_world(tmp_path: Path, registers: Path) -> Iterator[MakeWorld]:
    """Starts departments with settings of their own."""
    with ExitStack() as stack:

        def make(**changes: Any) -> World:
            return stack.enter_context(World(tmp_path, registers, **changes))

        yield make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()
