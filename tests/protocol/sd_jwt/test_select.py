"""RFC 9901 §7.2: the holder shows what was asked for, and nothing else."""

from typing import Any

import pytest

from protocol.errors import MalformedError, UnsatisfiedError
from protocol.sd_jwt import Path, add_key_binding, create_sd_jwt, present_sd_jwt
from tests.protocol.keys_for_tests import seeded_random
from tests.protocol.sd_jwt.forging import HOLDER_KEY, ISSUER_KEY, TYP, digest, disclosure, sign, verify

CLAIMS: dict[str, Any] = {
    "iss": "https://issuer.example",
    "name": "A",
    "address": {"country": "GB", "postal_code": "CF10", "lines": ["1 High St", "Cardiff"]},
    "nationalities": ["GB", "IE", "FR"],
}
DISCLOSABLE: list[Path] = [
    ("name",),
    ("address",),
    ("address", "postal_code"),
    ("address", "lines", None),
    ("nationalities", None),
]


def credential() -> str:
    return create_sd_jwt(
        CLAIMS, DISCLOSABLE, signing_key=ISSUER_KEY, typ=TYP, random=seeded_random("salts"), decoys=2
    )


def shown(*paths: Path) -> dict[str, Any]:
    claims = verify(present_sd_jwt(credential(), paths=paths, expected_typ=TYP)).claims
    assert claims.pop("iss") == "https://issuer.example"
    return claims


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], {"nationalities": []}),
        ([("name",)], {"name": "A", "nationalities": []}),
        ([("iss",)], {"nationalities": []}),
        ([("address", "country")], {"address": {"country": "GB", "lines": []}, "nationalities": []}),
        (
            [("address", "postal_code")],
            {"address": {"country": "GB", "postal_code": "CF10", "lines": []}, "nationalities": []},
        ),
        (
            [("address", "lines", 1)],
            {"address": {"country": "GB", "lines": ["Cardiff"]}, "nationalities": []},
        ),
        ([("address",)], {"address": CLAIMS["address"], "nationalities": []}),
        ([("nationalities", 1)], {"nationalities": ["IE"]}),
        ([("nationalities", None)], {"nationalities": ["GB", "IE", "FR"]}),
        ([("nationalities",)], {"nationalities": ["GB", "IE", "FR"]}),
        ([("nationalities", 2), ("nationalities", 0)], {"nationalities": ["GB", "FR"]}),
    ],
)
def test_exactly_what_was_asked_for(paths: list[Path], expected: dict[str, Any]) -> None:
    assert shown(*paths) == expected


@pytest.mark.parametrize("path", [("missing",), ("address", "missing"), ("nationalities", 3), ("name", None)])
def test_a_claim_that_is_not_there(path: Path) -> None:
    with pytest.raises(UnsatisfiedError) as caught:
        shown(("name",), path)
    assert caught.value.code == "no_such_claim"


def test_indices_count_the_elements_that_the_holder_sees() -> None:
    """Another issuer may put a decoy before the element."""
    element = disclosure("salt", "IE")
    compact = sign({"nationalities": [{"...": digest("decoy")}, {"...": digest(element)}]}, [element])
    presented = present_sd_jwt(compact, paths=[("nationalities", 0)], expected_typ=TYP)
    assert verify(presented).claims == {"nationalities": ["IE"]}


def test_a_bound_presentation_is_not_presented_again() -> None:
    bound = add_key_binding(credential(), holder_key=HOLDER_KEY, audience="a", nonce="n", now=1)
    with pytest.raises(MalformedError) as caught:
        present_sd_jwt(bound, paths=[], expected_typ=TYP)
    assert caught.value.code == "unexpected_key_binding"


def test_a_bound_presentation_is_not_bound_again() -> None:
    bound = add_key_binding(credential(), holder_key=HOLDER_KEY, audience="a", nonce="n", now=1)
    with pytest.raises(MalformedError) as caught:
        add_key_binding(bound, holder_key=HOLDER_KEY, audience="a", nonce="n", now=1)
    assert caught.value.code == "unexpected_key_binding"
