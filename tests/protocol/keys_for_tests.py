"""Keys that are the same in every run, so that a failing test can be run again."""

from collections.abc import Callable
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec

from protocol.keys import SoftwareSigningKey


def private_key(name: str) -> ec.EllipticCurvePrivateKey:
    """Derive a P-256 key from a name."""
    secret = int.from_bytes(sha256(name.encode()).digest(), "big") >> 1
    return ec.derive_private_key(secret, ec.SECP256R1())


def signing_key(name: str) -> SoftwareSigningKey:
    """Derive a signing key from a name."""
    return SoftwareSigningKey(private_key(name))


def seeded_random(seed: str) -> Callable[[int], bytes]:
    """Give bytes that look random and come again with the same seed."""
    count = 0

    def random(length: int) -> bytes:
        nonlocal count
        count += 1
        return sha256(f"{seed} {count}".encode()).digest()[:length]

    return random
