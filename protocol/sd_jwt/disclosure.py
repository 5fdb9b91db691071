"""Disclosures: one salted claim each, and the digest that stands for it in the signed payload.

RFC 9901 §4.2: a disclosure is the base64url encoding of ``[salt, name, value]`` (an object's member) or
``[salt, value]`` (an array's element); its digest is SHA-256 over that *encoded* text (§4.2.3).
"""

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple

from protocol.encoding import b64url_decode, b64url_encode, json_dumps, json_loads
from protocol.errors import LocalError, MalformedError

#: 128 bits of salt, as RFC 9901 §9.3 recommends.
SALT_BYTES = 16
#: The names that carry digests: never a claim's own (RFC 9901 §4.1, §4.2.1).
RESERVED_NAMES = frozenset({"_sd", "..."})


class Disclosure(NamedTuple):
    """One claim opened: `encoded` travels, `digest` stands in the payload, `name` is None in an array."""

    encoded: str
    digest: str
    salt: str
    name: str | None
    value: Any

    def __repr__(self) -> str:
        """Shows nothing of the claim: a disclosure is personal data and must not reach a log."""
        return f"<Disclosure {self.digest}>"


# What `Disclosure(…)` does, without a function of Python's between: disclosures are made by the thousand.
_disclosure = partial(tuple.__new__, Disclosure)


def create_disclosure(name: str | None, value: Any, *, random: Callable[[int], bytes]) -> Disclosure:
    """Salts and encodes one claim (`name` None: an array element); raises LocalError for a reserved name."""
    if name in RESERVED_NAMES:
        raise LocalError("A claim may not be named _sd or ...", code="reserved_claim_name")
    salt = b64url_encode(random(SALT_BYTES))
    content = [salt, value] if name is None else [salt, name, value]
    encoded = b64url_encode(json_dumps(content))
    return _disclosure((encoded, digest_of(encoded), salt, name, value))


def create_decoy(*, random: Callable[[int], bytes]) -> str:
    """Returns a digest that no disclosure has: the hash of fresh randomness (RFC 9901 §4.2.5)."""
    return b64url_encode(sha256(random(32)).digest())


def parse_disclosure(encoded: str) -> Disclosure:
    """Reads one disclosure; raises MalformedError for all but two or three elements of the right types."""
    content = json_loads(b64url_decode(encoded))
    if type(content) is not list or len(content) not in (2, 3) or type(content[0]) is not str:
        raise MalformedError("A disclosure has not the right elements", code="malformed_disclosure")
    name = None
    if len(content) == 3:
        name = content[1]
        if type(name) is not str:
            raise MalformedError("A disclosure's claim name is not a string", code="malformed_disclosure")
        if name in RESERVED_NAMES:  # RFC 9901 §7.1 step 3.c.ii.2
            raise MalformedError("A disclosure names a claim _sd or ...", code="reserved_claim_name")
    return _disclosure((encoded, digest_of(encoded), content[0], name, content[-1]))


def digest_of(encoded: str) -> str:
    """Returns the base64url SHA-256 digest of an encoded disclosure (RFC 9901 §4.2.3)."""
    return b64url_encode(sha256(encoded.encode()).digest())
