"""Credential Issuer Metadata: OpenID4VCI 1.0 §12.2, and the Authorization Server's: RFC 8414, §12.3.

HAIP 1.0 §4.1 asks for a scope in every configuration and for a nonce endpoint where keys are bound.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from protocol.encoding import json_loads
from protocol.errors import BindingError, MalformedError, ValidityError
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import SigningKey
from protocol.members import MAX_STRING, Members, is_secure_url, split_url
from protocol.openid4vci.offer import PRE_AUTHORIZED_CODE_GRANT
from protocol.x509 import LeafIdentity

SIGNED_METADATA_TYP: Final = "openidvci-issuer-metadata+jwt"  # §12.2.3

MAX_METADATA_BYTES: Final = 1_048_576
MAX_CONFIGURATIONS: Final = 512
MAX_BATCH: Final = 1024
CLOCK_SKEW: Final = 60  # seconds

_SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}")  # RFC 6749 §3.3
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646 §2.1, its shape
_CODE: Final = "invalid_issuer_metadata"
_AS_CODE: Final = "invalid_authorization_server_metadata"


@dataclass(frozen=True, slots=True)
class Display:
    """The name of something in one language; `locale` is a BCP 47 tag or None for any."""

    name: str
    locale: str | None = None
    description: str | None = None
    logo_uri: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialConfiguration:
    """A kind of credential the issuer offers (§12.2.4); `vct` is an SD-JWT VC's type, else None."""

    id: str
    format: str
    vct: str | None
    scope: str | None
    binding_methods: tuple[str, ...]
    proof_signing_algorithms: Mapping[str, tuple[str, ...]] = field(hash=False)
    key_attestation_required: bool
    display: tuple[Display, ...]
    raw: Mapping[str, Any] = field(hash=False, repr=False)

    @property
    def needs_proof(self) -> bool:
        """Whether a credential request must carry proofs (§8.2)."""
        return bool(self.proof_signing_algorithms)


@dataclass(frozen=True, slots=True)
class IssuerMetadata:
    """What a wallet needs to know of an issuer; `batch_size` is 1 where there is no batch."""

    credential_issuer: str
    credential_endpoint: str
    nonce_endpoint: str | None
    deferred_credential_endpoint: str | None
    notification_endpoint: str | None
    authorization_servers: tuple[str, ...]
    batch_size: int
    response_encryption_required: bool
    request_encryption_required: bool
    display: tuple[Display, ...]
    configurations: Mapping[str, CredentialConfiguration] = field(hash=False)


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """What a wallet needs to know of an authorization server (RFC 8414 §2)."""

    issuer: str
    token_endpoint: str
    authorization_endpoint: str | None
    pushed_authorization_request_endpoint: str | None
    challenge_endpoint: str | None
    grant_types: tuple[str, ...]
    dpop_algorithms: tuple[str, ...]
    token_endpoint_auth_methods: tuple[str, ...]
    anonymous_pre_authorized: bool
    iss_parameter: bool


def credential_issuer_metadata_url(credential_issuer: str) -> str:
    """Where an issuer's metadata is (§12.2.2): inserted before the path, a trailing slash is kept."""
    return _well_known(credential_issuer, "openid-credential-issuer", path=_path(credential_issuer))


def authorization_server_metadata_url(issuer: str) -> str:
    """Where an authorization server's metadata is (RFC 8414 §3.1): inserted, a trailing slash is removed."""
    return _well_known(issuer, "oauth-authorization-server", path=_path(issuer).removesuffix("/"))


def _well_known(identifier: str, name: str, *, path: str) -> str:
    parts = split_url(identifier)
    if parts is None:
        raise MalformedError("not an issuer identifier", code="invalid_issuer_identifier")
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{'' if path == '/' else path}"


def _path(identifier: str) -> str:
    check_issuer_identifier(identifier)
    parts = split_url(identifier)
    return parts.path if parts else ""


