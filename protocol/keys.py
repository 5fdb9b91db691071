"""Keys for ES256 and nothing else: ECDSA on P-256 with SHA-256 (RFC 7518 §3.4), as JWK (RFC 7517).

A private key acts and is never seen: `SigningKey` is all that the rest of the project knows of it.
Signatures are verified by AWS-LC (decision 20); signing, certificates and key agreement are OpenSSL's.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Literal, NoReturn, Protocol, Self

from awscrt.crypto import EC
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate

from protocol.encoding import b64url_decode, b64url_encode, json_dumps
from protocol.errors import LocalError, MalformedError, SignatureError

ES256: Final = "ES256"
_CURVE: Final = ec.SECP256R1()
# hashlib hashes small messages faster than the signing library does, and both do it by OpenSSL.
_ECDSA: Final = ec.ECDSA(Prehashed(SHA256()))
_COORDINATE_CHARACTERS: Final = 43
# What stands before the uncompressed point in a P-256 key's SubjectPublicKeyInfo (RFC 5480 §2, §2.1.1.1).
_SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_ALGORITHM_OF_USE: Final = {"sig": ES256, "enc": "ECDH-ES"}
_REQUIRED_MEMBERS: Final = frozenset({"kty", "crv", "x", "y"})
# RFC 7518 §6.2.2, §6.3.2 and §6.4.1: members that carry a secret.
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# DER's ECDSA-Sig-Value (RFC 3279 §2.2.3) around r and s of 32 bytes whose first byte is not zero: what stands
# before r and before s, by whether the highest bit of each is set, which takes a zero byte in front.
_DER: Final = {
    (False, False): b"0D\x02 %b\x02 %b",
    (False, True): b"0E\x02 %b\x02!\0%b",
    (True, False): b"0E\x02!\0%b\x02 %b",
    (True, True): b"0F\x02!\0%b\x02!\0%b",
}


class PublicKey:
    """A P-256 public key, parsed and checked once; equal and hashed by its point."""

    __slots__ = ("_key", "_point")
    _key: Any  # awscrt.crypto.EC, which has no types
    _point: bytes

    def __init__(self, point: bytes) -> None:
        """Take an uncompressed point of 65 bytes (SEC 1 §2.3.3); raises MalformedError."""
        if len(point) != 65 or point[0] != 4:
            raise MalformedError("not an uncompressed P-256 point", code="bad_key")
        try:
            key = EC.new_key_from_der_data(_SPKI + point)
        except RuntimeError:
            raise MalformedError("the point is not on P-256", code="bad_key") from None
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_point", bytes(point))

    @classmethod
    def from_jwk(cls, jwk: object, *, expected_use: Literal["sig", "enc"] = "sig") -> Self:
        """Read a public EC JWK on P-256; raises MalformedError, also for a private member or another use."""
        if type(jwk) is not dict and not isinstance(jwk, Mapping):  # the second question is the dear one
            raise MalformedError("a JWK must be an object", code="bad_key")
        if jwk.keys() != _REQUIRED_MEMBERS:
            _check_further_members(jwk, expected_use)
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":  # RFC 7518 §6.2.1
            raise MalformedError("a JWK must be EC on P-256", code="bad_key")
        x, y = jwk.get("x"), jwk.get("y")
        if not isinstance(x, str) or not isinstance(y, str):
            raise MalformedError("a JWK's coordinates must be strings", code="bad_key")
        # RFC 7518 §6.2.1.2: the full size of a coordinate, 32 octets for P-256, which is 43 characters.
        if len(x) != _COORDINATE_CHARACTERS or len(y) != _COORDINATE_CHARACTERS:
            raise MalformedError("a P-256 coordinate has 32 bytes", code="bad_key")
        return cls(b"\x04" + b64url_decode(x) + b64url_decode(y))

    @classmethod
    def from_certificate(cls, certificate: Certificate) -> Self:
        """Read the subject's key of a certificate, which must be on P-256; raises MalformedError."""
        try:
            key = certificate.public_key()
        except ValueError:
            raise MalformedError("the certificate's key can't be read", code="bad_key") from None
        return cls.from_cryptography(key)

    @classmethod
    def from_cryptography(cls, key: object) -> Self:
        """Take a public key of the `cryptography` library, which must be on P-256; raises MalformedError."""
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise MalformedError("the key must be on P-256", code="bad_key")
        return cls(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def to_jwk(self) -> dict[str, str]:
        """Give the JWK's required members: kty, crv, x, y (RFC 7518 §6.2.1)."""
        x, y = b64url_encode(self._point[1:33]), b64url_encode(self._point[33:])
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def to_cryptography(self) -> ec.EllipticCurvePublicKey:
        """Give the same key for the `cryptography` library."""
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, self._point)

    def to_spki(self) -> bytes:
        """Give the SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7, RFC 5480 §2)."""
        return _SPKI + self._point

    def spki_sha256(self) -> bytes:
        """Give SHA-256 over the SubjectPublicKeyInfo: the key's name, whatever certificate it has."""
        return sha256(self.to_spki()).digest()

    def thumbprint(self) -> str:
        """Give the SHA-256 JWK thumbprint in base64url (RFC 7638 §3)."""
        # RFC 7638 §3.2 and §3.3: required members only, in lexicographic order, no white space.
        jwk = self.to_jwk()
        canonical = json_dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")})
        return b64url_encode(sha256(canonical).digest())

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check an ES256 signature, r and s of 32 bytes each (RFC 7518 §3.4); raises SignatureError."""
        if len(signature) != 64:
            raise SignatureError("an ES256 signature has 64 bytes")
        if self._key.verify(sha256(data).digest(), _to_der(signature)) is not True:
            raise SignatureError("the signature does not verify")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a public key does not change")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self._point == other._point

    def __hash__(self) -> int:
        return hash(self._point)

    def __repr__(self) -> str:
        return f"PublicKey({self.thumbprint()})"

    def __reduce__(self) -> tuple[type["PublicKey"], tuple[bytes]]:
        return PublicKey, (self._point,)


class SigningKey(Protocol):
    """A private key that signs and can't be seen: a file's, a token's or a cloud's."""

    @property
    def algorithm(self) -> str:
        """The JWS algorithm: always ES256."""
        ...

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Give the ES256 signature of `data`: r and s, 32 bytes each."""
        ...


