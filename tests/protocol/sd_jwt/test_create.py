"""RFC 9901 §4.1 and §4.2, the issuer's side: what the payload shows and what it hides."""

import json
from typing import Any

import pytest

from protocol.encoding import b64url_decode
from protocol.errors import LocalError
from protocol.sd_jwt import Path, create_sd_jwt, parse_sd_jwt
from protocol.sd_jwt.disclosure import SALT_BYTES
from tests.protocol.keys_for_tests import seeded_random
from tests.protocol.sd_jwt.forging import ISSUER_KEY, TYP, verify

CLAIMS: dict[str, Any] = {
    "iss": "https://issuer.example",
    "family_name": "Ó Néill",
    "address": {"country": "GB", "postal_code": "BT1 5GS"},
    "nationalities": ["GB", "IE"],
    "degrees": [{"type": "BSc", "year": 2001}, {"type": "MSc", "year": 2003}],
}


def create(disclosable: list[Path], claims: dict[str, Any] | None = None, *, decoys: int = 0) -> str:
    return create_sd_jwt(
        CLAIMS if claims is None else claims,
        disclosable,
        signing_key=ISSUER_KEY,
        typ=TYP,
        random=seeded_random("salts"),
        decoys=decoys,
    )


def payload(compact: str) -> dict[str, Any]:
    return parse_sd_jwt(compact, expected_typ=TYP).unverified_payload


@pytest.mark.parametrize(
    "disclosable",
    [
        [],
        [("family_name",)],
        [("family_name",), ("address",), ("nationalities",), ("degrees",), ("iss",)],
        [("address", "postal_code")],
        [("address",), ("address", "postal_code"), ("address", "country")],
        [("nationalities", None)],
        [("nationalities", 1)],
        [("nationalities",), ("nationalities", None)],
        [("degrees", None, "year")],
        [("degrees",), ("degrees", None), ("degrees", 0, "year")],
    ],
)
@pytest.mark.parametrize("decoys", [0, 3])
def test_with_every_disclosure_the_claims_come_back(disclosable: list[Path], decoys: int) -> None:
    assert verify(create(disclosable, decoys=decoys)).claims == CLAIMS


def test_the_payload_shows_digests_only() -> None:
    compact = create([("family_name",), ("address", "postal_code"), ("nationalities", 0)])
    shown = json.dumps(payload(compact), ensure_ascii=False)
    for hidden in ("family_name", "Néill", "postal_code", "BT1", '"GB", "IE"'):
        assert hidden not in shown
    assert payload(compact)["_sd_alg"] == "sha-256"
    assert set(payload(compact)["nationalities"][0]) == {"..."}
    assert payload(compact)["nationalities"][1] == "IE"


def test_nothing_disclosable_leaves_no_trace_of_selective_disclosure() -> None:
    compact = create([], decoys=5)
    assert payload(compact) == CLAIMS
    assert compact.endswith("~")
    assert compact.count("~") == 1


def test_a_recursive_disclosure_hides_the_inner_one() -> None:
    compact = create([("address",), ("address", "postal_code")])
    assert len(payload(compact)["_sd"]) == 1
    opened = verify(compact)
    assert list(opened.disclosed) == [("address",), ("address", "postal_code")]
    assert "_sd" in opened.disclosed[("address",)].value


def test_digests_are_sorted_so_that_their_order_says_nothing() -> None:
    digests = payload(create([(name,) for name in CLAIMS]))["_sd"]
    assert digests == sorted(digests)
    assert len(digests) == len(CLAIMS)


def test_decoys_look_like_digests_and_are_added_to_each_group() -> None:
    shown = payload(create([("family_name",), ("address", "country"), ("nationalities", None)], decoys=3))
    assert len(shown["_sd"]) == 1 + 3
    assert len(shown["address"]["_sd"]) == 1 + 3
    assert len(shown["nationalities"]) == 2 + 3
    assert {len(digest) for digest in shown["_sd"]} == {43}
    assert len({*shown["_sd"], *shown["address"]["_sd"]}) == 8
    assert all("..." not in degree for degree in shown["degrees"])


def test_each_claim_has_its_own_salt_of_128_bits() -> None:
    salts = [
        disclosure.salt
        for disclosure in parse_sd_jwt(
            create([("nationalities", None), ("family_name",)]), expected_typ=TYP
        ).disclosures
    ]
    assert len(set(salts)) == 3
    assert {len(b64url_decode(salt)) for salt in salts} == {SALT_BYTES} == {16}


def test_the_same_claims_twice_share_no_digest() -> None:
    random = seeded_random("two")
    digests = [
        payload(create_sd_jwt(CLAIMS, [("family_name",)], signing_key=ISSUER_KEY, typ=TYP, random=random))[
            "_sd"
        ]
        for _ in range(2)
    ]
    assert digests[0] != digests[1]


@pytest.mark.parametrize(
    "path",
    [
        ("missing",),
        ("address", "missing"),
        ("family_name", "inner"),
        ("family_name", None),
        ("nationalities", 2),
        ("nationalities", -1),
        ("nationalities", "GB"),
        ("address", None),
        ("address", 0),
        ("degrees", None, "missing"),
        (None,),
    ],
)
def test_a_path_that_stands_for_no_claim(path: Path) -> None:
    with pytest.raises(LocalError) as caught:
        create([path])
    assert caught.value.code == "no_such_claim"


def test_the_whole_payload_can_not_be_disclosable() -> None:
    with pytest.raises(LocalError):
        create([()])


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
@pytest.mark.parametrize("place", ["top", "inside", "in an array"])
def test_a_claim_with_a_reserved_name(name: str, place: str) -> None:
    bad: dict[str, Any] = {name: "x"}
    places: dict[str, dict[str, Any]] = {"top": bad, "inside": {"a": bad}, "in an array": {"a": [[bad]]}}
    with pytest.raises(LocalError) as caught:
        create([], places[place])
    assert caught.value.code == "reserved_claim_name"


def test_a_reserved_name_inside_a_disclosed_value() -> None:
    with pytest.raises(LocalError):
        create([("a",)], {"a": {"b": {"_sd": []}}})


def test_the_claims_given_are_left_alone() -> None:
    before = json.dumps(CLAIMS)
    create([("address", "country"), ("nationalities", None)], decoys=2)
    assert json.dumps(CLAIMS) == before


def test_a_disclosure_shows_nothing_when_printed() -> None:
    (disclosure,) = parse_sd_jwt(create([("family_name",)]), expected_typ=TYP).disclosures
    assert "Néill" not in repr(disclosure)
    assert disclosure.salt not in repr(disclosure)
