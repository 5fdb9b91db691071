"""Credential Error Response: OpenID4VCI 1.0 §8.3.1.2, with the code of §9.3."""

from typing import Final, Literal

from protocol.errors import ProtocolError, RemoteError

CredentialErrorCode = Literal[
    "invalid_credential_request",
    "unknown_credential_configuration",
    "unknown_credential_identifier",
    "invalid_proof",
    "invalid_nonce",
    "invalid_encryption_parameters",
    "credential_request_denied",
    "invalid_transaction_id",
    "invalid_notification_id",
    "invalid_notification_request",
]

CREDENTIAL_ERROR_STATUS: Final = 400  # for every code; a bad access token is 401 (RFC 6750 §3)


class CredentialError(RemoteError):
    """A credential request that is refused; `error` is the code to answer with."""

    def __init__(self, error: CredentialErrorCode, text: str) -> None:
        super().__init__(text, code=error)
        self.error: CredentialErrorCode = error


def create_credential_error(
    error: ProtocolError, *, error_code: CredentialErrorCode = "invalid_credential_request"
) -> dict[str, str]:
    """The JSON object of an error response, never encrypted; `error_code` for what is no CredentialError."""
    code = error.error if isinstance(error, CredentialError) else error_code
    return {"error": code, "error_description": _described(str(error))}


def _described(text: str) -> str:
    # §8.3.1.2: %x20-21 / %x23-5B / %x5D-7E
    return "".join(one if " " <= one <= "~" and one not in '"\\' else " " for one in text)
