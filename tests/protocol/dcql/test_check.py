"""OpenID4VP 1.0 §6.4, §8.1 and §8.6 on the service's side: nothing is taken on the wallet's word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from protocol.dcql import CheckedResponse, Path, check_response, parse_dcql_query
from protocol.encoding import b64url_encode
from protocol.errors import UnsatisfiedError
from tests.protocol.dcql.test_match import ALTERNATIVES, asking, authorities, query


@dataclass(frozen=True)
class Arrays:
    withheld: Mapping[Path, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """A presentation as verification leaves it."""

    vct: str = "urn:a"
    claims: Mapping[str, Any] = field(default_factory=lambda: {"family_name": "Davies", "vct": "urn:a"})
    disclosed: frozenset[Path] = frozenset({("family_name",)})
    authority_key_ids: tuple[bytes, ...] = ()
    holder_key: object | None = "key"
    payload: Arrays = Arrays()


NAME = {"path": ["family_name"]}


def checked(one: Any, **answers: Sequence[Shown]) -> CheckedResponse[Shown]:
    return check_response(one, answers)


def refused(one: Any, **answers: Sequence[Shown]) -> str:
    with pytest.raises(UnsatisfiedError) as caught:
        check_response(one, answers)
    return caught.value.code


def test_answer() -> None:
    response = checked(query(asking(claims=[NAME])), c1=[Shown()])
    (credential,) = response.by_query("c1")
    assert credential.claims == {"family_name": "Davies"}
    assert credential.extra == ()
    assert response.by_query("c2") == ()


def test_what_has_another_value_than_asked_was_not_asked() -> None:
    """§6.4.1: an element whose value does not match counts as one that is not there."""
    shown = Shown(claims={"badges": ["blue", "bus", "rail"]}, disclosed=frozenset({("badges", 1)}))
    response = checked(query(asking(claims=[{"path": ["badges", None], "values": ["blue"]}])), c1=[shown])
    assert response.credentials[0].claims == {"badges": ["blue"]}
    assert response.credentials[0].extra == (("badges", 1),)


def test_unknown_id() -> None:
    assert refused(query(asking()), c1=[Shown()], c9=[Shown()]) == "unknown_credential_id"


def test_nothing_presented() -> None:
    assert refused(query(asking())) == "credential_missing"
    assert refused(query(asking()), c1=[]) == "no_presentation"


def test_too_many_without_multiple() -> None:
    assert refused(query(asking()), c1=[Shown(), Shown()]) == "not_multiple"
    assert len(checked(query(asking(multiple=True)), c1=[Shown(), Shown()]).credentials) == 2


def test_wrong_credential_for_the_id() -> None:
    assert refused(query(asking()), c1=[Shown(vct="urn:b")]) == "wrong_credential_type"


def test_sd_jwt_for_another_format() -> None:
    mdoc = {"id": "c1", "format": "mso_mdoc", "meta": {"doctype_value": "urn:a"}}
    assert refused(query(mdoc), c1=[Shown()]) == "wrong_credential_type"


def test_missing_claim() -> None:
    assert refused(query(asking(claims=[{"path": ["birthdate"]}])), c1=[Shown()]) == "claim_missing"


def test_wrong_value() -> None:
    one = query(asking(claims=[{**NAME, "values": ["Jones"]}]))
    assert refused(one, c1=[Shown()]) == "value_mismatch"


def test_a_number_is_not_a_boolean() -> None:
    one = query(asking(claims=[{"path": ["over_65"], "values": [True]}]))
    assert refused(one, c1=[Shown(claims={"over_65": 1})]) == "value_mismatch"
    assert checked(one, c1=[Shown(claims={"over_65": True})])


def test_not_bound_to_a_holder() -> None:
    assert refused(query(asking()), c1=[Shown(holder_key=None)]) == "no_holder_binding"
    unbound = query(asking(require_cryptographic_holder_binding=False))
    assert checked(unbound, c1=[Shown(holder_key=None)])


def test_wrong_authority() -> None:
    one = query(asking(trusted_authorities=authorities(("aki", b64url_encode(b"key id")))))
    assert refused(one, c1=[Shown(authority_key_ids=(b"other",))]) == "wrong_authority"
    assert checked(one, c1=[Shown(authority_key_ids=(b"other", b"key id"))])


def test_claim_sets() -> None:
    claims = [{"id": "a", **NAME}, {"id": "b", "path": ["birthdate"]}]
    one = query(asking(claims=claims, claim_sets=[["a", "b"], ["a"]]))
    assert checked(one, c1=[Shown()])
    assert refused(query(asking(claims=claims, claim_sets=[["b"]])), c1=[Shown()]) == "claim_missing"


def test_what_was_not_asked_is_named_and_dropped() -> None:
    shown = Shown(
        claims={
            "family_name": "Davies",
            "birthdate": "1960-01-01",
            "address": {"postal_code": "x", "line": "y"},
        },
        disclosed=frozenset({("family_name",), ("birthdate",), ("address",), ("address", "line")}),
    )
    one = query(asking(claims=[NAME, {"path": ["address", "postal_code"]}]))
    (credential,) = checked(one, c1=[shown]).credentials
    assert credential.claims == {"family_name": "Davies", "address": {"postal_code": "x"}}
    assert credential.extra == (("address", "line"), ("birthdate",))


def test_array_index_where_elements_are_withheld() -> None:
    shown = Shown(
        claims={"nationalities": ["Irish"]},
        disclosed=frozenset({("nationalities", 0)}),
        payload=Arrays({("nationalities",): frozenset({0})}),
    )
    second = query(asking(claims=[{"path": ["nationalities", 1]}]))
    (credential,) = checked(second, c1=[shown]).credentials
    assert credential.claims == {"nationalities": ["Irish"]}
    assert credential.extra == ()
    assert refused(query(asking(claims=[{"path": ["nationalities", 0]}])), c1=[shown]) == "claim_missing"


EITHER: list[dict[str, Any]] = [{"options": [["c1"], ["c2", "c3"]]}, {"options": [["c4"]], "required": False}]
SETS = query(asking(), *(asking(query_id=f"c{n}") for n in (2, 3, 4)), sets=EITHER)


@pytest.mark.parametrize("ids", [["c1"], ["c2", "c3"], ["c1", "c4"], ["c2", "c3", "c4"]])
def test_sets_met(ids: list[str]) -> None:
    assert checked(SETS, **{one: [Shown()] for one in ids})


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        (["c2"], "credential_missing"),
        (["c4"], "credential_missing"),
        (["c1", "c2"], "extra_credential"),
        (["c1", "c2", "c3"], "extra_credential"),
    ],
)
def test_sets_not_met(ids: list[str], code: str) -> None:
    assert refused(SETS, **{one: [Shown()] for one in ids}) == code


def test_a_longer_option_may_be_chosen_over_a_shorter() -> None:
    one = query(asking(), asking(query_id="c2"), sets=[{"options": [["c1"], ["c1", "c2"]]}])
    assert checked(one, c1=[Shown()], c2=[Shown()])


def test_the_specifications_alternatives() -> None:
    rewards = Shown(vct="https://company.example/company_rewards", claims={"rewards_number": 7})
    assert refused(parse_dcql_query(ALTERNATIVES), nice_to_have=[rewards]) == "credential_missing"


def test_errors_say_nothing_of_the_person() -> None:
    with pytest.raises(UnsatisfiedError) as caught:
        check_response(query(asking(claims=[{**NAME, "values": ["Jones"]}])), {"c1": [Shown()]})
    assert "Davies" not in str(caught.value)
    assert "Jones" not in str(caught.value)
