"""A credential against its type: SD-JWT VC draft 13 §9, draft 18 §4.6."""

import json
from typing import Any

import pytest

from protocol.errors import MalformedError
from protocol.sd_jwt import Path, ProcessedPayload, create_sd_jwt, present_sd_jwt
from protocol.sd_jwt_vc.type_check import check_against_type
from protocol.sd_jwt_vc.type_metadata import TypeMetadata, parse_type_metadata
from tests.protocol.keys_for_tests import seeded_random
from tests.protocol.sd_jwt.forging import ISSUER_KEY, TYP, digest, disclosure, sign, verify
from tests.vectors.reading import vectors

DRAFT = vectors("sd_jwt_vc/draft13.json")
#: What the draft's type asks for: never and always, one inside the other.
DRAFT_DISCLOSABLE: list[Path] = [
    ("name",),
    ("address",),
    ("address", "street_address"),
    ("degrees", None),
    ("degrees", None, "date_awarded"),
]


def metadata(*claims: dict[str, Any]) -> TypeMetadata:
    return parse_type_metadata(json.dumps({"vct": "urn:x", "claims": claims}).encode(), expected_vct="urn:x")


DRAFT_TYPE = parse_type_metadata(
    json.dumps(DRAFT["type_metadata"]).encode(), expected_vct=DRAFT["type_metadata"]["vct"]
)


def issue(claims: dict[str, Any], disclosable: list[Path], *, decoys: int = 0) -> str:
    return create_sd_jwt(
        claims, disclosable, signing_key=ISSUER_KEY, typ=TYP, random=seeded_random("s"), decoys=decoys
    )


def held(claims: dict[str, Any], disclosable: list[Path]) -> ProcessedPayload:
    return verify(issue(claims, disclosable))


def refused(
    payload: ProcessedPayload, type_metadata: TypeMetadata, code: str, *, complete: bool = True
) -> None:
    with pytest.raises(MalformedError) as caught:
        check_against_type(payload, type_metadata, complete=complete)
    assert caught.value.code == code


def test_the_drafts_example() -> None:
    check_against_type(held(DRAFT["payload"], DRAFT_DISCLOSABLE), DRAFT_TYPE, complete=True)


@pytest.mark.parametrize(
    "paths",
    [
        [],
        [("name",)],
        [("address", "city")],
        [("address", "street_address")],
        [("degrees", 1, "field_of_study")],
        [("degrees", 0, "date_awarded"), ("degrees", 2)],
    ],
)
def test_every_choice_of_the_drafts_example(paths: list[Path]) -> None:
    compact = issue(DRAFT["payload"], DRAFT_DISCLOSABLE, decoys=2)
    shown = verify(present_sd_jwt(compact, paths=paths, expected_typ=TYP))
    check_against_type(shown, DRAFT_TYPE, complete=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda paths: paths.remove(("name",)),
        lambda paths: paths.remove(("address", "street_address")),
        lambda paths: paths.append(("degrees",)),
        lambda paths: paths.remove(("degrees", None)),
        lambda paths: paths.append(("degrees", None, "field_of_study")),
        lambda paths: paths.append(("degrees", 1, "field_of_study")),
        lambda paths: paths.remove(("degrees", None, "date_awarded")),
    ],
)
def test_the_drafts_example_with_one_rule_broken(change: Any) -> None:
    disclosable = list(DRAFT_DISCLOSABLE)
    change(disclosable)
    refused(held(DRAFT["payload"], disclosable), DRAFT_TYPE, "sd_rule_broken")


MANDATORY = metadata({"path": ["a"], "mandatory": True})
MANDATORY_OPEN = metadata({"path": ["a"], "mandatory": True, "sd": "never"})


def test_a_holder_sees_that_a_mandatory_claim_is_missing() -> None:
    check_against_type(held({"a": 1}, []), MANDATORY, complete=True)
    check_against_type(held({"a": 1}, [("a",)]), MANDATORY, complete=True)
    refused(held({"b": 1}, []), MANDATORY, "mandatory_claim_missing")


