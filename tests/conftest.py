"""What tests of every part may use: the Blue Badge network, built once, running anew for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blue_badge import BlueBadge, Template, build_template


@pytest.fixture(scope="session")
def blue_badge_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return build_template(tmp_path_factory.mktemp("network") / "built")


@pytest.fixture
def blue_badge(blue_badge_template: Template, tmp_path: Path) -> Iterator[BlueBadge]:
    with BlueBadge(blue_badge_template, tmp_path / "network") as running:
        yield running
