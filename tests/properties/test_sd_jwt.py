"""Selective disclosure over arbitrary claims: what is chosen is what is seen, and no byte can be changed."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import RemoteError
from protocol.sd_jwt import (
    Path,
    ProcessedPayload,
    create_sd_jwt,
    parse_sd_jwt,
    present_sd_jwt,
    verify_sd_jwt,
)
from protocol.sd_jwt.as_issued import WITHHELD, as_issued
from protocol.sd_jwt_vc import present_sd_jwt_vc, verify_presentation
from tests.protocol.keys_for_tests import seeded_random
from tests.protocol.sd_jwt.forging import ISSUER_KEY, TYP
from tests.protocol.sd_jwt_vc import department

NAMES = st.text(max_size=8).filter(lambda name: name not in {"_sd", "...", "_sd_alg"})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53), max_value=2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
CLAIMS = st.dictionaries(NAMES, VALUES, max_size=6)
EMPTY = object()


def every_place(value: Any, place: Path = ()) -> list[Path]:
    """Every concrete path in a document, the document itself left out."""
    members: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    places: list[Path] = []
    for component, member in members:
        places += [(*place, component), *every_place(member, (*place, component))]
    return places


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], list[Path], list[Path]]:
    """Claims, the paths to make disclosable, and the paths to show."""
    claims = draw(CLAIMS)
    places = every_place(claims)
    if not places:
        return claims, [], []
    chosen = st.lists(st.sampled_from(places), unique=True, max_size=8)
    return claims, draw(chosen), draw(chosen)


def what_should_be_seen(value: Any, place: Path, disclosable: list[Path], shown: list[Path]) -> Any:
    """A plain model: a disclosable place is seen if a path shown leads to it, through it or from above it."""
    if place in disclosable and not any(_related(place, path) for path in shown):
        return EMPTY
    if isinstance(value, dict):
        seen = {
            name: what_should_be_seen(member, (*place, name), disclosable, shown)
            for name, member in value.items()
        }
        return {name: member for name, member in seen.items() if member is not EMPTY}
    if isinstance(value, list):
        elements = [
            what_should_be_seen(member, (*place, index), disclosable, shown)
            for index, member in enumerate(value)
        ]
        return [element for element in elements if element is not EMPTY]
    return value


def _related(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def create(claims: dict[str, Any], disclosable: list[Path], *, decoys: int = 0) -> str:
    return create_sd_jwt(
        claims, disclosable, signing_key=ISSUER_KEY, typ=TYP, random=seeded_random("salts"), decoys=decoys
    )


def verify(compact: str) -> ProcessedPayload:
    return verify_sd_jwt(parse_sd_jwt(compact, expected_typ=TYP), ISSUER_KEY.public_key)


@given(documents(), st.integers(min_value=0, max_value=2))
@settings(deadline=None, max_examples=150)
def test_with_every_disclosure_the_claims_come_back(
    document: tuple[dict[str, Any], list[Path], list[Path]], decoys: int
) -> None:
    claims, disclosable, _ = document
    processed = verify(create(claims, disclosable, decoys=decoys))
    assert processed.claims == claims
    assert set(processed.disclosed) == set(disclosable)


@given(documents(), st.integers(min_value=0, max_value=2))
@settings(deadline=None, max_examples=200)
def test_what_is_chosen_is_what_is_seen(
    document: tuple[dict[str, Any], list[Path], list[Path]], decoys: int
) -> None:
    claims, disclosable, shown = document
    presentation = present_sd_jwt(create(claims, disclosable, decoys=decoys), paths=shown, expected_typ=TYP)
    assert verify(presentation).claims == what_should_be_seen(claims, (), disclosable, shown)


@given(documents())
@settings(deadline=None, max_examples=100)
def test_hidden_text_is_nowhere_in_a_presentation(
    document: tuple[dict[str, Any], list[Path], list[Path]],
) -> None:
    claims, disclosable, shown = document
    marked = {"secret": "a secret of many letters", **claims}
    presentation = present_sd_jwt(
        create(marked, [*disclosable, ("secret",)]),
        paths=[path for path in shown if path[0] != "secret"],
        expected_typ=TYP,
    )
    opened = parse_sd_jwt(presentation, expected_typ=TYP)
    assert "secret" not in str(opened.unverified_payload).replace("_sd", "")
    assert all("a secret of many letters" not in str(one.value) for one in opened.disclosures)


@given(documents())
@settings(deadline=None, max_examples=100)
def test_the_array_as_issued_has_its_length_again(
    document: tuple[dict[str, Any], list[Path], list[Path]],
) -> None:
    claims, disclosable, shown = document
    processed = verify(present_sd_jwt(create(claims, disclosable), paths=shown, expected_typ=TYP))
    issued = as_issued(processed)
    _check_lengths(issued.claims, claims)


def _check_lengths(issued: Any, original: Any) -> None:
    if issued is WITHHELD:
        return
    if isinstance(original, list):
        assert len(issued) == len(original)
        for mine, theirs in zip(issued, original, strict=True):
            _check_lengths(mine, theirs)
    elif isinstance(original, dict):
        for name in issued:
            _check_lengths(issued[name], original[name])


@cache
def a_presentation() -> str:
    return department.bind(
        present_sd_jwt_vc(department.issue(), paths=[("family_name",), ("address", "postal_code")])
    )


def check(presentation: str) -> None:
    verify_presentation(
        presentation,
        issuers=department.TRUST,
        expected_audience=department.AUDIENCE,
        expected_nonce=department.NONCE,
        now=department.NOW,
        leeway=0,
        max_kb_age=60,
    )


@given(st.data())
@settings(deadline=None, max_examples=400)
def test_no_character_can_be_changed(data: st.DataObject) -> None:
    presentation = a_presentation()
    check(presentation)
    position = data.draw(st.integers(min_value=0, max_value=len(presentation) - 1))
    characters = st.sampled_from("ABab01-_.~=+/ ") | st.characters(codec="utf-8")
    character = data.draw(characters.filter(lambda one: one != presentation[position]))
    with pytest.raises(RemoteError):
        check(presentation[:position] + character + presentation[position + 1 :])


def test_no_character_can_be_changed_anywhere() -> None:
    """Every position once, with a neighbour in the alphabet: also where only unused bits would change."""
    presentation = a_presentation()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for position, character in enumerate(presentation):
        other = alphabet[(alphabet.find(character) + 1) % len(alphabet)]
        with pytest.raises(RemoteError):
            check(presentation[:position] + other + presentation[position + 1 :])


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_no_part_can_be_dropped_repeated_or_moved(data: st.DataObject) -> None:
    parts = a_presentation().split("~")
    order = data.draw(st.lists(st.sampled_from(parts), min_size=1, max_size=len(parts) + 1))
    if order == parts:
        return
    with pytest.raises(RemoteError):
        check("~".join(order))


@given(st.text(max_size=300) | st.text(alphabet="~.ey", max_size=40))
@settings(deadline=None, max_examples=200)
def test_rubbish_is_refused_as_the_peers_fault(rubbish: str) -> None:
    with pytest.raises(RemoteError):
        check(rubbish)
