from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import database_url, postgres_url
from tests.issuer.world import World as Department
from tests.issuer.world import make_registers
from tests.verifier.world import World as Verifier

__all__ = [
    "database_url",
    "department",
    "postgres_url",
    "registers",
    "stored_department",
    "stored_verifier",
    "verifier",
]


@pytest.fixture(scope="session")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_registers(tmp_path_factory.mktemp("registers"))


@pytest.fixture
def department(tmp_path: Path, registers: Path) -> Iterator[Department]:
    """A department on SQLite."""
    with Department(_fresh(tmp_path / "department"), registers) as running:
        yield running


@pytest.fixture
def stored_department(tmp_path: Path, registers: Path, database_url: str) -> Iterator[Department]:
    """A department on SQLite and on PostgreSQL."""
    with Department(_fresh(tmp_path / "department"), registers, database=database_url) as running:
        yield running


@pytest.fixture
def verifier(tmp_path: Path) -> Iterator[Verifier]:
    """Two services in one installation, on SQLite."""
    with Verifier(_fresh(tmp_path / "verifier")) as running:
        yield running


@pytest.fixture
def stored_verifier(tmp_path: Path, database_url: str) -> Iterator[Verifier]:
    """Two services in one installation, on SQLite and on PostgreSQL."""
    with ExitStack() as stack:
        world = Verifier(_fresh(tmp_path / "verifier"), database=database_url)
        yield stack.enter_context(world)


def _fresh(directory: Path) -> Path:
    directory.mkdir()
    return directory