class SoftwareSigningKey:
    """A P-256 private key in this process's memory; no way of printing, copying or storing it shows it."""

    __slots__ = ("__private", "public_key")
    public_key: PublicKey

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        if not isinstance(private_key.curve, ec.SECP256R1):
            raise LocalError("a signing key must be on P-256", code="bad_key")
        self.__private = private_key
        self.public_key = PublicKey.from_cryptography(private_key.public_key())

    @property
    def algorithm(self) -> str:
        """The JWS algorithm: always ES256."""
        return ES256

    def sign(self, data: bytes) -> bytes:
        """Give the ES256 signature of `data`: r and s, 32 bytes each (RFC 7518 §3.4)."""
        return _from_der(self.__private.sign(sha256(data).digest(), _ECDSA))

    def __repr__(self) -> str:
        return f"SoftwareSigningKey({self.public_key.thumbprint()})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a signing key can't be copied or stored")


def _check_further_members(jwk: Mapping[str, object], expected_use: Literal["sig", "enc"]) -> None:
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise MalformedError("a public JWK must not carry private members", code="private_key")
    if jwk.get("use", expected_use) != expected_use:  # RFC 7517 §4.2
        raise MalformedError("a JWK is for another use", code="bad_key")
    algorithm = _ALGORITHM_OF_USE[expected_use]
    if jwk.get("alg", algorithm) != algorithm:  # RFC 7517 §4.4
        raise MalformedError("a JWK is for another algorithm", code="bad_key")


def _to_der(signature: bytes) -> bytes:
    r, s = signature[:32], signature[32:]
    if not r[0] or not s[0]:  # shorter integers, once in 128 signatures
        return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    return _DER[r[0] > 127, s[0] > 127] % (r, s)


def _from_der(signature: bytes) -> bytes:
    # What our own library made is DER, so only the lengths differ.
    end = 4 + signature[3]
    return signature[4:end][-32:].rjust(32, b"\0") + signature[end + 2 :][-32:].rjust(32, b"\0")
