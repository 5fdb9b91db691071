"""Encrypted credential requests and responses: OpenID4VCI 1.0 §10, announced as in §12.2.4.

Only ECDH-ES on P-256 with AES-GCM, and no compression: a small message must not become a large one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from protocol.encoding import json_dumps
from protocol.errors import ProtocolError
from protocol.jose.jwe import ContentEncryption, DecryptionKey, decrypt_jwe, encrypt_jwe
from protocol.openid4vci.credential import (
    MAX_REQUEST_BYTES,
    MAX_RESPONSE_BYTES,
    CredentialRequest,
    CredentialResponse,
    DeferredResponse,
    ResponseEncryption,
    create_credential_request,
    create_credential_response,
    create_deferred_response,
    parse_credential_request,
    parse_credential_response,
)
from protocol.openid4vci.errors import CredentialError

ENCRYPTED_MEDIA_TYPE: Final = "application/jwt"
ENC_VALUES: Final[tuple[ContentEncryption, ...]] = ("A128GCM", "A256GCM")


def create_encryption_metadata(
    request_keys: Sequence[DecryptionKey], *, required: bool = False
) -> dict[str, Any]:
    """The issuer metadata's members that announce both encryptions (§12.2.4)."""
    return {
        "credential_request_encryption": {
            "jwks": {"keys": [key.public_jwk() for key in request_keys]},
            "enc_values_supported": list(ENC_VALUES),
            "encryption_required": required,
        },
        "credential_response_encryption": {
            "alg_values_supported": ["ECDH-ES"],
            "enc_values_supported": list(ENC_VALUES),
            "encryption_required": required,
        },
    }


def encrypt_credential_request(
    request: CredentialRequest, issuer_jwk: Mapping[str, Any], *, enc: ContentEncryption = "A256GCM"
) -> str:
    """The JWE of a request, sent as `application/jwt`; raises MalformedError for a key that is not usable."""
    return encrypt_jwe(json_dumps(create_credential_request(request)), issuer_jwk, enc=enc)


def decrypt_credential_request(compact: str, key: DecryptionKey) -> CredentialRequest:
    """The request in a JWE; raises CredentialError."""
    try:
        _, plaintext = decrypt_jwe(compact, key, allowed_enc=ENC_VALUES, max_bytes=MAX_REQUEST_BYTES)
    except ProtocolError as error:
        raise CredentialError("invalid_encryption_parameters", "the request cannot be decrypted") from error
    request = parse_credential_request(plaintext, encrypted=True)
    if request.response_encryption is not None:
        _check_parameters(request.response_encryption)
    return request


def _check_parameters(encryption: ResponseEncryption) -> None:
    # §8.2: tried on nothing, so that a request is refused before anything is issued
    encrypt_credential_answer({}, encryption)


def encrypt_credential_answer(answer: Mapping[str, Any], encryption: ResponseEncryption) -> str:
    """The JWE of a response's JSON object to the wallet's key (§8.3); raises CredentialError."""
    enc = next((one for one in ENC_VALUES if one == encryption.enc), None)
    if enc is None or encryption.jwk.get("alg") != "ECDH-ES":  # §10: alg MUST be present
        raise CredentialError("invalid_encryption_parameters", "the encryption is not supported")
    try:
        return encrypt_jwe(json_dumps(answer), encryption.jwk, enc=enc)
    except ProtocolError as error:
        raise CredentialError("invalid_encryption_parameters", "the key cannot be used") from error


def encrypt_credential_response(
    response: CredentialResponse | DeferredResponse, encryption: ResponseEncryption
) -> str:
    """The JWE of a response, sent as `application/jwt`; errors are never encrypted (§8.3.1.2)."""
    if isinstance(response, DeferredResponse):
        return encrypt_credential_answer(create_deferred_response(response), encryption)
    return encrypt_credential_answer(create_credential_response(response), encryption)


def decrypt_credential_response(
    compact: str, key: DecryptionKey, *, max_credentials: int
) -> CredentialResponse | DeferredResponse:
    """The response in a JWE to the wallet's `key`; raises RemoteError."""
    _, plaintext = decrypt_jwe(compact, key, allowed_enc=ENC_VALUES, max_bytes=MAX_RESPONSE_BYTES)
    return parse_credential_response(plaintext, max_credentials=max_credentials)
