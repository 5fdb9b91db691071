"""RFC 9901 §4: where tildes must be and must not be."""

import pytest

from protocol.errors import MalformedError
from protocol.sd_jwt.compact import MAX_COMPACT, MAX_DISCLOSURES, join_compact, split_compact


def test_without_disclosures() -> None:
    parts = split_compact("jwt~")
    assert (parts.issuer_jwt, parts.disclosures, parts.key_binding_jwt) == ("jwt", (), None)
    assert parts.bound_part == "jwt~"


def test_with_disclosures() -> None:
    parts = split_compact("jwt~a~b~")
    assert (parts.disclosures, parts.key_binding_jwt, parts.bound_part) == (("a", "b"), None, "jwt~a~b~")


def test_with_key_binding() -> None:
    parts = split_compact("jwt~a~b~kb")
    assert (parts.disclosures, parts.key_binding_jwt, parts.bound_part) == (("a", "b"), "kb", "jwt~a~b~")


def test_joined_is_what_was_split() -> None:
    assert join_compact("jwt", ["a", "b"]) == "jwt~a~b~"
    assert join_compact("jwt", []) == "jwt~"


@pytest.mark.parametrize(
    "compact", ["", "jwt", "~", "~a~", "jwt~~", "jwt~~kb", "jwt~a~~", "jwt~a~~kb", "~~", "~kb"]
)
def test_a_part_is_missing(compact: str) -> None:
    with pytest.raises(MalformedError) as caught:
        split_compact(compact)
    assert caught.value.code == "malformed_sd_jwt"


def test_too_long() -> None:
    with pytest.raises(MalformedError) as caught:
        split_compact("a" * MAX_COMPACT + "~")
    assert caught.value.code == "too_long"


def test_too_many_disclosures() -> None:
    assert len(split_compact("jwt~" + "a~" * MAX_DISCLOSURES).disclosures) == MAX_DISCLOSURES
    with pytest.raises(MalformedError) as caught:
        split_compact("jwt~" + "a~" * (MAX_DISCLOSURES + 1))
    assert caught.value.code == "too_many_disclosures"
