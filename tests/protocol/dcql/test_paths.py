"""OpenID4VP 1.0 §7: claims path pointers."""

from typing import Any

import pytest

from protocol.dcql import Path, covers, keep_only, overlaps, parse_path, resolve, select
from protocol.errors import MalformedError, UnsatisfiedError
from tests.vectors.reading import vectors

VECTORS = vectors("dcql/claims_path_pointers.json")
ARTHUR = VECTORS["claims"]


def test_number_of_vectors() -> None:
    assert [len(VECTORS[name]) for name in ("selects", "errors", "malformed")] == [8, 11, 9]


@pytest.mark.parametrize("case", VECTORS["selects"], ids=lambda case: str(case["path"]))
def test_selects(case: dict[str, Any]) -> None:
    assert select(ARTHUR, parse_path(case["path"])) == case["selects"]


@pytest.mark.parametrize("case", VECTORS["errors"], ids=lambda case: str(case["path"]))
def test_error(case: dict[str, Any]) -> None:
    with pytest.raises(UnsatisfiedError) as caught:
        select(ARTHUR, parse_path(case["path"]))
    assert caught.value.code == case["error"]


@pytest.mark.parametrize("path", VECTORS["malformed"], ids=str)
def test_malformed(path: object) -> None:
    with pytest.raises(MalformedError):
        parse_path(path)


def test_resolve_names_concrete_paths() -> None:
    found = resolve(ARTHUR, ("degrees", None, "type"))
    assert [path for path, _ in found] == [("degrees", 0, "type"), ("degrees", 1, "type")]


def test_elements_without_the_key_leave_the_selection() -> None:
    """§7.1.1 step 2.1: only an empty selection is an error."""
    assert select({"a": [{"b": 1}, {}]}, ("a", None, "b")) == [1]


def test_index_counts_as_in_the_credential_where_elements_are_withheld() -> None:
    claims = {"nationalities": ["Betelgeusian"]}
    withheld: dict[Path, frozenset[int]] = {("nationalities",): frozenset({0})}
    found = resolve(claims, ("nationalities", 1), withheld=withheld)
    assert found == [(("nationalities", 0), "Betelgeusian")]
    with pytest.raises(UnsatisfiedError):
        resolve(claims, ("nationalities", 0), withheld=withheld)


@pytest.mark.parametrize(
    ("granted", "asked", "expected"),
    [
        (("address",), ("address", "postal_code"), True),
        (("address", "postal_code"), ("address",), False),
        (("degrees", None), ("degrees", 0), True),
        (("degrees", 0), ("degrees", None), False),
        (("degrees", 0), ("degrees", 1), False),
        (("degrees", None), ("degrees", None, "type"), True),
        (("a", None), ("a", "b"), False),
        (("a",), ("b",), False),
    ],
)
def test_covers(granted: tuple[Any, ...], asked: tuple[Any, ...], expected: bool) -> None:
    assert covers(granted, asked) is expected


def test_overlaps() -> None:
    assert overlaps(("a",), ("a", "b"))
    assert overlaps(("a", 0), ("a", None))
    assert not overlaps(("a", 0), ("a", 1))
    assert not overlaps(("a", "0"), ("a", None))


def test_keep_only() -> None:
    kept = keep_only(ARTHUR, [("address", "locality"), ("degrees", 1, "type"), ("name",)])
    assert kept == {
        "name": "Arthur Dent",
        "address": {"locality": "Milliways"},
        "degrees": [{"type": "Master of Science"}],
    }


def test_a_long_array_is_no_trouble() -> None:
    """An issuer decides how long it is; comparing each path with each element would take minutes."""
    claims = {"licences": [{"number": number} for number in range(40_000)]}
    paths = [path for path, _ in resolve(claims, ("licences", None, "number"))]
    assert keep_only(claims, paths) == claims


def test_keep_only_keeps_nothing_unasked() -> None:
    assert keep_only(ARTHUR, []) == {}
    assert keep_only(ARTHUR, [("name", "first"), ("nationalities", 5), ("absent",)]) == {}
