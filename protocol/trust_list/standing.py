"""What makes a signed list of the authority's count: who signed it, and when it holds (ETSI TS 119 602)."""

from hashlib import sha256
from typing import Final, Protocol

from protocol.errors import UntrustedError, ValidityError
from protocol.jose.jws import UnverifiedJws
from protocol.trust_list.members import Name
from protocol.x509 import LeafIdentity

CLOCK_SKEW: Final = 300  # seconds


class Numbered(Protocol):
    """A list, or a list's head, as far as its place among the others goes. Times are Unix seconds."""

    @property
    def sequence_number(self) -> int:
        """Grows with every issue."""

    @property
    def issued_at(self) -> int:
        """When it was signed."""

    @property
    def next_update(self) -> int:
        """When the next one is due."""

    @property
    def grace(self) -> int:
        """Seconds past that for which it still serves whoever kept it and can't have a newer one."""

    @property
    def operator(self) -> Name:
        """Who has to have signed it."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was signed."""


def payload_digest(jws: UnverifiedJws) -> bytes:
    """SHA-256 of the payload: the same list signed again (ECDSA signatures differ) is the same list."""
    return sha256(jws.signing_input.partition(b".")[2]).digest()


def check_operator(found: Numbered, signer: LeafIdentity) -> None:
    """Raises UntrustedError unless the operator that it names signed it (clause 6.8)."""
    if signer.organisation_name not in (found.operator.en, found.operator.cy):
        raise UntrustedError("the trust list is not signed by its operator", code="trust_list_operator")


def check_current(found: Numbered, *, now: int, kept: bool) -> None:
    """Raises ValidityError where it is from the future or overdue; one that was `kept` has its grace."""
    if found.issued_at > now + CLOCK_SKEW:
        raise ValidityError("the trust list is from the future", code="not_yet_valid")
    if found.next_update <= found.issued_at:
        raise ValidityError("the trust list was never good", code="lifetime")
    if now >= found.next_update + (found.grace if kept else 0):  # clause 6.3.15
        raise ValidityError("the trust list is out of date", code="expired")


def check_successor(found: Numbered, previous: Numbered) -> None:
    """Raises ValidityError for one older than `previous`, or another one of the same number."""
    # clause 6.3.3: the number grows with every issue
    if found.sequence_number < previous.sequence_number:
        raise ValidityError("the trust list is older than the one known", code="trust_list_rollback")
    if found.sequence_number == previous.sequence_number and found.digest != previous.digest:
        raise ValidityError("two trust lists have the same number", code="trust_list_fork")
