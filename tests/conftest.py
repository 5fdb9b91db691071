"""What tests of every part may use: the Blue Badge network, built once, running anew for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blue_badge import BlueBadge, Template, build_template
from tests.running import RunningNetwork, run_network


@pytest.fixture(scope="session")
def blue_badge_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return build_template(tmp_path_factory.mktemp("network") / "built")


@pytest.fixture
def blue_badge(blue_badge_template: Template, tmp_path: Path) -> Iterator[BlueBadge]:
    with BlueBadge(blue_badge_template, tmp_path / "network") as running:
        yield running


@pytest.fixture(scope="session")
def running_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """The whole network as real processes on http://localhost, for browsers."""
    with run_network(tmp_path_factory.mktemp("running")) as network:
        yield network


@pytest.fixture(scope="session")
def running_tls_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNetwork]:
    """The same over https with a development CA: other people's clients accept nothing else."""
    with run_network(tmp_path_factory.mktemp("running-tls"), tls=True) as network:
        yield network
