"""The `cnf` claim: whose key a presentation must be signed with (RFC 7800 §3.2, HAIP 1.0 §6.1)."""

from collections.abc import Mapping
from typing import Any

from protocol.errors import MalformedError
from protocol.keys import PublicKey


def confirmation_claim(holder_key: PublicKey) -> dict[str, Any]:
    """Returns the `cnf` claim that binds a credential to the key."""
    return {"jwk": holder_key.to_jwk()}


def read_holder_key(claims: Mapping[str, Any]) -> PublicKey | None:
    """Returns the key a credential is bound to, None for one without `cnf`.

    Raises MalformedError unless `cnf` holds exactly one public P-256 key as `jwk`: a second confirmation
    method beside it would leave open which of the two counts.
    """
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    if (
        type(confirmation) is not dict
        or confirmation.keys() != {"jwk"}
        or type(confirmation["jwk"]) is not dict
    ):
        raise MalformedError("cnf does not hold one jwk", code="malformed_cnf")
    return PublicKey.from_jwk(confirmation["jwk"])
