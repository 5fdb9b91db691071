"""Client identifiers: OpenID4VP 1.0 §5.9; only `x509_hash`, as HAIP 1.0 §5 has for signed requests."""

import hashlib
import hmac
from typing import Final

from protocol.encoding import b64url_encode
from protocol.errors import BindingError, MalformedError

X509_HASH: Final = "x509_hash"


def create_client_id(leaf: bytes) -> str:
    """The client identifier of whoever signs with the certificate `leaf` (DER), §5.9.3."""
    return f"{X509_HASH}:{b64url_encode(hashlib.sha256(leaf).digest())}"


def check_client_id(client_id: str, *, leaf: bytes) -> None:
    """§5.9.3: the hash is that of `leaf` (DER); raises MalformedError, BindingError."""
    prefix, colon, _ = client_id.partition(":")  # §5.9.1: the prefix ends at the first colon
    if not colon or prefix != X509_HASH:  # §5.9.2: no pre-registered clients, so refused
        raise MalformedError("the client identifier prefix is not supported", code="unsupported_client_id")
    if not hmac.compare_digest(client_id.encode(), create_client_id(leaf).encode()):
        raise BindingError("the certificate is not the client identifier's", code="client_id_mismatch")
