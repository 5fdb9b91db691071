"""The least that answers: fewer attributes first, then fewer claims, then the service's order."""

from typing import Any

import pytest

from protocol.dcql import Candidate, parse_dcql_query
from protocol.errors import UnsatisfiedError
from wallet.holder.selection import select_least

PERSON = {"family_name": "Hassan", "given_name": "Amira", "birthdate": "1979-03-14"}


def candidate(vct: str, key: str | None = None) -> Candidate:
    return Candidate(key=key or vct, format="dc+sd-jwt", vct=vct, claims={"vct": vct, **PERSON})


def credential(query_id: str, vct: str, *names: str) -> dict[str, Any]:
    claims = [{"path": [name]} for name in names]
    written: dict[str, Any] = {"id": query_id, "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}}
    return {**written, "claims": claims} if claims else written


def chosen(query: dict[str, Any], *candidates: Candidate) -> list[str]:
    return [match.query_id for match in select_least(parse_dcql_query(query), candidates)]


def test_fewer_attributes_before_the_services_order() -> None:
    query = {
        "credentials": [
            credential("a", "urn:a", "family_name", "birthdate"),
            credential("b", "urn:b", "family_name"),
        ],
        "credential_sets": [{"options": [["a"], ["b"]]}],
    }
    assert chosen(query, candidate("urn:a"), candidate("urn:b")) == ["b"]
    assert chosen(query, candidate("urn:a")) == ["a"]


def test_fewer_claims_where_as_much_is_told() -> None:
    query = {
        "credentials": [credential("a", "urn:a"), credential("b", "urn:b"), credential("c", "urn:c")],
        "credential_sets": [{"options": [["a", "b"], ["c"]]}],
    }
    held = [candidate(f"urn:{name}") for name in "abc"]
    assert chosen(query, *held) == ["c"]


def test_the_services_order_decides_between_equals() -> None:
    query = {
        "credentials": [credential("a", "urn:a"), credential("b", "urn:b")],
        "credential_sets": [{"options": [["b"], ["a"]]}],
    }
    assert chosen(query, candidate("urn:a"), candidate("urn:b")) == ["b"]


def test_sets_are_chosen_together() -> None:
    query = {
        "credentials": [credential("a", "urn:a", "family_name"), credential("b", "urn:b", "birthdate")],
        "credential_sets": [{"options": [["a"], ["b"]]}, {"options": [["b"]]}],
    }
    # b answers both sets, and showing it alone tells less than showing a as well
    assert chosen(query, candidate("urn:a"), candidate("urn:b")) == ["b"]


def test_an_optional_set_is_left_out_beside_a_required_one() -> None:
    query = {
        "credentials": [credential("a", "urn:a"), credential("b", "urn:b")],
        "credential_sets": [{"options": [["a"]]}, {"options": [["b"]], "required": False}],
    }
    assert chosen(query, candidate("urn:a"), candidate("urn:b")) == ["a"]


def test_where_all_is_optional_the_first_that_can_be_met() -> None:
    query = {
        "credentials": [credential("a", "urn:a"), credential("b", "urn:b")],
        "credential_sets": [{"options": [[one]], "required": False} for one in ("a", "b")],
    }
    assert chosen(query, candidate("urn:b")) == ["b"]


def test_where_all_is_optional_and_nothing_is_held() -> None:
    query = {
        "credentials": [credential("a", "urn:a")],
        "credential_sets": [{"options": [["a"]], "required": False}],
    }
    with pytest.raises(UnsatisfiedError):
        chosen(query)


def test_many_options_are_bounded() -> None:
    names = [f"c{number}" for number in range(8)]
    query = {
        "credentials": [credential(name, "urn:a") for name in names],
        "credential_sets": [{"options": [[name] for name in names]} for _ in range(12)],
    }
    assert chosen(query, candidate("urn:a")) == ["c0"]
