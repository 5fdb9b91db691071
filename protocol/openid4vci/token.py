"""Token endpoint for the Pre-Authorized Code grant: OpenID4VCI 1.0 §6, RFC 6749 §5."""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from protocol.encoding import json_loads
from protocol.errors import MalformedError, ProtocolError, RemoteError
from protocol.members import Members
from protocol.openid4vci.offer import PRE_AUTHORIZED_CODE_GRANT

MAX_TOKEN_BYTES: Final = 16_384
MAX_TX_CODE: Final = 256
_ACCESS_TOKEN: Final = re.compile(r"[!-~]+")  # RFC 6749 Appendix A.12, but no space: it goes into a header
_CLIENT_ID: Final = re.compile(r"[ -~]{1,256}")  # RFC 6749 Appendix A.1: VSCHAR


class TokenError(RemoteError):
    """A token request that is refused; `error` is the OAuth code of RFC 6749 §5.2."""

    def __init__(self, error: str, text: str) -> None:
        super().__init__(text, code=error)

    @property
    def error(self) -> str:
        """The OAuth error code."""
        return self.code


@dataclass(frozen=True, slots=True, repr=False)
class TokenRequest:
    """A request that trades a pre-authorized code for an access token."""

    pre_authorized_code: str
    tx_code: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizedCredential:
    """A configuration the token is good for, with the datasets to name instead of it (§6.2)."""

    credential_configuration_id: str
    credential_identifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class TokenResponse:
    """An access token; `expires_in` in seconds, None where the server does not say."""

    access_token: str
    token_type: str
    expires_in: int | None = None
    refresh_token: str | None = None
    authorization_details: tuple[AuthorizedCredential, ...] = ()

    @property
    def is_dpop(self) -> bool:
        """Whether the token is bound to a DPoP key (RFC 9449 §5); types compare without case."""
        return self.token_type.lower() == "dpop"


def create_token_request(request: TokenRequest) -> dict[str, str]:
    """The form of a token request."""
    optional = {"tx_code": request.tx_code, "client_id": request.client_id}
    return {
        "grant_type": PRE_AUTHORIZED_CODE_GRANT,
        "pre-authorized_code": request.pre_authorized_code,
        **{name: value for name, value in optional.items() if value is not None},
    }


def parse_token_request(form: Sequence[tuple[str, str]]) -> TokenRequest:
    """The request in decoded form fields; unknown fields are ignored (§6.1). Raises TokenError."""
    fields = dict(form)
    if len(fields) != len(form):  # RFC 6749 §3.2: parameters MUST NOT be included more than once
        raise TokenError("invalid_request", "a parameter is repeated")
    if fields.get("grant_type") is None:
        raise TokenError("invalid_request", "grant_type is missing")
    if fields["grant_type"] != PRE_AUTHORIZED_CODE_GRANT:
        raise TokenError("unsupported_grant_type", "the grant type is not supported")
    code = fields.get("pre-authorized_code")
    if not code or len(code) > 4096:
        raise TokenError("invalid_request", "pre-authorized_code is missing")
    # RFC 6749 §3.1: a parameter without a value counts as omitted
    client_id = fields.get("client_id") or None
    if client_id is not None and not _CLIENT_ID.fullmatch(client_id):
        raise TokenError("invalid_request", "client_id must be up to 256 printable ASCII characters")
    return TokenRequest(pre_authorized_code=code, tx_code=fields.get("tx_code") or None, client_id=client_id)


def check_tx_code(request: TokenRequest, *, expected: str | None) -> None:
    """§6.3: the transaction code the offer called for, no more and no less; raises TokenError.

    Guesses are counted by the caller (§13.6.3).
    """
    if expected is None:
        if request.tx_code is not None:
            raise TokenError("invalid_request", "no transaction code is expected")
        return
    if request.tx_code is None:
        raise TokenError("invalid_request", "the transaction code is missing")
    given = request.tx_code[:MAX_TX_CODE].encode()
    if not hmac.compare_digest(given, expected.encode()):
        raise TokenError("invalid_grant", "the transaction code is wrong")


def create_token_response(response: TokenResponse) -> dict[str, Any]:
    """The JSON object of a token response, sent with `Cache-Control: no-store`."""
    written: dict[str, Any] = {"access_token": response.access_token, "token_type": response.token_type}
    if response.expires_in is not None:
        written["expires_in"] = response.expires_in
    if response.refresh_token is not None:
        written["refresh_token"] = response.refresh_token
    if response.authorization_details:
        written["authorization_details"] = [
            {
                "type": "openid_credential",
                "credential_configuration_id": one.credential_configuration_id,
                "credential_identifiers": list(one.credential_identifiers),
            }
            for one in response.authorization_details
        ]
    return written


def parse_token_response(value: Mapping[str, Any] | bytes) -> TokenResponse:
    """The token in a response; unknown members are ignored (§6.2). Raises MalformedError."""
    decoded = json_loads(value, max_bytes=MAX_TOKEN_BYTES) if isinstance(value, bytes) else value
    response = Members(decoded, code="invalid_token_response", name="the token response")
    access_token = response.string("access_token", limit=8192)
    if not _ACCESS_TOKEN.fullmatch(access_token):
        raise response.wrong("access_token has forbidden characters")
    return TokenResponse(
        access_token=access_token,
        token_type=response.string("token_type", limit=64),
        expires_in=response.optional_integer("expires_in", low=1),
        refresh_token=response.optional_string("refresh_token", limit=8192),
        authorization_details=_authorization_details(response),
    )


def _authorization_details(response: Members) -> tuple[AuthorizedCredential, ...]:
    if "authorization_details" not in response:
        return ()
    details = response.all_members("authorization_details")
    return tuple(
        AuthorizedCredential(
            credential_configuration_id=one.string("credential_configuration_id"),
            credential_identifiers=one.strings("credential_identifiers"),  # §6.2: REQUIRED, not empty
        )
        for one in details
        if one.string("type") == "openid_credential"
    )


def create_token_error(error: ProtocolError, *, error_code: str = "invalid_request") -> dict[str, str]:
    """The JSON object of an error response (RFC 6749 §5.2), with `error_code` for what is no TokenError."""
    code = error.error if isinstance(error, TokenError) else error_code
    return {"error": code, "error_description": str(error)}


def parse_error_response(value: bytes) -> str:
    """The `error` code in a JSON error response of any endpoint; raises MalformedError."""
    members = Members(json_loads(value, max_bytes=MAX_TOKEN_BYTES), code="invalid_error_response")
    code = members.string("error", limit=128)
    # RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
    if not code.isascii() or not code.isprintable() or '"' in code or "\\" in code:
        raise MalformedError("an error code has forbidden characters", code="invalid_error_response")
    return code
