"""What people read in the example's claims and questions, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

EXAMPLE = Path(__file__).parents[2] / "examples" / "blue_badge"
FILES = sorted([*(EXAMPLE / "claims").glob("*.yaml"), *(EXAMPLE / "questions").glob("*.yaml")])


def shown(value: Any) -> Iterator[str]:
    """Every text that stands in two languages."""
    if isinstance(value, list):
        for item in value:
            yield from shown(item)
    if isinstance(value, dict):
        if value.keys() == {"en", "cy"}:
            yield from value.values()
        for item in value.values():
            yield from shown(item)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_quotes_and_apostrophes_are_those_of_the_pages(file: Path) -> None:
    texts = list(shown(YAML(typ="safe", pure=True).load(file)))
    assert len(texts) > 5
    assert [text for text in texts if re.search(r"['\"]", text)] == []
