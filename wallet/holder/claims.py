"""A claim as the wallet holds it: what is known of it in the clear, and its one-time copies.

Each copy has its own key, salts and status index. A copy is shown once: it is marked as spent before it is
sent and deleted afterwards. No copy is kept back for a second use, because whoever saw it twice could join
the two; when the copies run out, the citizen fetches new ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from protocol.sd_jwt_vc import parse_sd_jwt_vc
from wallet.holder.keys import HolderKey


class ClaimStatus(StrEnum):
    """What the department's status list said of a claim when the wallet last looked."""

    VALID = "valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class HeldClaim:
    """What the wallet says of a claim without opening a copy."""

    id: str
    vct: str
    issuer_id: str
    issuer_url: str
    received_at: int  # Unix seconds
    expires_at: int | None
    status: ClaimStatus
    status_checked_at: int  # Unix seconds; 0 where a service doubts it
    copies_left: int

    def usable(self, now: int) -> bool:
        """Whether it may be shown: as far as the wallet knows the department stands by it."""
        return self.status is ClaimStatus.VALID and not self.expired(now)

    def expired(self, now: int) -> bool:
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True)
class NewCopy:
    """A verified credential and the key it is bound to, not stored yet."""

    credential: str
    key: HolderKey

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the credential says, everything disclosed."""
        return parse_sd_jwt_vc(self.credential).claims


@dataclass(frozen=True)
class NewClaim:
    """A whole batch, verified: it is stored in one step or not at all."""

    vct: str
    issuer_id: str
    issuer_url: str
    expires_at: int | None
    copies: tuple[NewCopy, ...]


@dataclass(frozen=True)
class Copy:
    """One unspent copy, opened."""

    id: str
    claim_id: str
    credential: str
    key: HolderKey

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the credential says, everything disclosed."""
        return parse_sd_jwt_vc(self.credential).claims

    @property
    def x5c(self) -> tuple[bytes, ...]:
        """The issuer's certificates as DER, leaf first."""
        return parse_sd_jwt_vc(self.credential).x5c
