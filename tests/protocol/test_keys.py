"""Public keys are checked once; private keys can't be seen."""

import copy
import json
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import LocalError, MalformedError, SignatureError
from protocol.keys import PublicKey, SoftwareSigningKey
from tests.protocol.keys_for_tests import private_key, signing_key
from tests.vectors.reading import vectors

KEY = signing_key("a key")
JWK: dict[str, Any] = KEY.public_key.to_jwk()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256: SEC 2 §2.4.2
FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


def test_the_public_key_of_rfc7517_and_not_its_private_one() -> None:
    vector = vectors("jose/rfc7517-a1.json")
    key = PublicKey.from_jwk(vector["public"], expected_use="enc")
    assert key.to_jwk() == {name: vector["public"][name] for name in ("kty", "crv", "x", "y")}
    with pytest.raises(MalformedError) as caught:
        PublicKey.from_jwk(vector["public"] | vector["private_member"], expected_use="enc")
    assert caught.value.code == "private_key"


def test_the_thumbprint_of_rfc9449() -> None:
    vector = vectors("dpop/rfc9449.json")
    jwk = json.loads(b64url_decode(vector["proofs"][0]["proof"].split(".")[0]))["jwk"]
    assert PublicKey.from_jwk(jwk).thumbprint() == vector["jkt"]


def test_the_thumbprint_ignores_optional_members_and_order() -> None:
    shuffled = {"kid": "1", "use": "sig", **dict(reversed(JWK.items()))}
    assert PublicKey.from_jwk(shuffled).thumbprint() == KEY.public_key.thumbprint()


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_private_members_are_refused(member: str) -> None:
    with pytest.raises(MalformedError) as caught:
        PublicKey.from_jwk(JWK | {member: None})
    assert caught.value.code == "private_key"


X, Y = (int.from_bytes(b64url_decode(JWK[name]), "big") for name in ("x", "y"))


B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
#: The point of P-256 with x = 5: since p is 3 modulo 4, a square root is the (p + 1) / 4th power.
Y5 = pow(5**3 - 3 * 5 + B, (FIELD + 1) // 4, FIELD)


def number(value: int, length: int = 32) -> str:
    return b64url_encode(value.to_bytes(length, "big"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"kty": "RSA"}, id="other-type"),
        pytest.param({"kty": "ec"}, id="type-is-case-sensitive"),
        pytest.param({"crv": "P-384"}, id="other-curve"),
        pytest.param({"crv": "secp256k1"}, id="koblitz-curve"),
        pytest.param({"crv": None}, id="no-curve"),
        pytest.param({"x": JWK["y"], "y": JWK["x"]}, id="point-not-on-curve"),
        pytest.param({"x": number(0), "y": number(0)}, id="zero-point"),
        pytest.param({"x": number(FIELD)}, id="coordinate-outside-the-field"),
        pytest.param({"x": number(5 + FIELD), "y": number(Y5)}, id="coordinate-not-reduced"),
        pytest.param({"x": number(1, 31)}, id="short-coordinate"),
        pytest.param({"x": "AA" + JWK["x"]}, id="long-coordinate"),
        pytest.param({"x": JWK["x"] + "="}, id="padding"),
        pytest.param({"x": number(X >> 8, 31), "y": number(X % 256 << 256 | Y, 33)}, id="moved-boundary"),
        pytest.param({"x": 5}, id="coordinate-is-a-number"),
        pytest.param({"y": None}, id="no-y"),
        pytest.param({"use": "enc"}, id="for-encryption"),
        pytest.param({"alg": "ECDH-ES"}, id="for-key-agreement"),
        pytest.param({"alg": "ES384"}, id="for-another-algorithm"),
    ],
)
def test_jwks_that_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        PublicKey.from_jwk(JWK | change)


def test_a_point_with_a_small_coordinate_is_a_key() -> None:
    jwk = JWK | {"x": number(5), "y": number(Y5)}
    assert PublicKey.from_jwk(jwk).to_cryptography().public_numbers().x == 5


@pytest.mark.parametrize("jwk", [None, "text", [], 7, {}])
def test_a_jwk_is_an_object(jwk: object) -> None:
    with pytest.raises(MalformedError):
        PublicKey.from_jwk(jwk)


def test_a_signing_key_is_no_encryption_key() -> None:
    with pytest.raises(MalformedError):
        PublicKey.from_jwk(JWK | {"use": "sig"}, expected_use="enc")
    with pytest.raises(MalformedError):
        PublicKey.from_jwk(JWK | {"alg": "ES256"}, expected_use="enc")


@pytest.mark.parametrize("point", [b"", b"\x04" + bytes(63), b"\x02" + bytes(32), b"\x00" * 65, b"\x04" * 65])
def test_points_that_are_refused(point: bytes) -> None:
    with pytest.raises(MalformedError):
        PublicKey(point)


@pytest.mark.parametrize(
    "other",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["p384", "rsa"],
)
def test_only_p256_is_a_key(other: Any) -> None:
    with pytest.raises(MalformedError):
        PublicKey.from_cryptography(other.public_key())


def test_a_signature_verifies_over_its_data_only() -> None:
    signature = KEY.sign(b"data")
    assert len(signature) == 64
    KEY.public_key.verify(signature, b"data")
    with pytest.raises(SignatureError):
        KEY.public_key.verify(signature, b"Data")
    with pytest.raises(SignatureError):
        signing_key("another").public_key.verify(signature, b"data")


def with_zero(signature: bytes) -> bytes:
    return signature[:32] + b"\0" + signature[32:]


@pytest.mark.parametrize("at", range(64))
def test_every_byte_of_a_signature_counts(at: int) -> None:
    broken = bytearray(KEY.sign(b"data"))
    broken[at] ^= 1
    with pytest.raises(SignatureError):
        KEY.public_key.verify(bytes(broken), b"data")


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(64), id="zeros"),
        pytest.param(bytes(63), id="short"),
        pytest.param(bytes(65), id="long"),
        pytest.param(KEY.sign(b"data") + b"\0", id="something-after"),
        pytest.param(with_zero(KEY.sign(b"data")), id="zero-before-s"),
        pytest.param(ORDER.to_bytes(32, "big") * 2, id="the-order"),
        pytest.param(b"\xff" * 64, id="beyond-the-order"),
        pytest.param(private_key("a key").sign(b"data", ec.ECDSA(SHA256())), id="der"),
    ],
)
def test_signatures_that_are_none(signature: bytes) -> None:
    with pytest.raises(SignatureError):
        KEY.public_key.verify(signature, b"data")


def test_public_keys_are_values() -> None:
    same = PublicKey.from_jwk(JWK)
    assert same == KEY.public_key
    assert len({same, KEY.public_key, signing_key("another").public_key}) == 2
    assert same != JWK
    assert pickle.loads(pickle.dumps(same)) == same
    with pytest.raises(AttributeError):
        same._point = b""
    assert repr(same) == f"PublicKey({same.thumbprint()})"


def test_a_private_key_cant_be_seen_copied_or_stored() -> None:
    secret = f"{private_key('a key').private_numbers().private_value:x}"
    assert secret not in f"{KEY!r} {KEY} {dir(KEY)}"
    for way in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars):
        with pytest.raises(TypeError):
            way(KEY)


def test_a_signing_key_is_on_p256() -> None:
    assert KEY.algorithm == "ES256"
    with pytest.raises(LocalError):
        SoftwareSigningKey(ec.generate_private_key(ec.SECP384R1()))
