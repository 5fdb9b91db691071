"""The Authorization Response: OpenID4VP 1.0 §8, `direct_post.jwt` of §8.3.1.

The wallet posts one form field, `response`, with a JWE of `vp_token` (and `state` where one came). An error
goes the same way, so that not even its code is readable in between.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from protocol.encoding import json_dumps, json_loads
from protocol.errors import BindingError, MalformedError
from protocol.jose.jwe import DecryptionKey, decrypt_jwe, encrypt_jwe
from protocol.members import Members, is_secure_url
from protocol.openid4vp.encryption import ENC_VALUES
from protocol.openid4vp.request_object import AuthorizationRequest

MAX_RESPONSE_BYTES: Final = 1_048_576
MAX_PRESENTATIONS: Final = 64

ErrorCode = Literal[
    "invalid_request",
    "invalid_client",
    "access_denied",
    "vp_formats_not_supported",
    "invalid_request_uri_method",
    "invalid_transaction_data",
    "wallet_unavailable",
]

_CODE: Final = "invalid_response"


@dataclass(frozen=True, slots=True, repr=False)
class AuthorizationResponse:
    """What a wallet presented, by credential query id; nothing in it is verified yet."""

    unverified_vp_token: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AuthorizationErrorResponse:
    """A wallet that will not present, and the code it gives for that (§8.5)."""

    error: str


def create_response(
    vp_token: Mapping[str, Sequence[str]], *, request: AuthorizationRequest
) -> dict[str, str]:
    """The form to post to `request.response_uri`; `vp_token` has presentations by credential query id."""
    token = {query_id: list(presentations) for query_id, presentations in vp_token.items()}
    return _encrypted({"vp_token": token}, request)


def create_error_response(error: ErrorCode, *, request: AuthorizationRequest) -> dict[str, str]:
    """The form that tells the service why there is no answer."""
    return _encrypted({"error": error}, request)


def _encrypted(payload: dict[str, Any], request: AuthorizationRequest) -> dict[str, str]:
    if request.state is not None:
        payload["state"] = request.state
    encryption = request.encryption
    return {"response": encrypt_jwe(json_dumps(payload), encryption.jwk, enc=encryption.enc)}


def parse_response_form(form: Sequence[tuple[str, str]]) -> str | AuthorizationErrorResponse:
    """The JWE in decoded form fields, or a plain error (§8.3.1 allows one); raises MalformedError."""
    fields = dict(form)
    if len(fields) != len(form):
        raise MalformedError("a parameter is repeated", code=_CODE)
    if "response" in fields:
        return fields["response"]
    if "error" in fields:
        return _error(Members(fields, code=_CODE))
    raise MalformedError("the response is missing", code=_CODE)


def decrypt_response(
    compact: str, key: DecryptionKey, *, expected_state: str | None
) -> AuthorizationResponse | AuthorizationErrorResponse:
    """What the wallet sent under `key`; unknown members are ignored (§8.1). Raises RemoteError."""
    _, plaintext = decrypt_jwe(compact, key, allowed_enc=ENC_VALUES, max_bytes=MAX_RESPONSE_BYTES)
    response = Members(json_loads(plaintext, max_bytes=MAX_RESPONSE_BYTES), code=_CODE, name="the response")
    _check_state(response, expected_state)
    if "error" in response:
        return _error(response)
    vp_token = response.members("vp_token")
    if not 0 < len(vp_token.raw) <= MAX_PRESENTATIONS:
        raise vp_token.wrong("vp_token must have entries, not too many")
    return AuthorizationResponse(
        # §8.1: an array of one or more; Appendix B.3.6: an SD-JWT VC is a string
        unverified_vp_token={
            query_id: _presentations(presentations) for query_id, presentations in vp_token.raw.items()
        }
    )


def _presentations(value: object) -> tuple[str, ...]:
    # not read by its id, which is the wallet's to choose and would stand in the error's text
    return Members({"vp_token": value}, code=_CODE).strings(
        "vp_token", limit=MAX_PRESENTATIONS, length=MAX_RESPONSE_BYTES
    )


def _check_state(response: Members, expected: str | None) -> None:
    # §5.3, §14.3.2; an error may come from a wallet that never read the request, but that one has no key
    state = response.raw.get("state")
    if expected is None:
        return
    if not isinstance(state, str) or not hmac.compare_digest(state.encode(), expected.encode()):
        raise BindingError("the response belongs to another request", code="state_mismatch")


def _error(response: Members) -> AuthorizationErrorResponse:
    error = response.string("error", limit=64)
    if not error.isascii() or not error.replace("_", "").isalnum():
        raise response.wrong("the error code has forbidden characters")
    return AuthorizationErrorResponse(error=error)


def create_response_answer(redirect_uri: str | None = None) -> dict[str, str]:
    """The JSON object a service answers with (§8.2), status 200; `redirect_uri` must hold a fresh secret."""
    return {} if redirect_uri is None else {"redirect_uri": redirect_uri}


def parse_response_answer(value: bytes) -> str | None:
    """Where the wallet sends the citizen next, None to stay (§8.2); raises MalformedError."""
    answer = Members(json_loads(value, max_bytes=16_384), code="invalid_response_answer")
    if "redirect_uri" not in answer:
        return None
    redirect_uri = answer.string("redirect_uri")
    if not is_secure_url(redirect_uri):
        raise answer.wrong("redirect_uri must be an https URL")
    return redirect_uri
