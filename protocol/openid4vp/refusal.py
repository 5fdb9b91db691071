"""Why a service could not accept a claim, told to the wallet that showed it.

OpenID4VP 1.0 §8.2 says what a service answers when it took a response, and nothing of what it answers when
it did not. Ours answers with OAuth's `error` and `error_description` (RFC 6749 §5.2), and adds one member
where the claim itself is what is wrong. It is a word of a closed list and never a text: a wallet must not
show as its own what a service wrote.

It tells nobody anything new. Whoever can make a response that comes so far holds the claim and its key, and
can read the department's list as everybody can; the service's own page does not get the word.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from protocol.encoding import json_loads
from protocol.errors import MalformedError, RemoteError, UntrustedError

MEMBER: Final = "claim_problem"
_MAX_BYTES: Final = 16_384


class ClaimProblem(StrEnum):
    """What is wrong with a claim; the values are what is sent, and stay as they are."""

    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    ISSUER_UNTRUSTED = "issuer_untrusted"
    STATUS_UNKNOWN = "status_unknown"


_BY_CODE: Final[Mapping[str, ClaimProblem]] = {
    "revoked": ClaimProblem.REVOKED,
    "suspended": ClaimProblem.SUSPENDED,
    "expired": ClaimProblem.EXPIRED,
    # the list was there and says nothing of this claim
    "unknown_status": ClaimProblem.STATUS_UNKNOWN,
    "status_index_out_of_range": ClaimProblem.STATUS_UNKNOWN,
    "wrong_status_list": ClaimProblem.STATUS_UNKNOWN,
    "foreign_status_list": ClaimProblem.STATUS_UNKNOWN,
}


def claim_problem_of(error: RemoteError) -> ClaimProblem | None:
    """What a failed verification says of the claim; None where something else is wrong."""
    by_kind = ClaimProblem.ISSUER_UNTRUSTED if isinstance(error, UntrustedError) else None
    return _BY_CODE.get(error.code, by_kind)


def parse_claim_problem(body: bytes) -> ClaimProblem | None:
    """What a service's refusal says of the claim; None for one that names nothing known, whatever it is."""
    try:
        refusal = json_loads(body, max_bytes=_MAX_BYTES)
    except MalformedError:
        return None
    named = refusal.get(MEMBER) if isinstance(refusal, dict) else None
    return next((one for one in ClaimProblem if one.value == named), None)
