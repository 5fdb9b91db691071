"""The claims that SD-JWT VC gives a meaning: which must stay open, and what form they have.

SD-JWT VC draft 13 §3.2.2 (the one HAIP 1.0 pins); `aka_vcts` and the words "including any of their
sub-claims" come from drafts 18 and 19 and hold under both.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from protocol.errors import MalformedError
from protocol.sd_jwt.paths import Path

#: Claims that must not be selectively disclosable (§3.2.2.2), nor anything inside them.
ALWAYS_OPEN = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"})


def check_always_open(places: Iterable[Path]) -> None:
    """Raises MalformedError if a disclosure stands at, or inside, a claim that must stay open."""
    for place in places:
        if place[0] in ALWAYS_OPEN:
            raise MalformedError(
                "A registered claim is selectively disclosed", code="registered_claim_disclosed"
            )


def read_vct(claims: Mapping[str, Any]) -> str:
    """Returns the credential's type; raises MalformedError unless `vct` is a non-empty string (§3.2.2.1)."""
    vct = claims.get("vct")
    if type(vct) is not str or not vct:
        raise MalformedError("The credential has no vct", code="malformed_vct")
    return vct


def check_other_types(claims: Mapping[str, Any], *, vct: str) -> None:
    """Checks `aka_vcts`, if present: a non-empty array of other types' names (draft 18 §2.2.2.2)."""
    if "aka_vcts" not in claims:
        return
    types = claims["aka_vcts"]
    if type(types) is not list or not types or not all(type(other) is str and other for other in types):
        raise MalformedError("aka_vcts is not an array of types", code="malformed_vct")
    if vct in types:
        raise MalformedError("aka_vcts repeats the vct", code="malformed_vct")


def read_integrity(claims: Mapping[str, Any]) -> str | None:
    """Returns `vct#integrity`, None if absent; raises MalformedError unless it is a string."""
    integrity = claims.get("vct#integrity")
    if integrity is not None and type(integrity) is not str:
        raise MalformedError("vct#integrity is not a string", code="malformed_vct")
    return integrity
