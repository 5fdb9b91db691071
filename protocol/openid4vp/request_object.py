"""The signed Authorization Request: OpenID4VP 1.0 §5, RFC 9101, HAIP 1.0 §5 and §5.1.

A wallet acts on a request only after `verify_request_object`, and answers a refused one with nothing at all:
until the signature holds, nobody knows whose address `response_uri` is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from protocol.dcql.query import DcqlQuery, create_dcql_query, parse_dcql_query
from protocol.errors import BindingError, MalformedError, UntrustedError, ValidityError
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import SigningKey
from protocol.members import Members, split_url
from protocol.openid4vp.client_id import check_client_id, create_client_id
from protocol.openid4vp.encryption import ResponseEncryption, choose_encryption, create_client_metadata
from protocol.x509 import LeafIdentity

REQUEST_OBJECT_TYP: Final = "oauth-authz-req+jwt"
REQUEST_OBJECT_MEDIA_TYPE: Final = "application/oauth-authz-req+jwt"
SELF_ISSUED_AUDIENCE: Final = "https://self-issued.me/v2"  # §5.8, Static Discovery
RESPONSE_MODE: Final = "direct_post.jwt"

MAX_REQUEST_BYTES: Final = 262_144
CLOCK_SKEW: Final = 60  # seconds

_URL_SAFE: Final = re.compile(r"[A-Za-z0-9._~-]{1,1024}")  # §5.2 nonce and state
_CODE: Final = "invalid_request"


class VerifierTrust(Protocol):
    """Who may ask: finds the service behind a certificate chain, or raises UntrustedError."""

    def service_for(self, x5c: tuple[bytes, ...], *, now: int) -> LeafIdentity:
        """The service that holds the first certificate of `x5c` (DER)."""
        ...


@dataclass(frozen=True, slots=True)
class VerifierInfo:
    """A statement about the service (§5.1 verifier_info); of which credentials, () for all."""

    format: str
    data: Any = field(hash=False)
    credential_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A verified request: what a wallet shows, answers and encrypts to."""

    client_id: str
    service: LeafIdentity
    response_uri: str
    nonce: str
    state: str | None
    query: DcqlQuery
    encryption: ResponseEncryption
    verifier_info: tuple[VerifierInfo, ...] = ()
    expires_at: int | None = None

    def statements(self, format_: str) -> tuple[Any, ...]:
        """The data of every verifier_info entry of one format."""
        return tuple(one.data for one in self.verifier_info if one.format == format_)


def create_request_object(
    key: SigningKey,
    *,
    x5c: Sequence[bytes],
    response_uri: str,
    nonce: str,
    query: DcqlQuery,
    encryption_jwk: Mapping[str, Any],
    now: int,
    expires_at: int,
    state: str | None = None,
    wallet_nonce: str | None = None,
    verifier_info: Sequence[VerifierInfo] = (),
) -> str:
    """A signed request; `encryption_jwk` must be made for this request alone (HAIP 1.0 §5)."""
    optional = {
        "state": state,
        "wallet_nonce": wallet_nonce,
        "verifier_info": [_written_info(one) for one in verifier_info] or None,
    }
    payload: dict[str, Any] = {
        "client_id": create_client_id(x5c[0]),
        "aud": SELF_ISSUED_AUDIENCE,
        "iat": now,
        "exp": expires_at,
        "response_type": "vp_token",
        "response_mode": RESPONSE_MODE,
        "response_uri": response_uri,
        "nonce": nonce,
        "dcql_query": create_dcql_query(query),
        "client_metadata": create_client_metadata(encryption_jwk),
        **{name: value for name, value in optional.items() if value is not None},
    }
    return create_jws(payload, key, typ=REQUEST_OBJECT_TYP, x5c=x5c)


def _written_info(one: VerifierInfo) -> dict[str, Any]:
    written = {"format": one.format, "data": one.data}
    return {**written, "credential_ids": list(one.credential_ids)} if one.credential_ids else written


def verify_request_object(
    compact: str,
    *,
    expected_client_id: str,
    trust: VerifierTrust,
    now: int,
    expected_wallet_nonce: str | None = None,
    fetched_from: str | None = None,
    unsafe_any_response_host: bool = False,
) -> AuthorizationRequest:
    """The request, verified; raises RemoteError. Establishes, in this order, that

    1. it is a request object signed with the key of its first certificate, which `trust` knows;
    2. the client identifier of the link is in it and is the hash of that certificate;
    3. it is for a wallet, is current, and answers the wallet's own nonce;
    4. it asks for an encrypted vp_token by direct_post.jwt, with a nonce, and for nothing we do not support;
    5. the answer goes to a host that the certificate names, and `fetched_from`, the request_uri, is on one
       (§15.8.1, §15.8.2; a rule of this network, HAIP 1.0 §5 last note; `unsafe_any_response_host` leaves
       it out);
    6. its query is well-formed and an encryption key is usable.
    """
    jws = parse_jws(compact, expected_typ=REQUEST_OBJECT_TYP, max_bytes=MAX_REQUEST_BYTES)  # step 1, §5
    if not jws.x5c:
        raise MalformedError("the request carries no certificate", code=_CODE)
    service = trust.service_for(jws.x5c, now=now)
    request = Members(verify_jws(jws, service.public_key), code=_CODE, name="the request")
    _check_client(request, expected_client_id, leaf=jws.x5c[0])
    _check_current(request, now=now)
    _check_wallet_nonce(request, expected_wallet_nonce)
    _check_supported(request)
    response_uri = _response_uri(request)
    if not unsafe_any_response_host:
        _check_host(response_uri, service, code="response_uri_host")
        if fetched_from is not None:
            _check_host(fetched_from, service, code="request_uri_host")
    query = parse_dcql_query(request.raw.get("dcql_query"))
    return AuthorizationRequest(
        client_id=expected_client_id,
        service=service,
        response_uri=response_uri,
        nonce=_url_safe(request, "nonce"),
        state=_state(request, query),
        query=query,
        encryption=choose_encryption(request.members("client_metadata")),
        verifier_info=_verifier_info(request, query),
        expires_at=request.optional_integer("exp"),
    )


