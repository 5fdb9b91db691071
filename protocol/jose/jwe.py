"""JWE in compact serialisation: direct ECDH-ES with AES-GCM (RFC 7516 §3.1, RFC 7518 §4.6 and §5.3).

jwcrypto does the cryptography. It also takes padding, non-canonical base64url, duplicate members and
compressed plaintexts, so `decrypt_jwe` takes the message apart strictly before jwcrypto sees it. The
ephemeral key and the initialisation vector are made inside jwcrypto: the one randomness that is no argument.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, NoReturn, Self

from cryptography.hazmat.primitives.asymmetric import ec
from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from protocol.encoding import b64url_decode, b64url_encode, json_dumps, json_object
from protocol.errors import BindingError, LocalError, MalformedError
from protocol.keys import PublicKey

ContentEncryption = Literal["A128GCM", "A256GCM"]

ECDH_ES: Final = "ECDH-ES"
CONTENT_ENCRYPTIONS: Final[frozenset[str]] = frozenset({"A128GCM", "A256GCM"})
MAX_BYTES: Final = 256 * 1024
MAX_HEADER_BYTES: Final = 4096
MAX_PARTY_BYTES: Final = 256
_IV_BYTES, _TAG_BYTES, _SCALAR_BYTES = 12, 16, 32
_CURVE: Final = ec.SECP256R1()


class DecryptionKey:
    """A P-256 private key for key agreement and its key identifier; nothing prints or copies the secret."""

    __slots__ = ("__private", "kid")
    kid: str

    def __init__(self, private_key: ec.EllipticCurvePrivateKey, *, kid: str) -> None:
        if not isinstance(private_key.curve, ec.SECP256R1):
            raise LocalError("a decryption key must be on P-256", code="bad_key")
        self.__private = private_key
        self.kid = kid

    @classmethod
    def generate(cls, kid: str) -> Self:
        """Make a new key."""
        return cls(ec.generate_private_key(_CURVE), kid=kid)

    @classmethod
    def from_secret_bytes(cls, secret: bytes) -> Self:
        """Take back what `to_secret_bytes` gave; raises LocalError."""
        if len(secret) < _SCALAR_BYTES:
            raise LocalError("not a decryption key", code="bad_key")
        try:
            scalar = int.from_bytes(secret[:_SCALAR_BYTES], "big")
            return cls(ec.derive_private_key(scalar, _CURVE), kid=secret[_SCALAR_BYTES:].decode("utf-8"))
        except ValueError:
            raise LocalError("not a decryption key", code="bad_key") from None

    def to_secret_bytes(self) -> bytes:
        """Give the private scalar (32 bytes) and the kid, to be kept only under a seal."""
        scalar = self.__private.private_numbers().private_value
        return scalar.to_bytes(_SCALAR_BYTES, "big") + self.kid.encode("utf-8")

    def public_jwk(self) -> dict[str, str]:
        """Give the public JWK with kid, use "enc" and alg "ECDH-ES" (RFC 7517 §4)."""
        public = PublicKey.from_cryptography(self.__private.public_key())
        return public.to_jwk() | {"kid": self.kid, "use": "enc", "alg": ECDH_ES}

    def _decrypt(self, compact: str, encryption: str, max_bytes: int) -> bytes:
        message = JWE(algs=[ECDH_ES, encryption])
        try:
            message.deserialize(compact)
            message.decrypt(JWK.from_pyca(self.__private), max_plaintext=max_bytes)
        except (JWException, ValueError, TypeError) as error:
            raise MalformedError("the message can't be decrypted", code="decryption_failed") from error
        plaintext: bytes = message.payload
        return plaintext

    def __repr__(self) -> str:
        return f"DecryptionKey(kid={self.kid!r})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a decryption key can't be copied or stored")


def encrypt_jwe(
    plaintext: bytes,
    recipient_jwk: Mapping[str, Any],
    *,
    enc: ContentEncryption,
    apu: bytes | None = None,
    apv: bytes | None = None,
) -> str:
    """Encrypt to a public JWK, whose kid is copied; raises MalformedError for a JWK that does not fit."""
    if enc not in CONTENT_ENCRYPTIONS:
        raise LocalError("the content encryption must be A128GCM or A256GCM")
    if not plaintext:  # jwcrypto would write it and not read it back
        raise LocalError("there is nothing to encrypt")
    recipient = PublicKey.from_jwk(recipient_jwk, expected_use="enc")
    header = {"alg": ECDH_ES, "enc": enc} | _kid(recipient_jwk) | _parties(apu, apv)
    message = JWE(plaintext, protected=json_dumps(header).decode("utf-8"), algs=[ECDH_ES, enc])
    message.add_recipient(JWK.from_pyca(recipient.to_cryptography()))
    compact: str = message.serialize(compact=True)
    return compact


def decrypt_jwe(
    compact: str,
    key: DecryptionKey,
    *,
    allowed_enc: Collection[str] = CONTENT_ENCRYPTIONS,
    max_bytes: int = MAX_BYTES,
) -> tuple[dict[str, Any], bytes]:
    """Give header and plaintext of a compact JWE; raises MalformedError, BindingError for another kid."""
    header = _parse_strictly(compact, allowed_enc=allowed_enc, max_bytes=max_bytes)
    if header.get("kid", key.kid) != key.kid:
        raise BindingError("the message is encrypted to another key", code="wrong_kid")
    return header, key._decrypt(compact, header["enc"], max_bytes)


def _parse_strictly(compact: str, *, allowed_enc: Collection[str], max_bytes: int) -> dict[str, Any]:
    if not isinstance(compact, str) or len(compact) > max_bytes:
        raise MalformedError("a JWE must be a string of bounded size", code="too_large")
    parts = compact.split(".")
    if len(parts) != 5:  # RFC 7516 §5.2 step 1
        raise MalformedError("a compact JWE has five parts", code="bad_jwe")
    header = json_object(b64url_decode(parts[0], max_bytes=MAX_HEADER_BYTES))  # §5.2 steps 2 to 4
    _check_header(header, allowed_enc)
    encrypted_key, iv, _ciphertext, tag = (b64url_decode(part, max_bytes=max_bytes) for part in parts[1:])
    if encrypted_key:  # RFC 7516 §5.2 step 10: empty in direct key agreement
        raise MalformedError("direct key agreement has no encrypted key", code="bad_jwe")
    if len(iv) != _IV_BYTES or len(tag) != _TAG_BYTES:  # RFC 7518 §5.3
        raise MalformedError("AES-GCM takes a 96-bit vector and a 128-bit tag", code="bad_jwe")
    return header


def _check_header(header: Mapping[str, Any], allowed_enc: Collection[str]) -> None:
    if header.get("alg") != ECDH_ES:
        raise MalformedError("the algorithm must be ECDH-ES", code="bad_algorithm")
    if header.get("enc") not in [name for name in CONTENT_ENCRYPTIONS if name in allowed_enc]:
        raise MalformedError("the content encryption is not one that was offered", code="bad_algorithm")
    if "crit" in header:  # RFC 7516 §4.1.13: we understand no extension, so any is refused
        raise MalformedError("critical header extensions are not understood", code="unknown_critical")
    if "zip" in header:  # RFC 7516 §4.1.3: never offered, and a small bomb makes a big plaintext
        raise MalformedError("compressed plaintexts are not accepted", code="compressed")
    PublicKey.from_jwk(header.get("epk"), expected_use="enc")  # RFC 7518 §4.6.1.1: a public key on our curve
    for name in ("apu", "apv"):  # RFC 7518 §4.6.1.2 and §4.6.1.3
        b64url_decode(header.get(name, ""), max_bytes=MAX_PARTY_BYTES)


def _kid(jwk: Mapping[str, Any]) -> dict[str, str]:
    kid = jwk.get("kid")
    if kid is None:
        return {}
    if not isinstance(kid, str):  # RFC 7517 §4.5
        raise MalformedError("kid must be a string", code="bad_key")
    return {"kid": kid}


def _parties(apu: bytes | None, apv: bytes | None) -> dict[str, str]:
    parties = {"apu": apu, "apv": apv}
    return {name: b64url_encode(value) for name, value in parties.items() if value is not None}
