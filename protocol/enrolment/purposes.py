"""What a kind of member needs keys for. The words stand in messages, the profiles in certificates."""

from collections.abc import Mapping
from typing import Final

from protocol.x509 import Profile

PURPOSES: Final[Mapping[str, Profile]] = {
    "claim-signing": Profile.CLAIM_SIGNING,
    "status-signing": Profile.STATUS_SIGNING,
    "request-signing": Profile.REQUEST_SIGNING,
    "wallet-attestation": Profile.WALLET_ATTESTATION,
}
PURPOSES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "department": ("claim-signing", "status-signing"),
    "service": ("request-signing",),
    "wallet-provider": ("wallet-attestation",),
}
KIND_OF: Final[Mapping[str, str]] = {
    purpose: kind for kind, purposes in PURPOSES_OF.items() for purpose in purposes
}
