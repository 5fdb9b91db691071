"""Two libraries agree on what is a key and what is a signature: AWS-LC, which we verify by, and OpenSSL."""

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.errors import MalformedError, SignatureError
from protocol.keys import PublicKey
from tests.protocol.keys_for_tests import private_key, signing_key

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256: SEC 2 §2.4.2
FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
DATA = b"data"
KEY = signing_key("a key")
POINT = private_key("a key").public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

_MOST = 2**256 - 1
_EDGES = [0, ORDER // 2, ORDER, FIELD, _MOST]
_NEAR = st.tuples(st.sampled_from(_EDGES), st.integers(-3, 3)).map(sum)
_NUMBERS = (_NEAR | st.integers(0, _MOST)).filter(lambda one: 0 <= one <= _MOST)


def ours(key: PublicKey, r: int, s: int, data: bytes) -> bool:
    try:
        key.verify(r.to_bytes(32, "big") + s.to_bytes(32, "big"), data)
    except SignatureError:
        return False
    return True


def openssl(key: PublicKey, r: int, s: int, data: bytes) -> bool:
    try:
        key.to_cryptography().verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@given(_NUMBERS, _NUMBERS, st.binary())
def test_on_any_two_numbers(r: int, s: int, data: bytes) -> None:
    assert ours(KEY.public_key, r, s, data) == openssl(KEY.public_key, r, s, data)


@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1), st.booleans())
@example(1, 1, False)
@example(ORDER - 1, ORDER - 1, True)
def test_on_signatures_of_keys_that_are_chosen_after_them(low: int, nonce: int, negated: bool) -> None:
    """With s and the nonce given, there is one key that the signature is by: s can be any number."""
    digest = int.from_bytes(sha256(DATA).digest(), "big")
    r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x % ORDER
    private = (low * nonce - digest) * pow(r, -1, ORDER) % ORDER
    key = PublicKey.from_cryptography(ec.derive_private_key(private, ec.SECP256R1()).public_key())
    s = ORDER - low if negated else low  # which verifies just as well: ES256 does not ask for the smaller
    assert ours(key, r, s, DATA) is True
    assert openssl(key, r, s, DATA) is True
    assert ours(key, r, s, DATA + b"!") is openssl(key, r, s, DATA + b"!") is False


@given(st.integers(0, 511), st.binary(max_size=200))
def test_on_a_signature_with_one_bit_turned(bit: int, data: bytes) -> None:
    number = int.from_bytes(KEY.sign(data), "big") ^ 1 << bit
    r, s = divmod(number, 1 << 256)
    assert ours(KEY.public_key, r, s, data) is openssl(KEY.public_key, r, s, data) is False


@given(st.binary(min_size=65, max_size=65) | st.integers(0, 519).map(lambda bit: turned(POINT, bit)))
@example(b"\4" + bytes(64))
@example(b"\4" + FIELD.to_bytes(32, "big") * 2)
@example(POINT)
def test_on_what_is_a_key(point: bytes) -> None:
    try:
        expected = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        expected = None
    try:
        key = PublicKey(point)
    except MalformedError:
        assert expected is None or point[0] != 4
        return
    assert expected is not None
    assert key.to_cryptography() == expected
    assert key.to_spki() == expected.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def turned(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")
