"""Credential endpoint: OpenID4VCI 1.0 §8, and the deferred endpoint §9 that shares its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from protocol.encoding import json_loads
from protocol.errors import MalformedError, ProtocolError
from protocol.members import Members
from protocol.openid4vci.errors import CredentialError

MAX_REQUEST_BYTES: Final = 1_048_576
MAX_RESPONSE_BYTES: Final = 16_777_216
MAX_PROOFS: Final = 1024
MAX_CREDENTIAL: Final = 262_144  # characters

_CODE: Final = "invalid_credential_response"


@dataclass(frozen=True, slots=True)
class ResponseEncryption:
    """How the wallet wants the response encrypted (§8.2)."""

    jwk: Mapping[str, Any] = field(hash=False)
    enc: str


@dataclass(frozen=True, slots=True, repr=False)
class CredentialRequest:
    """A request; exactly one of the two names is set, `proofs` are compact JWTs (none: no key to bind)."""

    credential_configuration_id: str | None = None
    credential_identifier: str | None = None
    proofs: tuple[str, ...] = ()
    response_encryption: ResponseEncryption | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CredentialResponse:
    """Issued credentials (§8.3), in no promised order: a wallet matches them to its keys by `cnf`."""

    credentials: tuple[str, ...]
    notification_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeferredResponse:
    """An issuer that needs more time (§8.3); `interval` in seconds."""

    transaction_id: str
    interval: int


def create_credential_request(request: CredentialRequest) -> dict[str, Any]:
    """The JSON object of a request."""
    names = {
        "credential_configuration_id": request.credential_configuration_id,
        "credential_identifier": request.credential_identifier,
    }
    written: dict[str, Any] = {name: value for name, value in names.items() if value is not None}
    if request.proofs:
        written["proofs"] = {"jwt": list(request.proofs)}
    if request.response_encryption is not None:
        encryption = request.response_encryption
        written["credential_response_encryption"] = {"jwk": dict(encryption.jwk), "enc": encryption.enc}
    return written


def parse_credential_request(
    value: Mapping[str, Any] | bytes, *, encrypted: bool = False
) -> CredentialRequest:
    """The request in a JSON object; unknown members are ignored (§8.2). Raises CredentialError.

    `encrypted` says that the request came inside a JWE, without which it may not ask for an encrypted answer.
    """
    request = _request_members(value)
    # §8.2: exactly one of the two names
    if ("credential_configuration_id" in request) == ("credential_identifier" in request):
        raise CredentialError("invalid_credential_request", "name one credential, in one way")
    return CredentialRequest(
        credential_configuration_id=_name(request, "credential_configuration_id"),
        credential_identifier=_name(request, "credential_identifier"),
        proofs=_proofs(request),
        response_encryption=_response_encryption(request, encrypted=encrypted),
    )


def _request_members(value: Mapping[str, Any] | bytes) -> Members:
    try:
        decoded = json_loads(value, max_bytes=MAX_REQUEST_BYTES) if isinstance(value, bytes) else value
        return Members(decoded, code="invalid_credential_request", name="the request")
    except ProtocolError as error:
        raise CredentialError("invalid_credential_request", "the request cannot be read") from error


def _name(request: Members, name: str) -> str | None:
    try:
        return request.optional_string(name, limit=512)
    except MalformedError as error:
        raise CredentialError("invalid_credential_request", str(error)) from error


def _proofs(request: Members) -> tuple[str, ...]:
    if "proof" in request:
        raise CredentialError("invalid_proof", "proof is from a draft: send proofs")
    if "proofs" not in request:
        return ()
    try:
        proofs = request.members("proofs")
        if list(proofs.raw) != ["jwt"]:  # §8.2: exactly one proof type; `jwt` is the one we announce
            raise CredentialError("invalid_proof", "proofs must be of the one type jwt")
        return proofs.strings("jwt", limit=MAX_PROOFS, length=16_384)
    except MalformedError as error:
        raise CredentialError("invalid_proof", str(error)) from error


def _response_encryption(request: Members, *, encrypted: bool) -> ResponseEncryption | None:
    if "credential_response_encryption" not in request:
        return None
    if not encrypted:  # §8.2: else the key could be exchanged on the way
        raise CredentialError("invalid_encryption_parameters", "the request itself must be encrypted")
    try:
        wanted = request.members("credential_response_encryption")
        if "zip" in wanted:
            raise CredentialError("invalid_encryption_parameters", "compression is not supported")
        return ResponseEncryption(jwk=wanted.members("jwk").raw, enc=wanted.string("enc"))
    except MalformedError as error:
        raise CredentialError("invalid_encryption_parameters", str(error)) from error


def create_credential_response(response: CredentialResponse) -> dict[str, Any]:
    """The JSON object of a response with credentials, sent with status 200."""
    written: dict[str, Any] = {"credentials": [{"credential": one} for one in response.credentials]}
    if response.notification_id is not None:
        written["notification_id"] = response.notification_id
    return written


def create_deferred_response(response: DeferredResponse) -> dict[str, Any]:
    """The JSON object of a response that asks for patience, sent with status 202."""
    return {"transaction_id": response.transaction_id, "interval": response.interval}


def parse_credential_response(
    value: Mapping[str, Any] | bytes, *, max_credentials: int
) -> CredentialResponse | DeferredResponse:
    """The answer to a request with `max_credentials` proofs (1 without); raises MalformedError."""
    decoded = json_loads(value, max_bytes=MAX_RESPONSE_BYTES) if isinstance(value, bytes) else value
    response = Members(decoded, code=_CODE, name="the credential response")
    if "transaction_id" in response:
        return _deferred(response)
    entries = response.all_members("credentials", limit=max_credentials)  # §8.3: at most one a key
    return CredentialResponse(
        # Appendix A.3.4: an SD-JWT VC is a string
        credentials=tuple(one.string("credential", limit=MAX_CREDENTIAL) for one in entries),
        notification_id=response.optional_string("notification_id"),
    )


def _deferred(response: Members) -> DeferredResponse:
    if "credentials" in response or "notification_id" in response:  # §8.3
        raise response.wrong("a deferred response has no credentials")
    return DeferredResponse(
        transaction_id=response.string("transaction_id"), interval=response.integer("interval", low=1)
    )


def create_deferred_request(transaction_id: str) -> dict[str, str]:
    """The JSON object of a deferred credential request (§9.1)."""
    return {"transaction_id": transaction_id}


def parse_deferred_request(value: Mapping[str, Any] | bytes) -> str:
    """The `transaction_id` of a deferred request; raises CredentialError."""
    request = _request_members(value)
    transaction_id = _name(request, "transaction_id")
    if transaction_id is None:
        raise CredentialError("invalid_credential_request", "transaction_id is missing")
    return transaction_id


def expected_names(
    configuration_id: str, credential_identifiers: Sequence[str]
) -> tuple[str | None, str | None]:
    """How a wallet names what it wants: (`credential_configuration_id`, `credential_identifier`).

    §8.2: the identifier from the token response's authorization_details where there is one, never both.
    """
    return (None, credential_identifiers[0]) if credential_identifiers else (configuration_id, None)
