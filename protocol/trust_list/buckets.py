"""Which part of the trust list somebody is in: a table has buckets, and a key's hash says which is its.

A table of up to 16 buckets is named by the digests of its parts. One of more buckets is named by the digests
of 16 indexes, each of which has the digests of its share: so the list's head stays small, however many
members there are.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import MalformedError

FAN_OUT: Final = 16
MAX_BUCKETS: Final = FAN_OUT * 1024
DIGEST_BYTES: Final = 32
CODE: Final = "invalid_trust_list"


@dataclass(frozen=True, slots=True)
class Table:
    """Where the entries of one kind are: how many there are, in how many buckets, and the parts' SHA-256."""

    entries: int
    buckets: int
    digests: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Raises MalformedError for a number of buckets or digests that can't be."""
        if not 1 <= self.buckets <= MAX_BUCKETS or self.buckets & (self.buckets - 1):
            raise MalformedError("a table has a power of two of buckets", code=CODE)
        if len(self.digests) != min(self.buckets, FAN_OUT):
            raise MalformedError("a table has another number of parts", code=CODE)

    @property
    def share(self) -> int:
        """How many buckets each digest stands for."""
        return self.buckets // len(self.digests)


def buckets_for(entries: int, *, of: int) -> int:
    """The fewest buckets with `of` entries each, on average."""
    buckets = 1
    while entries > buckets * of and buckets < MAX_BUCKETS:
        buckets *= 2
    return buckets


def bucket_of(key: str, buckets: int) -> int:
    """The bucket of a key: as many of the first bits of its SHA-256 as number the buckets."""
    first = int.from_bytes(sha256(key.encode()).digest()[:4], "big")
    return first * buckets >> 32


def join_digests(digests: tuple[bytes, ...]) -> str:
    """Digests one after another, base64url."""
    return b64url_encode(b"".join(digests))


def split_digests(text: str) -> tuple[bytes, ...]:
    """The digests of `join_digests`; raises MalformedError."""
    joined = b64url_decode(text, max_bytes=DIGEST_BYTES * 1024)
    if len(joined) % DIGEST_BYTES:
        raise MalformedError("a digest is cut short", code=CODE)
    return tuple(joined[at : at + DIGEST_BYTES] for at in range(0, len(joined), DIGEST_BYTES))