def check_issuer_identifier(identifier: str) -> None:
    """§12.2.1, RFC 8414 §2: an https URL without query and fragment; raises MalformedError."""
    if not is_secure_url(identifier) or "?" in identifier or "#" in identifier:
        raise MalformedError("not an issuer identifier", code="invalid_issuer_identifier")


def create_issuer_metadata(
    *,
    credential_issuer: str,
    credential_endpoint: str,
    nonce_endpoint: str | None,
    configurations: Mapping[str, Mapping[str, Any]],
    batch_size: int = 1,
    authorization_servers: tuple[str, ...] = (),
    deferred_credential_endpoint: str | None = None,
    notification_endpoint: str | None = None,
    display: tuple[Mapping[str, Any], ...] = (),
) -> dict[str, Any]:
    """The metadata object; `batch_size` above 1 announces batch issuance."""
    optional = {
        "authorization_servers": list(authorization_servers),
        "nonce_endpoint": nonce_endpoint,
        "deferred_credential_endpoint": deferred_credential_endpoint,
        "notification_endpoint": notification_endpoint,
        "batch_credential_issuance": {"batch_size": batch_size} if batch_size > 1 else None,
        "display": [dict(one) for one in display],
    }
    written: dict[str, Any] = {
        "credential_issuer": credential_issuer,
        "credential_endpoint": credential_endpoint,
        **{name: value for name, value in optional.items() if value},
        "credential_configurations_supported": {name: dict(one) for name, one in configurations.items()},
    }
    parse_issuer_metadata(written, expected_issuer=credential_issuer)
    return written


def create_sd_jwt_vc_configuration(
    *,
    vct: str,
    scope: str,
    display: tuple[Mapping[str, Any], ...] = (),
    claims: tuple[Mapping[str, Any], ...] = (),
) -> dict[str, Any]:
    """The configuration of an SD-JWT VC (Appendix A.3.2) bound to a P-256 key by a `jwt` proof."""
    about = {"display": [dict(one) for one in display], "claims": [dict(one) for one in claims]}
    about = {name: value for name, value in about.items() if value}
    return {
        "format": "dc+sd-jwt",
        "scope": scope,
        "vct": vct,
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": ["ES256"],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES256"]}},
        **({"credential_metadata": about} if about else {}),
    }


def create_signed_issuer_metadata(
    metadata: Mapping[str, Any], key: SigningKey, *, x5c: tuple[bytes, ...], now: int
) -> str:
    """The metadata as a JWT (§12.2.3), served as `application/jwt`."""
    payload = {**metadata, "sub": metadata["credential_issuer"], "iat": now}
    return create_jws(payload, key, typ=SIGNED_METADATA_TYP, x5c=x5c)


def verify_signed_issuer_metadata(
    compact: str, *, expected_issuer: str, find_signer: Callable[[tuple[bytes, ...]], LeafIdentity], now: int
) -> IssuerMetadata:
    """The metadata in a JWT (§12.2.3); raises RemoteError.

    `find_signer` verifies the chain (DER, leaf first) and that its holder speaks for `expected_issuer`: the
    standard leaves open how that is known.
    """
    jws = parse_jws(compact, expected_typ=SIGNED_METADATA_TYP, max_bytes=MAX_METADATA_BYTES)
    payload = verify_jws(jws, find_signer(jws.x5c).public_key)
    claims = Members(payload, code=_CODE, name="the issuer metadata")
    if claims.string("sub") != expected_issuer:
        raise BindingError("the metadata belongs to another issuer", code="issuer_mismatch")
    if claims.integer("iat") > now + CLOCK_SKEW:
        raise ValidityError("the metadata is from the future", code="not_yet_valid")
    expires_at = claims.optional_integer("exp")
    if expires_at is not None and expires_at <= now:
        raise ValidityError("the metadata has expired", code="expired")
    return parse_issuer_metadata(payload, expected_issuer=expected_issuer)


