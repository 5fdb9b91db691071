"""Words for people."""

import pytest

from protocol.sd_jwt_vc.type_metadata import parse_type_metadata
from tests.wallet.department import VCT
from tests.wallet.world import type_document
from wallet.holder.words import (
    Words,
    attribute_label,
    attribute_values,
    claim_description,
    claim_title,
    in_type_order,
    words_of,
)

METADATA = parse_type_metadata(type_document(), expected_vct=VCT)


def test_titles_in_both_languages() -> None:
    assert claim_title(METADATA, VCT) == Words(
        "8 points or more for moving around", "8 pwynt neu fwy am symud o gwmpas"
    )


def test_labels_in_both_languages() -> None:
    assert attribute_label(METADATA, ("birthdate",)) == Words("Date of birth", "Dyddiad geni")


def test_an_attribute_without_a_label_has_its_own_name() -> None:
    assert attribute_label(METADATA, ("address", "postal_code")) == Words(
        "address › postal code", "address › postal code"
    )
    assert attribute_label(None, ("birthdate",))["en"] == "birthdate"


def test_a_label_for_every_element_of_an_array() -> None:
    claims = [{"path": ["names", None], "display": [{"locale": "en", "label": "A name"}]}]
    metadata = parse_type_metadata(type_document(claims=claims), expected_vct=VCT)
    assert attribute_label(metadata, ("names", 3))["en"] == "A name"
    assert attribute_label(metadata, ("names", "first"))["en"] != "A name"
    assert attribute_label(metadata, ("names",))["en"] != "A name"


def test_values_stand_in_the_types_order() -> None:
    claims = [{"path": ["name"]}, {"path": ["address"]}, {"path": ["scores", None]}]
    metadata = parse_type_metadata(type_document(claims=claims), expected_vct=VCT)
    shuffled = attribute_values(
        {"other": "x", "scores": [8, 0], "address": {"town": "A", "postal_code": "Z"}, "name": "Ann"}
    )
    assert [path for path, _ in in_type_order(shuffled, metadata)] == [
        ("name",),
        ("address", "town"),
        ("address", "postal_code"),
        ("scores", 0),
        ("scores", 1),
        ("other",),
    ]
    assert in_type_order(shuffled, None) == shuffled


def test_values_are_taken_apart() -> None:
    claims = {
        "name": "Ann",
        "address": {"postal_code": "ZZ1 1AA"},
        "scores": [8, 0],
        "ok": True,
        "none": None,
    }
    assert attribute_values(claims) == [
        (("name",), "Ann"),
        (("address", "postal_code"), "ZZ1 1AA"),
        (("scores", 0), "8"),
        (("scores", 1), "0"),
        (("ok",), "true"),
        (("none",), "null"),
    ]
    assert attribute_values({}) == []


def test_an_object_with_nothing_shown_in_it_tells_nothing() -> None:
    assert attribute_values({"address": {}, "names": [], "name": "Ann"}) == [(("name",), "Ann")]
    assert attribute_values({"address": {"home": {}}}) == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"en": "a", "cy": "b"}, Words("a", "b")),
        ({"en-GB": "a", "cy-GB": "b"}, Words("a", "b")),
        ({"en": "a"}, Words("a", "a")),
        ({"cy": "b"}, Words("b", "b")),
        ({"fr": "c"}, Words("c", "c")),
        ({}, Words("", "")),
    ],
)
def test_words_by_language(texts: dict[str, str], expected: Words) -> None:
    assert words_of(texts) == expected


def test_a_description_may_be_missing() -> None:
    assert claim_description(METADATA) == Words("", "")
    described = parse_type_metadata(type_document(description="what it says"), expected_vct=VCT)
    assert claim_description(described)["cy"] == "what it says"
    assert claim_description(None)["en"] == ""
