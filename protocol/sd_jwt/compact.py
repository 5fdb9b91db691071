"""The compact serialisation: JWT, disclosures and key binding JWT, joined by tildes (RFC 9901 §4).

``<JWT>~<D.1>~…~<D.N>~`` is an SD-JWT; with a key binding JWT after the last tilde it is an SD-JWT+KB.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from protocol.errors import MalformedError

#: Longest SD-JWT or SD-JWT+KB accepted, in characters.
MAX_COMPACT = 512 * 1024
#: Most disclosures accepted in one SD-JWT.
MAX_DISCLOSURES = 256


class CompactSdJwt(NamedTuple):
    """The parts of an SD-JWT, still encoded; `key_binding_jwt` is None without key binding."""

    issuer_jwt: str
    disclosures: tuple[str, ...]
    key_binding_jwt: str | None
    #: What `sd_hash` is taken over: everything up to and with the last tilde, as received (§4.3.1).
    bound_part: str


# What `CompactSdJwt(…)` does, without a function of Python's between.
_compact = partial(tuple.__new__, CompactSdJwt)


def join_compact(issuer_jwt: str, disclosures: Sequence[str]) -> str:
    """Joins a signed JWT and encoded disclosures to an SD-JWT, with the closing tilde."""
    return "~".join((issuer_jwt, *disclosures, ""))


def split_compact(compact: str) -> CompactSdJwt:
    """Takes an SD-JWT or SD-JWT+KB apart; raises MalformedError for a missing tilde or an empty part."""
    if len(compact) > MAX_COMPACT:
        raise MalformedError("The SD-JWT is too long", code="too_long")
    before, tilde, last = compact.rpartition("~")
    if not tilde:  # RFC 9901 §4: without key binding the last tilde must not be omitted
        raise MalformedError("The SD-JWT lacks its tilde", code="malformed_sd_jwt")
    issuer_jwt, tilde, middle = before.partition("~")  # quicker than to split all of it
    disclosures = middle.split("~") if tilde else []
    if not issuer_jwt or "" in disclosures:
        raise MalformedError("A part of the SD-JWT is empty", code="malformed_sd_jwt")
    if len(disclosures) > MAX_DISCLOSURES:
        raise MalformedError("The SD-JWT has too many disclosures", code="too_many_disclosures")
    bound_part = compact[: len(compact) - len(last)]
    return _compact((issuer_jwt, tuple(disclosures), last or None, bound_part))
