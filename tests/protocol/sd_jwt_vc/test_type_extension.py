"""Types that extend types: SD-JWT VC draft 13 §6.4, §8.2, §9.5, §10.3."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from protocol.errors import MalformedError
from protocol.sd_jwt_vc.integrity import create_integrity
from protocol.sd_jwt_vc.type_extension import MAX_CHAIN, load_type_metadata
from protocol.sd_jwt_vc.type_metadata import ClaimMetadata, Disclosability, TypeMetadata
from tests.vectors.reading import vectors

Documents = Mapping[str, dict[str, Any]]


def load(documents: Documents, vct: str, *, integrity: str | None = None) -> TypeMetadata:
    encoded = {name: json.dumps({"vct": name} | members).encode() for name, members in documents.items()}
    return load_type_metadata(vct, integrity=integrity, load=encoded.__getitem__)


def claim(path: list[Any], **members: Any) -> dict[str, Any]:
    return {"path": path} | members


def by_path(metadata: TypeMetadata) -> dict[Any, ClaimMetadata]:
    return {one.path: one for one in metadata.claims}


def refused(documents: Documents, vct: str, code: str, **options: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        load(documents, vct, **options)
    assert caught.value.code == code


def test_the_drafts_example() -> None:
    example = vectors("sd_jwt_vc/draft13.json")["extending"]
    base, child = example["base"], example["child"]
    merged = load({base["vct"]: base, child["vct"]: child}, child["vct"])
    result = [
        {
            "path": list(one.path),
            "display": [{"label": d.label, "locale": d.locale} for d in one.display or ()],
        }
        for one in merged.claims
    ]
    assert result == example["result"]["claims"]
    assert merged.vct == child["vct"]


def test_a_child_adds_to_what_it_inherits_and_drops_nothing() -> None:
    documents: Documents = {
        "base": {"claims": [claim(["a"], mandatory=True, sd="always", svg_id="a")]},
        "child": {
            "extends": "base",
            "claims": [claim(["a"], display=[{"locale": "en", "label": "A"}]), claim(["b"], sd="never")],
        },
    }
    merged = by_path(load(documents, "child"))
    assert (merged["a",].mandatory, merged["a",].sd, merged["a",].svg_id) == (
        True,
        Disclosability.ALWAYS,
        "a",
    )
    assert merged["a",].display is not None
    assert merged["b",].sd is Disclosability.NEVER


def test_display_is_inherited_whole_or_not_at_all() -> None:
    english, welsh = {"locale": "en", "name": "Base"}, {"locale": "cy", "name": "Plentyn"}
    base = {"display": [english]}
    inherited = load({"base": base, "child": {"extends": "base"}}, "child").display
    assert inherited is not None
    assert [one.name for one in inherited] == ["Base"]
    own = load({"base": base, "child": {"extends": "base", "display": [welsh]}}, "child").display
    assert own is not None
    assert [one.name for one in own] == ["Plentyn"]


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ({"sd": "always"}, {"sd": "never"}),
        ({"sd": "never"}, {"sd": "always"}),
        ({"sd": "always"}, {"sd": "allowed"}),
        ({"sd": "never"}, {"sd": "allowed"}),
        ({"mandatory": True}, {"mandatory": False}),
    ],
)
def test_a_child_can_not_loosen(parent: dict[str, Any], child: dict[str, Any]) -> None:
    documents: Documents = {
        "base": {"claims": [claim(["a"], **parent)]},
        "middle": {"extends": "base"},
        "child": {"extends": "middle", "claims": [claim(["a"], **child)]},
    }
    refused(documents, "child", "type_loosened")


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ({"sd": "allowed"}, {"sd": "never"}),
        ({}, {"sd": "always"}),
        ({"mandatory": False}, {"mandatory": True}),
        ({"sd": "always"}, {"sd": "always"}),
    ],
)
def test_a_child_can_tighten(parent: dict[str, Any], child: dict[str, Any]) -> None:
    documents: Documents = {
        "base": {"claims": [claim(["a"], **parent)]},
        "child": {"extends": "base", "claims": [claim(["a"], **child)]},
    }
    merged = by_path(load(documents, "child"))["a",]
    assert merged.sd == child.get("sd")
    assert merged.mandatory == child.get("mandatory")


def test_a_type_that_extends_itself() -> None:
    refused({"a": {"extends": "a"}}, "a", "circular_type")


def test_a_circle_of_types() -> None:
    refused({"a": {"extends": "b"}, "b": {"extends": "c"}, "c": {"extends": "b"}}, "a", "circular_type")


def chain(length: int) -> dict[str, dict[str, Any]]:
    return {str(n): {"extends": str(n + 1)} if n < length else {} for n in range(1, length + 1)}


def test_the_longest_chain() -> None:
    assert load(chain(MAX_CHAIN), "1").vct == "1"
    refused(chain(MAX_CHAIN + 1), "1", "type_chain_too_long")


def test_integrity_all_the_way() -> None:
    base = json.dumps({"vct": "base"}).encode()
    child = {"extends": "base", "extends#integrity": create_integrity(base)}
    own = create_integrity(json.dumps({"vct": "child"} | child).encode())
    assert load({"base": {}, "child": child}, "child", integrity=own).extends == "base"
    refused({"base": {"name": "changed"}, "child": child}, "child", "integrity_mismatch", integrity=own)
    refused({"base": {}, "child": child | {"name": "x"}}, "child", "integrity_mismatch", integrity=own)


def test_a_document_of_another_type() -> None:
    documents = {
        "child": json.dumps({"vct": "child", "extends": "base"}).encode(),
        "base": b'{"vct":"other"}',
    }
    with pytest.raises(MalformedError) as caught:
        load_type_metadata("child", integrity=None, load=documents.__getitem__)
    assert caught.value.code == "wrong_type_metadata"


def test_a_document_that_can_not_be_had() -> None:
    with pytest.raises(KeyError):
        load({"child": {"extends": "base"}}, "child")