def _check_client(request: Members, expected_client_id: str, *, leaf: bytes) -> None:
    # step 2; §5.10.1: identical, with the prefix. A claim `iss` is ignored (§5)
    if request.string("client_id") != expected_client_id:
        raise BindingError("the request is from another client", code="client_id_mismatch")
    check_client_id(expected_client_id, leaf=leaf)


def _check_current(request: Members, *, now: int) -> None:
    # step 3
    if request.raw.get("aud") != SELF_ISSUED_AUDIENCE:  # §5.8
        raise BindingError("the request is not for a wallet", code="audience_mismatch")
    issued_at = request.optional_integer("iat")
    expires_at = request.optional_integer("exp")
    if issued_at is not None and issued_at > now + CLOCK_SKEW:  # RFC 7519 §4.1.6
        raise ValidityError("the request is from the future", code="not_yet_valid")
    if expires_at is not None and expires_at + CLOCK_SKEW <= now:  # RFC 7519 §4.1.4
        raise ValidityError("the request has expired", code="expired")
    if "nbf" in request and request.integer("nbf") > now + CLOCK_SKEW:  # RFC 7519 §4.1.5
        raise ValidityError("the request is not valid yet", code="not_yet_valid")


def _check_wallet_nonce(request: Members, expected: str | None) -> None:
    # step 3; §5.10.1
    if expected is not None and request.raw.get("wallet_nonce") != expected:
        raise BindingError("the request does not answer this wallet", code="wallet_nonce_mismatch")


def _check_supported(request: Members) -> None:
    # step 4
    if request.string("response_type") != "vp_token":  # HAIP 1.0 §5
        raise request.wrong("the response type is not supported")
    if request.string("response_mode") != RESPONSE_MODE:  # HAIP 1.0 §5.1
        raise request.wrong("the response mode is not supported")
    if "redirect_uri" in request:  # §8.2 response_uri
        raise request.wrong("redirect_uri does not go with direct_post")
    if "scope" in request:  # §5.1 dcql_query: not both, and no scope stands for a query here (§5.5)
        raise request.wrong("scope is not supported")
    if "request" in request or "request_uri" in request:  # RFC 9101 §4
        raise request.wrong("a request does not contain another")
    if "transaction_data" in request:  # §5.1: unsupported, so refused
        raise MalformedError("transaction data is not supported", code="invalid_transaction_data")


def _response_uri(request: Members) -> str:
    if "response_uri" not in request:  # §8.2
        raise request.wrong("response_uri is missing")
    return request.url("response_uri")


def _check_host(uri: str, service: LeafIdentity, *, code: str) -> None:
    # step 5; §14.3.1
    parts = split_url(uri)
    host = parts.hostname if parts else None
    if host is None or host not in {name.lower() for name in service.hosts}:
        raise UntrustedError("the request is or would be answered at a host not of the service", code=code)


def _url_safe(request: Members, name: str) -> str:
    value = request.string(name)
    if not _URL_SAFE.fullmatch(value):  # §5.2
        raise request.wrong(f"{name} has forbidden characters")
    return value


def _state(request: Members, query: DcqlQuery) -> str | None:
    if "state" in request:
        return _url_safe(request, "state")
    # §5.3: without a key binding there is no nonce in the answer, only state
    if not all(one.require_cryptographic_holder_binding for one in query.credentials):
        raise request.wrong("state is missing")
    return None


def _verifier_info(request: Members, query: DcqlQuery) -> tuple[VerifierInfo, ...]:
    if "verifier_info" not in request:
        return ()
    known = {one.id for one in query.credentials}
    return tuple(_info(one, known) for one in request.all_members("verifier_info"))


def _info(one: Members, known: set[str]) -> VerifierInfo:
    data = one.raw.get("data")
    if not isinstance(data, str | Mapping):  # §5.1
        raise one.wrong("verifier_info needs data")
    ids = one.strings("credential_ids") if "credential_ids" in one else ()
    if not known.issuperset(ids):
        raise one.wrong("verifier_info names an unknown credential")
    return VerifierInfo(format=one.string("format"), data=data, credential_ids=ids)
