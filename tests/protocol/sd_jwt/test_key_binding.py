"""RFC 9901 §4.3 and §7.3: a valid key binding, then one thing changed, signed again by the holder."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.encoding import b64url_encode, json_dumps
from protocol.errors import BindingError, MalformedError, RemoteError, SignatureError, ValidityError
from protocol.jose.jws import create_jws
from protocol.keys import SigningKey
from protocol.sd_jwt import (
    ExpectedBinding,
    add_key_binding,
    parse_key_binding,
    split_compact,
    verify_key_binding,
)
from protocol.sd_jwt.key_binding import sd_hash
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.sd_jwt.forging import HOLDER_KEY, digest, disclosure, sign

NOW = 1_800_000_000
NAME = disclosure("salt", "name", "A")
SD_JWT = sign({"_sd": [digest(NAME)]}, [NAME])
EXPECTED = ExpectedBinding(audience="x509_hash:abc", nonce="nonce-1", now=NOW, max_age=300, leeway=10)


def claims() -> dict[str, Any]:
    return {"iat": NOW, "aud": "x509_hash:abc", "nonce": "nonce-1", "sd_hash": sd_hash(SD_JWT)}


def bind(members: dict[str, Any], *, typ: str = "kb+jwt", key: SigningKey = HOLDER_KEY) -> str:
    return create_jws(members, key, typ=typ)


def verify(key_binding_jwt: str, *, bound_part: str = SD_JWT) -> None:
    verify_key_binding(
        parse_key_binding(key_binding_jwt),
        bound_part=bound_part,
        holder_key=HOLDER_KEY.public_key,
        expected=EXPECTED,
    )


def refused(key_binding_jwt: str, error: type[RemoteError], code: str) -> None:
    with pytest.raises(error) as caught:
        verify(key_binding_jwt)
    assert type(caught.value) is error
    assert caught.value.code == code


def test_what_the_holder_makes_verifies() -> None:
    bound = add_key_binding(SD_JWT, holder_key=HOLDER_KEY, audience="x509_hash:abc", nonce="nonce-1", now=NOW)
    parts = split_compact(bound)
    assert parts.bound_part == SD_JWT
    assert parts.key_binding_jwt is not None
    verify(parts.key_binding_jwt)


def test_the_valid_one_that_the_others_change() -> None:
    verify(bind(claims()))


def test_further_claims_are_ignored() -> None:
    verify(bind(claims() | {"extra": True, "exp": NOW + 60, "nbf": NOW - 60}))  # SD-JWT VC draft 13 §4.2


@pytest.mark.parametrize("iat", [NOW - 310, NOW + 10, NOW - 0.5])
def test_the_edges_of_the_window(iat: float) -> None:
    verify(bind(claims() | {"iat": iat}))


CHANGES: list[tuple[str, Any, type[RemoteError], str]] = [
    ("iat", NOW - 311, ValidityError, "key_binding_too_old"),
    ("iat", NOW + 11, ValidityError, "key_binding_from_future"),
    ("iat", NOW - 31_536_000, ValidityError, "key_binding_too_old"),
    ("iat", NOW + 31_536_000, ValidityError, "key_binding_from_future"),
    ("iat", str(NOW), MalformedError, "malformed_date"),
    ("iat", None, MalformedError, "malformed_date"),
    ("iat", True, MalformedError, "malformed_date"),
    ("aud", "x509_hash:other", BindingError, "wrong_aud"),
    ("aud", "", BindingError, "wrong_aud"),
    ("aud", ["x509_hash:abc"], MalformedError, "malformed_key_binding"),
    ("nonce", "nonce-2", BindingError, "wrong_nonce"),
    ("nonce", "nonce-1 ", BindingError, "wrong_nonce"),
    ("nonce", 1, MalformedError, "malformed_key_binding"),
    ("sd_hash", sd_hash(SD_JWT + NAME + "~"), BindingError, "wrong_sd_hash"),
    ("sd_hash", sd_hash(SD_JWT.split("~")[0] + "~"), BindingError, "wrong_sd_hash"),
    ("sd_hash", sd_hash(SD_JWT[:-1]), BindingError, "wrong_sd_hash"),
    ("sd_hash", None, MalformedError, "malformed_key_binding"),
    ("exp", NOW - 10, ValidityError, "expired"),
    ("nbf", NOW + 11, ValidityError, "not_yet_valid"),
    ("exp", "soon", MalformedError, "malformed_date"),
]


def test_the_list_is_complete() -> None:
    assert len(CHANGES) == 20


@pytest.mark.parametrize(("name", "value", "error", "code"), CHANGES, ids=range(len(CHANGES)))
def test_one_claim_changed(name: str, value: Any, error: type[RemoteError], code: str) -> None:
    refused(bind(claims() | {name: value}), error, code)


@pytest.mark.parametrize("name", ["iat", "aud", "nonce", "sd_hash"])
def test_one_claim_missing(name: str) -> None:
    members = claims()
    del members[name]
    refused(bind(members), MalformedError, "malformed_key_binding")


@pytest.mark.parametrize("typ", ["JWT", "jwt", "kb+jwt2", "dc+sd-jwt", "openid4vci-proof+jwt"])
def test_another_typ(typ: str) -> None:
    refused(bind(claims(), typ=typ), MalformedError, "bad_typ")


def test_the_issuer_can_not_sign_for_the_holder() -> None:
    refused(bind(claims(), key=signing_key("issuer")), SignatureError, "bad_signature")


def test_a_key_in_the_header_does_not_count() -> None:
    thief = signing_key("thief")
    forged = create_jws(claims(), thief, typ="kb+jwt", jwk=thief.public_key)
    refused(forged, SignatureError, "bad_signature")


def _with_header(header: dict[str, Any]) -> str:
    signing_input = f"{b64url_encode(json_dumps(header))}.{b64url_encode(json_dumps(claims()))}"
    return f"{signing_input}.{b64url_encode(HOLDER_KEY.sign(signing_input.encode()))}"


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.update(alg="none"),
        lambda header: header.update(alg="HS256"),
        lambda header: header.update(alg="ES384"),
        lambda header: header.pop("alg"),
        lambda header: header.pop("typ"),
        lambda header: header.update(crit=["exp"], exp=1),
    ],
)
def test_one_header_member_changed(change: Callable[[dict[str, Any]], Any]) -> None:
    header = {"alg": "ES256", "typ": "kb+jwt"}
    verify(_with_header(header))
    change(header)
    with pytest.raises(MalformedError):
        verify(_with_header(header))


def test_the_bytes_received_count_and_not_what_they_mean() -> None:
    """The same claims in another disclosure, or in another order, are another presentation."""
    other = disclosure("salt", "name", "B")
    for changed in (SD_JWT.replace(NAME, other), SD_JWT + other + "~"):
        with pytest.raises(BindingError) as caught:
            verify(bind(claims()), bound_part=changed)
        assert caught.value.code == "wrong_sd_hash"
