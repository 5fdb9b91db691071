"""What a credential's status means for accepting it (Token Status List draft 14 §7, §8.3 steps 6 and 7)."""

from protocol.errors import StatusError, UntrustedError
from protocol.status_list.reference import INVALID, SUSPENDED, VALID, StatusReference
from protocol.status_list.token import VerifiedStatusList
from protocol.x509 import LeafIdentity

_REFUSALS = {
    INVALID: ("The credential has been revoked", "revoked"),
    SUSPENDED: ("The credential is suspended", "suspended"),
}


def check_status(
    reference: StatusReference, status_list: VerifiedStatusList, *, issuer: LeafIdentity
) -> None:
    """Passes only a credential whose status is VALID in a list of its own issuer's.

    Raises UntrustedError if another organisation signed the list or if it is another list, StatusError if the
    credential is revoked, suspended, of unknown status, or outside the list.
    """
    if status_list.uri != reference.uri:
        raise UntrustedError(
            "The status list is another one than the credential names", code="wrong_status_list"
        )
    if status_list.signer.organisation_id != issuer.organisation_id:
        raise UntrustedError("Another organisation signed the status list", code="foreign_status_list")
    status = status_list.status(reference.index)
    if status != VALID:
        # §7: a type that we do not know says nothing good
        text, code = _REFUSALS.get(status, ("The credential's status is unknown", "unknown_status"))
        raise StatusError(text, code=code)
