"""Paths: what a pattern stands for, and which concrete paths it has to do with."""

import pytest

from protocol.sd_jwt.paths import Path, related, resolve

DOCUMENT = {"name": "A", "address": {"city": "B"}, "list": [{"x": 1}, {"x": 2}, {"y": 3}], "1": 0}


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        (("name",), [("name",)]),
        (("address", "city"), [("address", "city")]),
        (("list", None), [("list", 0), ("list", 1), ("list", 2)]),
        (("list", 1), [("list", 1)]),
        (("list", None, "x"), [("list", 0, "x"), ("list", 1, "x")]),
        (("missing",), []),
        (("list", 3), []),
        (("list", -1), []),
        (("list", "x"), []),
        (("address", 0), []),
        (("address", None), []),
        (("name", "city"), []),
        (("1",), [("1",)]),
    ],
)
def test_resolve(pattern: Path, places: list[Path]) -> None:
    assert list(resolve(DOCUMENT, pattern)) == places


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("a",), ("a",), True),
        (("a",), ("a", "b"), True),
        (("a", "b"), ("a",), True),
        (("a", "b"), ("a", "c"), False),
        (("a", 0), ("a", 1), False),
        (("a",), ("b",), False),
    ],
)
def test_related(one: Path, other: Path, expected: bool) -> None:
    assert related(one, other) is expected
