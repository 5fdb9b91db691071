"""Certificate chains verified once: path validation is the dear part of checking a presentation.

A chain verified at one time stays verified until the first of its certificates, or of the anchors, expires.
"""

from collections.abc import Sequence
from typing import Final

from cryptography import x509

from protocol.errors import ProtocolError
from protocol.x509 import LeafIdentity, Profile, verify_chain

Chain = tuple[bytes, ...]

MAX_REMEMBERED: Final = 4096


class VerifiedChains:
    """Verifies chains to a fixed set of anchors and remembers those that passed."""

    def __init__(self, anchors: Sequence[x509.Certificate]) -> None:
        self._anchors = tuple(anchors)
        self._known: dict[tuple[Chain, Profile | None], tuple[LeafIdentity, range]] = {}

    def verify(self, x5c: Chain, *, now: int, profile: Profile | None) -> LeafIdentity:
        """The leaf's identity; raises RemoteError as `verify_chain` does."""
        key = (x5c, profile)
        known = self._known.get(key)
        if known is not None and now in known[1]:
            return known[0]
        identity = verify_chain(x5c, anchors=self._anchors, now=now, expected_profile=profile)
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[key] = (identity, range(now, self._expiry(x5c, now)))
        return identity

    def find(self, x5c: Chain, *, now: int, profile: Profile | None) -> LeafIdentity | None:
        """The leaf's identity, or None for a chain that does not verify."""
        if not self._anchors:
            return None
        try:
            return self.verify(x5c, now=now, profile=profile)
        except ProtocolError:
            return None

    def _expiry(self, x5c: Chain, now: int) -> int:
        certificates = (*(x509.load_der_x509_certificate(one) for one in x5c), *self._anchors)
        ends = (int(one.not_valid_after_utc.timestamp()) for one in certificates)
        return min(end for end in ends if end >= now)  # an anchor that expired before verified nothing
