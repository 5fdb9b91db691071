"""Nonce endpoint: OpenID4VCI 1.0 §7. The request has no body; the response is `no-store`."""

from collections.abc import Mapping
from typing import Any, Final

from protocol.encoding import json_loads
from protocol.members import Members

MAX_NONCE_BYTES: Final = 4096


def create_nonce_response(c_nonce: str) -> dict[str, str]:
    """The JSON object of a nonce response; `c_nonce` must be unpredictable."""
    return {"c_nonce": c_nonce}


def parse_nonce_response(value: Mapping[str, Any] | bytes) -> str:
    """The `c_nonce` in a response; raises MalformedError."""
    decoded = json_loads(value, max_bytes=MAX_NONCE_BYTES) if isinstance(value, bytes) else value
    return Members(decoded, code="invalid_nonce_response", name="the nonce response").string(
        "c_nonce", limit=2048
    )