def parse_issuer_metadata(value: Mapping[str, Any] | bytes, *, expected_issuer: str) -> IssuerMetadata:
    """The metadata fetched for `expected_issuer`; raises MalformedError, BindingError if it is another's."""
    check_issuer_identifier(expected_issuer)
    decoded = json_loads(value, max_bytes=MAX_METADATA_BYTES) if isinstance(value, bytes) else value
    metadata = Members(decoded, code=_CODE, name="the issuer metadata")
    # §12.2.4: compared as strings, without normalisation
    if metadata.string("credential_issuer") != expected_issuer:
        raise BindingError("the metadata belongs to another issuer", code="issuer_mismatch")
    return IssuerMetadata(
        credential_issuer=expected_issuer,
        credential_endpoint=metadata.url("credential_endpoint"),
        nonce_endpoint=metadata.optional_url("nonce_endpoint"),
        deferred_credential_endpoint=metadata.optional_url("deferred_credential_endpoint"),
        notification_endpoint=metadata.optional_url("notification_endpoint"),
        authorization_servers=_authorization_servers(metadata),
        batch_size=_batch_size(metadata),
        response_encryption_required=_encryption_required(metadata, "credential_response_encryption"),
        request_encryption_required=_encryption_required(metadata, "credential_request_encryption"),
        display=_display(metadata, name_required=False),
        configurations=_configurations(metadata),
    )


def _authorization_servers(metadata: Members) -> tuple[str, ...]:
    if "authorization_servers" not in metadata:
        return ()
    servers = metadata.strings("authorization_servers")
    for server in servers:
        check_issuer_identifier(server)
    return servers


def _batch_size(metadata: Members) -> int:
    if "batch_credential_issuance" not in metadata:
        return 1
    # §12.2.4: 2 or greater; more than we would ever ask for is cut, not refused
    size = metadata.members("batch_credential_issuance").integer("batch_size", low=2)
    return min(size, MAX_BATCH)


def _encryption_required(metadata: Members, name: str) -> bool:
    return name in metadata and metadata.members(name).boolean("encryption_required")


def _configurations(metadata: Members) -> dict[str, CredentialConfiguration]:
    supported = metadata.members("credential_configurations_supported")
    if len(supported.raw) > MAX_CONFIGURATIONS:
        raise supported.wrong("there are too many credential configurations")
    return {name: _configuration(name, _entry(one)) for name, one in supported.raw.items()}


def _entry(value: object) -> Members:
    # not read by its name, which is the issuer's to choose and would stand in the error's text
    return Members(value, code=_CODE, name="an entry")


def _configuration(name: str, one: Members) -> CredentialConfiguration:
    scope = one.optional_string("scope")
    if scope is not None and not _SCOPE_TOKEN.fullmatch(scope):
        raise one.wrong("scope must be one scope token")
    methods = "cryptographic_binding_methods_supported"
    binding = one.strings(methods) if methods in one else ()
    proofs = one.members("proof_types_supported") if "proof_types_supported" in one else None
    if bool(binding) != (proofs is not None):  # §12.2.4: each is there if and only if the other is
        raise one.wrong("binding methods and proof types go together")
    format_ = one.string("format")
    about = one.members("credential_metadata") if "credential_metadata" in one else None
    return CredentialConfiguration(
        id=name,
        format=format_,
        vct=one.string("vct") if format_ == "dc+sd-jwt" else None,  # Appendix A.3.2: REQUIRED
        scope=scope,
        binding_methods=binding,
        proof_signing_algorithms=_proof_algorithms(proofs),
        key_attestation_required=_attested(proofs),
        display=_display(about, name_required=True) if about else (),
        raw=one.raw,
    )


def _proof_algorithms(proofs: Members | None) -> dict[str, tuple[str, ...]]:
    if proofs is None:
        return {}
    return {
        name: _entry(one).array("proof_signing_alg_values_supported", _algorithm)
        for name, one in proofs.raw.items()
    }


def _algorithm(value: object) -> str:
    return value if isinstance(value, str) else ""  # a COSE algorithm is a number; we sign with neither


def _attested(proofs: Members | None) -> bool:
    return proofs is not None and "jwt" in proofs and "key_attestations_required" in proofs.members("jwt")


