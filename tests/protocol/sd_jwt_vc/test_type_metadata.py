"""SD-JWT VC draft 13 §6, §8 and §9: reading a type's document, one thing wrong at a time."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from protocol.errors import MalformedError
from protocol.sd_jwt_vc.type_metadata import Disclosability, TypeMetadata, parse_type_metadata

VCT = "urn:pdx:claim:dwp:pip:1"


def document() -> dict[str, Any]:
    return {
        "vct": VCT,
        "name": "PIP",
        "display": [
            {"locale": "en", "name": "Moving around", "rendering": {"simple": {"background_color": "#fff"}}},
            {"locale": "cy", "name": "Symud o gwmpas", "description": "Disgrifiad"},
        ],
        "claims": [
            {
                "path": ["address", "postal_code"],
                "sd": "always",
                "mandatory": True,
                "svg_id": "postcode",
                "display": [{"locale": "en", "label": "Postcode"}, {"locale": "cy", "label": "Cod post"}],
            },
            {"path": ["list", None, 0]},
        ],
        "something_new": {"ignored": True},
    }


def parse(members: Any) -> TypeMetadata:
    return parse_type_metadata(json.dumps(members).encode(), expected_vct=VCT)


def test_everything() -> None:
    metadata = parse(document())
    assert (metadata.vct, metadata.name, metadata.description) == (VCT, "PIP", None)
    assert (metadata.extends, metadata.extends_integrity) == (None, None)
    assert metadata.display is not None
    english, welsh = metadata.display
    assert (english.locale, english.name) == ("en", "Moving around")
    assert english.rendering == {"simple": {"background_color": "#fff"}}
    assert (welsh.name, welsh.description, welsh.rendering) == ("Symud o gwmpas", "Disgrifiad", None)
    postcode, first = metadata.claims
    assert (postcode.path, postcode.sd) == (("address", "postal_code"), Disclosability.ALWAYS)
    assert (postcode.mandatory, postcode.svg_id) == (True, "postcode")
    assert postcode.display is not None
    assert [(one.locale, one.label) for one in postcode.display] == [("en", "Postcode"), ("cy", "Cod post")]
    assert first.path == ("list", None, 0)
    assert (first.sd, first.mandatory, first.display, first.svg_id) == (None, None, None, None)


def test_vct_alone_is_enough() -> None:
    metadata = parse({"vct": VCT})
    assert metadata.claims == ()
    assert metadata.display is None


def _set(**members: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda top: top.update(members)


def _claim(**members: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda top: top["claims"][0].update(members)


def _display(**members: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda top: top["display"][0].update(members)


def _label(**members: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda top: top["claims"][0]["display"][0].update(members)


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "name is a number": _set(name=1),
    "description is null": _set(description=None),
    "extends is a list": _set(extends=["urn:x"]),
    "extends#integrity is a number": _set(**{"extends#integrity": 1}),
    "display is an object": _set(display={}),
    "display holds text": _set(display=["en"]),
    "no locale": lambda top: top["display"][0].pop("locale"),
    "lang instead of locale": lambda top: top["display"][0].update(lang=top["display"][0].pop("locale")),
    "no name": lambda top: top["display"][0].pop("name"),
    "one locale twice": _display(locale="CY"),
    "rendering is text": _display(rendering="simple"),
    "claims is an object": _set(claims={}),
    "claims holds text": _set(claims=["name"]),
    "no path": lambda top: top["claims"][0].pop("path"),
    "path is empty": _claim(path=[]),
    "path is text": _claim(path="address"),
    "path holds a negative index": _claim(path=["list", -1]),
    "path holds true": _claim(path=["list", True]),
    "path holds a fraction": _claim(path=["list", 0.5]),
    "one path twice": _claim(path=["list", None, 0]),
    "mandatory is text": _claim(mandatory="true"),
    "sd is unknown": _claim(sd="sometimes"),
    "sd is true": _claim(sd=True),
    "svg_id starts with a digit": _claim(svg_id="1st"),
    "svg_id has a dash": _claim(svg_id="post-code"),
    "one svg_id twice": lambda top: top["claims"][1].update(svg_id="postcode"),
    "no label": lambda top: top["claims"][0]["display"][0].pop("label"),
    "one claim locale twice": _label(locale="cy"),
    "too many claims": _set(claims=[{"path": [str(number)]} for number in range(513)]),
}


def test_the_list_is_complete() -> None:
    assert len(CHANGES) == 29


@pytest.mark.parametrize("name", CHANGES)
def test_one_thing_wrong(name: str) -> None:
    members = document()
    CHANGES[name](members)
    with pytest.raises(MalformedError) as caught:
        parse(members)
    assert caught.value.code == "malformed_type_metadata"


@pytest.mark.parametrize("vct", ["urn:other", None, 1])
def test_another_type(vct: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(document() | {"vct": vct})
    assert caught.value.code == "wrong_type_metadata"


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b'{"vct":"a","vct":"a"}'])
def test_no_object(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_type_metadata(data, expected_vct="a")


def test_too_large() -> None:
    with pytest.raises(MalformedError) as caught:
        parse(document() | {"filling": "x" * 300_000})
    assert caught.value.code == "too_large"
