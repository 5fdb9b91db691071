"""Credential Offer: OpenID4VCI 1.0 §4.1, by value and by reference; `haip-vci://` is HAIP 1.0 §4.2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from protocol.encoding import json_dumps, json_loads
from protocol.errors import MalformedError
from protocol.members import Members, is_secure_url, split_url

PRE_AUTHORIZED_CODE_GRANT: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
AUTHORIZATION_CODE_GRANT: Final = "authorization_code"
OFFER_SCHEMES: Final = ("openid-credential-offer", "haip-vci")

MAX_OFFER_BYTES: Final = 16_384
MAX_DESCRIPTION: Final = 300  # §4.1.1

_CODE: Final = "invalid_credential_offer"


@dataclass(frozen=True, slots=True)
class TransactionCode:
    """What the wallet has to ask the citizen for (§4.1.1); `length` in characters."""

    input_mode: str = "numeric"
    length: int | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PreAuthorizedCodeGrant:
    """The grant with a code that stands in for signing in (§4.1.1)."""

    pre_authorized_code: str
    tx_code: TransactionCode | None = None
    authorization_server: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationCodeGrant:
    """The grant in which the citizen signs in at the department (§4.1.1)."""

    issuer_state: str | None = None
    authorization_server: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialOffer:
    """An offer; grants that are both None leave the choice to the issuer's metadata."""

    credential_issuer: str
    credential_configuration_ids: tuple[str, ...]
    pre_authorized_code: PreAuthorizedCodeGrant | None = None
    authorization_code: AuthorizationCodeGrant | None = None


@dataclass(frozen=True, slots=True)
class OfferReference:
    """Where the offer can be fetched (§4.1.3): GET, `application/json`."""

    credential_offer_uri: str


def create_offer(offer: CredentialOffer) -> dict[str, Any]:
    """The JSON object of an offer."""
    grants: dict[str, Any] = {}
    if offer.authorization_code is not None:
        grants[AUTHORIZATION_CODE_GRANT] = _present(
            issuer_state=offer.authorization_code.issuer_state,
            authorization_server=offer.authorization_code.authorization_server,
        )
    if offer.pre_authorized_code is not None:
        grants[PRE_AUTHORIZED_CODE_GRANT] = _written_pre_authorized(offer.pre_authorized_code)
    written: dict[str, Any] = {
        "credential_issuer": offer.credential_issuer,
        "credential_configuration_ids": list(offer.credential_configuration_ids),
    }
    if grants:
        written["grants"] = grants
    parse_offer(written)
    return written


def _written_pre_authorized(grant: PreAuthorizedCodeGrant) -> dict[str, Any]:
    written = _present(
        **{"pre-authorized_code": grant.pre_authorized_code}, authorization_server=grant.authorization_server
    )
    if grant.tx_code is not None:
        written["tx_code"] = _present(
            input_mode=grant.tx_code.input_mode,
            length=grant.tx_code.length,
            description=grant.tx_code.description,
        )
    return written


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def parse_offer(value: Mapping[str, Any] | bytes | str) -> CredentialOffer:
    """The offer in a JSON object or its text; unknown members are ignored (§4.1.1). Raises MalformedError."""
    decoded = json_loads(value, max_bytes=MAX_OFFER_BYTES) if isinstance(value, bytes | str) else value
    offer = Members(decoded, code=_CODE, name="the credential offer")
    ids = offer.strings("credential_configuration_ids")
    if len(set(ids)) != len(ids):  # §4.1.1: unique strings
        raise offer.wrong("credential_configuration_ids must be unique")
    grants = offer.members("grants") if "grants" in offer else None
    return CredentialOffer(
        credential_issuer=offer.url("credential_issuer"),
        credential_configuration_ids=ids,
        pre_authorized_code=_pre_authorized(grants) if grants else None,
        authorization_code=_authorization_code(grants) if grants else None,
    )


def _pre_authorized(grants: Members) -> PreAuthorizedCodeGrant | None:
    if PRE_AUTHORIZED_CODE_GRANT not in grants:
        return None
    grant = grants.members(PRE_AUTHORIZED_CODE_GRANT)
    return PreAuthorizedCodeGrant(
        pre_authorized_code=grant.string("pre-authorized_code"),
        # an empty object still means that a code is needed
        tx_code=_tx_code(grant.members("tx_code")) if "tx_code" in grant else None,
        authorization_server=grant.optional_url("authorization_server"),
    )


def _tx_code(tx_code: Members) -> TransactionCode:
    input_mode = tx_code.optional_string("input_mode") or "numeric"
    if input_mode not in ("numeric", "text"):
        raise tx_code.wrong("input_mode must be numeric or text")
    return TransactionCode(
        input_mode=input_mode,
        length=tx_code.optional_integer("length", low=1, high=256),
        description=tx_code.optional_string("description", limit=MAX_DESCRIPTION),
    )


def _authorization_code(grants: Members) -> AuthorizationCodeGrant | None:
    if AUTHORIZATION_CODE_GRANT not in grants:
        return None
    grant = grants.members(AUTHORIZATION_CODE_GRANT)
    return AuthorizationCodeGrant(
        issuer_state=grant.optional_string("issuer_state"),
        authorization_server=grant.optional_url("authorization_server"),
    )


def create_offer_link(endpoint: str, offer: CredentialOffer | OfferReference) -> str:
    """The link that opens the wallet at `endpoint` (an https address or `openid-credential-offer://`)."""
    if isinstance(offer, OfferReference):
        query = {"credential_offer_uri": offer.credential_offer_uri}
    else:
        query = {"credential_offer": json_dumps(create_offer(offer)).decode()}
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def parse_offer_link(link: str) -> CredentialOffer | OfferReference:
    """The offer in a link, of whatever scheme the wallet was opened by; raises MalformedError."""
    parts = split_url(link) if len(link) <= 2 * MAX_OFFER_BYTES else None
    if parts is None:
        raise MalformedError("the link cannot be read", code=_CODE)
    return parse_offer_parameters(parse_qsl(parts.query, keep_blank_values=True))


def parse_offer_parameters(parameters: Sequence[tuple[str, str]]) -> CredentialOffer | OfferReference:
    """The offer in decoded query parameters; raises MalformedError."""
    values = [value for name, value in parameters if name == "credential_offer"]
    references = [value for name, value in parameters if name == "credential_offer_uri"]
    if len(values) + len(references) != 1:  # §4.1: one of the two, never both
        raise MalformedError("a link carries exactly one credential offer", code=_CODE)
    if values:
        return parse_offer(values[0])
    if not is_secure_url(references[0]) or len(references[0]) > 2048:  # §4.1: https
        raise MalformedError("credential_offer_uri must be an https URL", code=_CODE)
    return OfferReference(credential_offer_uri=references[0])
