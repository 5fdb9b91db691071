"""Sender-constrained requests: DPoP, RFC 9449, with a key that lives for one offer only.

A key of the wallet's own that came back would let two departments, or one at two times, recognise the phone.
"""

from typing import Final
from urllib.parse import urlsplit

from protocol.oauth.dpop import create_dpop_proof
from protocol.openid4vci.token import TokenResponse
from serving.randomness import Random, token
from wallet.holder.keys import HolderKey

NONCE_HEADER: Final = "dpop-nonce"
USE_NONCE: Final = "use_dpop_nonce"
_JTI_BYTES: Final = 16
_MAX_NONCE: Final = 1024


class DpopSession:
    """Makes the headers of requests, with the newest nonce that each server gave (§8, §9)."""

    def __init__(self, key: HolderKey, random: Random) -> None:
        self._key = key.signing_key
        self._random = random
        self._nonces: dict[str, str] = {}

    def headers(
        self, method: str, url: str, *, now: int, access_token: TokenResponse | None = None
    ) -> dict[str, str]:
        """The DPoP header, and with a token the Authorization header (§7.1).

        A department that gives plain bearer tokens gets them back as such: its own setting, not ours.
        """
        if access_token is not None and not access_token.is_dpop:
            return {"Authorization": f"Bearer {access_token.access_token}"}
        bound = access_token.access_token if access_token else None
        proof = create_dpop_proof(
            self._key,
            method=method,
            url=url,
            now=now,
            jti=token(self._random, _JTI_BYTES),
            access_token=bound,
            nonce=self._nonces.get(_origin(url)),
        )
        return {"DPoP": proof} | ({"Authorization": f"DPoP {bound}"} if bound else {})

    def learn_nonce(self, url: str, nonce: str | None) -> bool:
        """Remembers a nonce that a server gave (§8.2); True if it is another than before."""
        if not nonce or len(nonce) > _MAX_NONCE or nonce == self._nonces.get(_origin(url)):
            return False
        self._nonces[_origin(url)] = nonce
        return True


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
