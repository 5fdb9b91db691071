"""The answer to a question and the minimum evidence for it: what is sealed, kept and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from protocol.encoding import json_dumps, json_object

SHOWN: Final = "shown"
DECLINED: Final = "declined"
WALLET_ERROR: Final = "wallet_error"
STATUS_UNAVAILABLE: Final = "status_unavailable"


class Outcome(StrEnum):
    APPROVED = "approved"
    NOT_SHOWN = "not_shown"
    REFERRED = "referred"  # a person has to look


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """One claim that was shown: only what was asked of it. Times are Unix seconds.

    `issuer` is the department's organisation identifier; `status_at` is when the status list that says the
    claim stands was signed, None where the claim has no status or its list could not be had.
    """

    vct: str
    issuer: str
    issuer_name: str
    disclosed: Mapping[str, Any]
    status_at: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` is a stable code; `verified_at` is Unix seconds."""

    state: Outcome
    reason: str
    verified_at: int
    claims: tuple[ShownClaim, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The answer as the API gives it."""
        return {
            "state": self.state.value,
            "reason": self.reason,
            "verified_at": self.verified_at,
            "claims": [
                {
                    "vct": claim.vct,
                    "issuer": claim.issuer,
                    "issuer_name": claim.issuer_name,
                    "disclosed": dict(claim.disclosed),
                    "status_at": claim.status_at,
                }
                for claim in self.claims
            ],
        }

    def to_bytes(self) -> bytes:
        """The answer as it is sealed."""
        return json_dumps(self.to_json())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Answer":
        """What `to_bytes` made; only ever read back from our own seal."""
        value = json_object(data)
        claims = tuple(ShownClaim(**claim) for claim in value["claims"])
        return cls(Outcome(value["state"]), value["reason"], value["verified_at"], claims)
