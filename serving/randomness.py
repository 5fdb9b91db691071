"""Randomness, as something a service is given. There is no switch that turns it off outside a test."""

import base64
import secrets
from typing import Protocol


class Random(Protocol):
    """Gives bytes that nobody can guess."""

    def bytes(self, n: int) -> bytes: ...


class SystemRandom:
    """The operating system's cryptographic generator."""

    def bytes(self, n: int) -> bytes:
        return secrets.token_bytes(n)


def token(random: Random, nbytes: int = 32) -> str:
    """An unguessable URL-safe string that carries `nbytes` random bytes (base64url, no padding)."""
    return base64.urlsafe_b64encode(random.bytes(nbytes)).rstrip(b"=").decode("ascii")


def digits(random: Random, n: int) -> str:
    """`n` decimal digits, each as likely as any other."""
    return "".join(str(below(random, 10)) for _ in range(n))


def below(random: Random, bound: int) -> int:
    """A whole number in 0..bound-1, each as likely as any other.

    Values above the largest multiple of `bound` are thrown away: a plain remainder would favour small ones.
    """
    if bound < 1:
        raise ValueError("the bound is at least 1")
    width = (bound.bit_length() + 7) // 8
    limit = 256**width // bound * bound
    while True:
        value = int.from_bytes(random.bytes(width), "big")
        if value < limit:
            return value % bound
