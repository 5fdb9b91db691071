"""Lets the `cryptography` library sign certificates through a `SigningKey`: keys stay where they are."""

from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

from protocol.errors import LocalError
from protocol.keys import SigningKey


class CertificateSigner(ec.EllipticCurvePrivateKey):
    """A `SigningKey` in the form in which the library's certificate builders take one."""

    def __init__(self, key: SigningKey) -> None:
        self._signing_key = key

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve: P-256."""
        return ec.SECP256R1()

    @property
    def key_size(self) -> int:
        """The key's size in bits."""
        return 256

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._signing_key.public_key.to_cryptography()

    def sign(
        self,
        data: "bytes | bytearray | memoryview[int]",
        signature_algorithm: ec.EllipticCurveSignatureAlgorithm,
    ) -> bytes:
        """Give a DER signature over `data` with ECDSA and SHA-256."""
        digest: Prehashed | HashAlgorithm = signature_algorithm.algorithm
        if not isinstance(signature_algorithm, ec.ECDSA) or not isinstance(digest, SHA256):
            raise LocalError("a certificate is signed by ECDSA with SHA-256")
        signature = self._signing_key.sign(bytes(data))
        return encode_dss_signature(
            int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        )

    def exchange(self, *_: object, **__: object) -> NoReturn:
        """Refuse: a signing key agrees on no secrets."""
        raise LocalError("a signing key only signs")

    def private_numbers(self) -> NoReturn:
        """Refuse: the key is opaque."""
        raise LocalError("a signing key can't be seen")

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        """Refuse: the key is opaque."""
        raise LocalError("a signing key can't be seen")

    def __copy__(self) -> "CertificateSigner":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "CertificateSigner":
        return self
