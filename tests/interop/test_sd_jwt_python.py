"""PyPI `sd-jwt`, the reference implementation by RFC 9901's authors: it verifies ours, we verify its."""

import logging
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwcrypto.jwk import JWK
from jwcrypto.jws import InvalidJWSSignature
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from protocol.errors import SignatureError
from protocol.sd_jwt import (
    ExpectedBinding,
    Path,
    add_key_binding,
    create_sd_jwt,
    parse_key_binding,
    parse_sd_jwt,
    present_sd_jwt,
    verify_key_binding,
    verify_sd_jwt,
)
from tests.protocol.keys_for_tests import private_key, seeded_random, signing_key

TYP = "example+sd-jwt"
AUDIENCE, NONCE = "https://verifier.example", "nonce-1"
NOW = 1_800_000_000

CLAIMS: dict[str, Any] = {
    "iss": "https://issuer.example",
    "name": "Siân Ó Néill",
    "flags": [True, False, None],
    "numbers": {"int": 1, "float": 1.5, "big": 9007199254740991},
    "address": {"country": "GB", "lines": ["1 High St", "Caerdydd"], "postal_code": "CF10"},
}

SHAPES: dict[str, list[Path]] = {
    "nothing": [],
    "flat": [("name",), ("address",)],
    "nested": [("address", "postal_code"), ("numbers", "int")],
    "array elements": [("flags", 0), ("flags", 2), ("address", "lines", 1)],
    "recursive": [("address",), ("address", "lines"), ("address", "lines", 0), ("address", "country")],
}


def their_key(name: str) -> JWK:
    return JWK.from_pem(private_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def marked(value: Any, disclosable: list[Path], place: Path = ()) -> Any:
    """The claims in the library's own notation: what is disclosable is wrapped."""
    if isinstance(value, dict):
        return {
            (SDObj(name) if (*place, name) in disclosable else name): marked(
                member, disclosable, (*place, name)
            )
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [
            SDObj(marked(member, disclosable, (*place, index)))
            if (*place, index) in disclosable
            else marked(member, disclosable, (*place, index))
            for index, member in enumerate(value)
        ]
    return value


def ours(disclosable: list[Path], *, decoys: int = 0) -> str:
    claims = CLAIMS | {"cnf": {"jwk": signing_key("holder").public_key.to_jwk()}}
    return create_sd_jwt(
        claims,
        disclosable,
        signing_key=signing_key("issuer"),
        typ=TYP,
        random=seeded_random("salts"),
        decoys=decoys,
    )


def theirs(disclosable: list[Path], *, decoys: bool = False) -> str:
    logging.getLogger("sd_jwt").setLevel(logging.ERROR)
    issuance: str = SDJWTIssuer(
        marked(CLAIMS, disclosable),
        their_key("issuer"),
        JWK.from_json(their_key("holder").export_public()),
        add_decoy_claims=decoys,
    ).sd_jwt_issuance
    return issuance


def they_see(presentation: str) -> Any:
    bound = not presentation.endswith("~")
    verifier = SDJWTVerifier(
        presentation,
        lambda *_: their_key("issuer"),
        AUDIENCE if bound else None,
        NONCE if bound else None,
    )
    return {name: value for name, value in verifier.get_verified_payload().items() if name != "cnf"}


def we_see(presentation: str) -> Any:
    sd_jwt = parse_sd_jwt(presentation, expected_typ=TYP)
    claims = verify_sd_jwt(sd_jwt, signing_key("issuer").public_key).claims
    return {name: value for name, value in claims.items() if name != "cnf"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("decoys", [0, 2])
def test_they_verify_what_we_issue(shape: str, decoys: int) -> None:
    assert they_see(ours(SHAPES[shape], decoys=decoys)) == CLAIMS


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("decoys", [False, True])
def test_we_verify_what_they_issue(shape: str, decoys: bool) -> None:
    assert we_see(theirs(SHAPES[shape], decoys=decoys)) == CLAIMS


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("issue", [ours, theirs])
def test_both_see_the_same_in_our_presentation(shape: str, issue: Any) -> None:
    choices: list[list[Path]] = [
        [],
        [("name",)],
        [("address", "lines", 0)],
        [("flags", 0), ("address", "country")],
    ]
    for paths in choices:
        shown = present_sd_jwt(issue(SHAPES[shape]), paths=paths, expected_typ=TYP)
        bound = add_key_binding(
            shown, holder_key=signing_key("holder"), audience=AUDIENCE, nonce=NONCE, now=NOW
        )
        assert they_see(bound) == they_see(shown) == we_see(bound)


@pytest.mark.parametrize("issue", [ours, theirs])
def test_we_verify_their_presentation_and_key_binding(issue: Any) -> None:
    holder = SDJWTHolder(issue(SHAPES["recursive"]))
    holder.create_presentation({"address": {"lines": [True]}}, NONCE, AUDIENCE, their_key("holder"))
    presentation = holder.sd_jwt_presentation
    seen = we_see(presentation)
    assert seen["address"] == {"postal_code": "CF10", "lines": ["1 High St", "Caerdydd"]}
    parts = parse_sd_jwt(presentation, expected_typ=TYP).compact
    assert parts.key_binding_jwt is not None
    iat = int(holder.key_binding_jwt_payload["iat"])
    verify_key_binding(
        parse_key_binding(parts.key_binding_jwt),
        bound_part=parts.bound_part,
        holder_key=signing_key("holder").public_key,
        expected=ExpectedBinding(AUDIENCE, NONCE, now=iat, max_age=0, leeway=0),
    )


def test_both_refuse_a_changed_signature() -> None:
    jwt, rest = ours(SHAPES["flat"]).split("~", 1)
    changed = f"{jwt[:-8]}AAAAAAAA~{rest}"
    with pytest.raises(SignatureError):
        we_see(changed)
    with pytest.raises(InvalidJWSSignature):
        they_see(changed)
