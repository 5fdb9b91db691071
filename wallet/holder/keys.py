"""The citizen's keys: a fresh P-256 key for each copy of a claim, so that two copies share nothing."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from protocol.keys import PublicKey, SigningKey, SoftwareSigningKey


class HolderKey:
    """One private key of the citizen's. It shows itself only to `to_secret_bytes`, for the sealed store."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self.signing_key: SigningKey = SoftwareSigningKey(private)

    @property
    def public_key(self) -> PublicKey:
        return self.signing_key.public_key

    def to_secret_bytes(self) -> bytes:
        """The private key as PKCS #8 DER; only to be sealed."""
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    @classmethod
    def from_secret_bytes(cls, der: bytes) -> "HolderKey":
        private = load_der_private_key(der, password=None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("a holder key is an EC key")
        return cls(private)

    def __repr__(self) -> str:
        return "HolderKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("a holder key is not pickled")


def create_holder_key() -> HolderKey:
    """A new P-256 key."""
    return HolderKey(ec.generate_private_key(ec.SECP256R1()))