def test_a_verifier_does_not_take_silence_for_a_missing_claim() -> None:
    hidden = verify(present_sd_jwt(issue({"a": 1}, [("a",)]), paths=[], expected_typ=TYP))
    check_against_type(hidden, MANDATORY, complete=False)


def test_a_verifier_misses_a_claim_that_could_not_be_hidden() -> None:
    refused(held({"b": 1}, []), MANDATORY_OPEN, "mandatory_claim_missing", complete=False)


def test_a_mandatory_claim_inside_a_hidden_one() -> None:
    rule = metadata({"path": ["outer", "a"], "mandatory": True, "sd": "never"})
    hidden = verify(present_sd_jwt(issue({"outer": {"a": 1}}, [("outer",)]), paths=[], expected_typ=TYP))
    check_against_type(hidden, rule, complete=False)
    refused(held({"outer": {"b": 1}}, [("outer",)]), rule, "mandatory_claim_missing", complete=False)


def test_an_empty_array_has_no_mandatory_element() -> None:
    refused(
        held({"list": []}, []),
        metadata({"path": ["list", None], "mandatory": True}),
        "mandatory_claim_missing",
    )


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        (["a", "b"], {"a": "text"}),
        (["a", "b"], {"a": [1]}),
        (["a", None], {"a": {"b": 1}}),
        (["a", 0], {"a": {"0": 1}}),
        (["a", None, "b"], {"a": [{"b": 1}, "text"]}),
    ],
)
def test_a_path_that_does_not_fit(path: list[Any], claims: dict[str, Any]) -> None:
    refused(held(claims, []), metadata({"path": path}), "type_path_mismatch")


def test_a_path_to_nothing_says_nothing() -> None:
    rules = metadata({"path": ["a", "b"], "sd": "always"}, {"path": ["list", 7], "sd": "never"})
    check_against_type(held({"a": {}, "list": [1]}, []), rules, complete=True)


def test_indices_count_the_array_as_issued() -> None:
    """The second element is shown, the first withheld: a rule for the first must not hit the second."""
    second = disclosure("salt", "open to see")
    shown = verify(sign({"list": [{"...": digest("withheld")}, {"...": digest(second)}, "open"]}, [second]))
    check_against_type(
        shown,
        metadata(
            {"path": ["list", 0], "sd": "always"},
            {"path": ["list", 1], "sd": "always"},
            {"path": ["list", 2], "sd": "never"},
        ),
        complete=False,
    )
    refused(shown, metadata({"path": ["list", 0], "sd": "never"}), "sd_rule_broken", complete=False)
    refused(shown, metadata({"path": ["list", 2], "sd": "always"}), "sd_rule_broken", complete=False)


def test_to_a_holder_what_is_missing_is_a_decoy() -> None:
    """Draft 13 §9.1: paths count as if everything were disclosed, so decoys are not there at all."""
    decoy = {"...": digest("decoy")}
    open_array = verify(sign({"l": [decoy, "a"]}))
    check_against_type(open_array, metadata({"path": ["l", None], "sd": "never"}), complete=True)
    check_against_type(open_array, metadata({"path": ["l", 0], "sd": "never"}), complete=True)
    only_a_decoy = verify(sign({"l": [decoy]}))
    refused(only_a_decoy, metadata({"path": ["l", None], "mandatory": True}), "mandatory_claim_missing")


def test_what_is_inside_a_withheld_element_is_unknown() -> None:
    shown = verify(sign({"list": [{"...": digest("withheld")}]}))
    rule = metadata({"path": ["list", None, "a"], "mandatory": True, "sd": "never"})
    check_against_type(shown, rule, complete=False)


def test_a_disclosed_outer_claim_does_not_make_the_inner_one_disclosable() -> None:
    rule = metadata({"path": ["outer", "a"], "sd": "always"})
    refused(held({"outer": {"a": 1}}, [("outer",)]), rule, "sd_rule_broken")
