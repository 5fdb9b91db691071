"""The nonce for key proofs (OpenID4VCI 1.0 §7): nothing is stored until one is used, and then that it was."""

import struct

from sqlmodel import Session

from issuer.deps import Deps
from issuer.store import SpentNonce
from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import BindingError, MalformedError, ValidityError
from serving.database import spend
from serving.keystore import KeystoreError

_RANDOM_BYTES, _MAC_BYTES = 16, 32
_PURPOSE = "c_nonce"


def give_nonce(deps: Deps) -> str:
    """A new nonce: its expiry, random bytes, and our authentication code over both."""
    expires_at = deps.clock.now() + deps.settings.nonce_seconds
    content = struct.pack(">Q", expires_at) + deps.random.bytes(_RANDOM_BYTES)
    return b64url_encode(content + deps.keystore.mac(_PURPOSE, content))


def check_nonce(deps: Deps, nonce: str) -> int:
    """Gives when a nonce of ours expires; raises BindingError for another's, ValidityError for an old one."""
    content, mac = _parts(nonce)
    try:
        deps.keystore.verify_mac(_PURPOSE, content, mac)
    except KeystoreError:
        raise BindingError("the nonce is not ours", code="unknown_nonce") from None
    expires_at = int.from_bytes(content[:8], "big")
    if expires_at <= deps.clock.now():
        raise ValidityError("the nonce has expired", code="expired_nonce")
    return expires_at


def spend_nonce(session: Session, nonce: str, expires_at: int) -> bool:
    """Spends a nonce: True for exactly one caller."""
    return spend(session, SpentNonce, nonce, expires_at)


def _parts(nonce: str) -> tuple[bytes, bytes]:
    try:
        data = b64url_decode(nonce, max_bytes=8 + _RANDOM_BYTES + _MAC_BYTES)
    except MalformedError:
        raise BindingError("the nonce is not ours", code="unknown_nonce") from None
    return data[:-_MAC_BYTES], data[-_MAC_BYTES:]