def _display(holder: Members, *, name_required: bool) -> tuple[Display, ...]:
    if "display" not in holder:
        return ()
    entries = tuple(_display_entry(one, name_required=name_required) for one in holder.all_members("display"))
    locales = [entry.locale for entry in entries]
    if len(set(locales)) != len(locales):  # §12.2.4: one object a language
        raise holder.wrong("display has a language twice")
    return entries


def _display_entry(one: Members, *, name_required: bool) -> Display:
    locale = one.optional_string("locale")
    if locale is not None and not _LANGUAGE_TAG.fullmatch(locale):
        raise one.wrong("locale must be a language tag")
    logo = one.members("logo") if "logo" in one else None
    return Display(
        name=one.string("name") if name_required else one.optional_string("name") or "",
        locale=locale,
        description=one.optional_string("description"),
        logo_uri=logo.string("uri", limit=65_536) if logo else None,
    )


def create_authorization_server_metadata(
    *, issuer: str, token_endpoint: str, dpop_algorithms: tuple[str, ...] = ("ES256",), **more: Any
) -> dict[str, Any]:
    """The metadata of a server for the pre-authorized code grant; `more` adds members as they are."""
    written = {
        "issuer": issuer,
        "token_endpoint": token_endpoint,
        "grant_types_supported": [PRE_AUTHORIZED_CODE_GRANT],
        "token_endpoint_auth_methods_supported": ["none"],
        "dpop_signing_alg_values_supported": list(dpop_algorithms),
        "pre-authorized_grant_anonymous_access_supported": True,
        **more,
    }
    parse_authorization_server_metadata(written, expected_issuer=issuer)
    return written


def parse_authorization_server_metadata(
    value: Mapping[str, Any] | bytes, *, expected_issuer: str
) -> AuthorizationServerMetadata:
    """The metadata fetched for `expected_issuer`; raises MalformedError, BindingError if it is another's."""
    decoded = json_loads(value, max_bytes=MAX_METADATA_BYTES) if isinstance(value, bytes) else value
    metadata = Members(decoded, code=_AS_CODE, name="the authorization server metadata")
    if metadata.string("issuer") != expected_issuer:  # RFC 8414 §3.3: identical
        raise BindingError("the metadata belongs to another server", code="issuer_mismatch")
    par = "pushed_authorization_request_endpoint"
    return AuthorizationServerMetadata(
        issuer=expected_issuer,
        token_endpoint=metadata.url("token_endpoint"),
        authorization_endpoint=metadata.optional_url("authorization_endpoint"),
        pushed_authorization_request_endpoint=metadata.optional_url(par),
        challenge_endpoint=metadata.optional_url("challenge_endpoint"),
        # RFC 8414 §2: the defaults where a member is left out
        grant_types=_names(metadata, "grant_types_supported", ("authorization_code", "implicit")),
        dpop_algorithms=_names(metadata, "dpop_signing_alg_values_supported", ()),
        token_endpoint_auth_methods=_names(
            metadata, "token_endpoint_auth_methods_supported", ("client_secret_basic",)
        ),
        anonymous_pre_authorized=metadata.boolean(
            "pre-authorized_grant_anonymous_access_supported", default=False
        ),
        iss_parameter=metadata.boolean("authorization_response_iss_parameter_supported", default=False),
    )


def _names(metadata: Members, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    return metadata.strings(name, length=MAX_STRING) if name in metadata else default


def choose_authorization_server(metadata: IssuerMetadata, *, hinted: str | None) -> str:
    """The server to use for an offer whose grant names `hinted` (§4.1.1, §12.2.4); raises MalformedError."""
    servers = metadata.authorization_servers
    if not servers:
        if hinted is not None and hinted != metadata.credential_issuer:
            raise MalformedError("the offer names an unknown server", code="authorization_server_mismatch")
        return metadata.credential_issuer
    if hinted is None:
        return servers[0]
    if hinted not in servers:
        raise MalformedError("the offer names an unknown server", code="authorization_server_mismatch")
    return hinted
