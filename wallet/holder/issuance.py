"""Getting a claim: OpenID4VCI 1.0 with a pre-authorized code, as one pure workflow.

Bytes go in, the next message comes out; `holder.py` carries them. The order of calls is the order of the
methods, and nothing is asked of a department before the trust list has named it (`network.py`). What is not
done here, and why: credential response encryption (§10) is refused when a department insists on it,
deferred issuance (§9) likewise; the notification endpoint (§11) is not used, because it tells the
department what became of its claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from protocol.errors import MalformedError
from protocol.openid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    create_credential_request,
    expected_names,
    parse_credential_response,
)
from protocol.openid4vci.metadata import (
    AuthorizationServerMetadata,
    CredentialConfiguration,
    IssuerMetadata,
    authorization_server_metadata_url,
    choose_authorization_server,
    credential_issuer_metadata_url,
    parse_authorization_server_metadata,
    parse_issuer_metadata,
)
from protocol.openid4vci.offer import CredentialOffer, PreAuthorizedCodeGrant, TransactionCode
from protocol.openid4vci.proof import create_proof
from protocol.openid4vci.token import TokenRequest, TokenResponse, create_token_request, parse_token_response
from wallet.holder.errors import WalletError
from wallet.holder.keys import HolderKey
from wallet.holder.limits import Limits

SD_JWT_VC = "dc+sd-jwt"

_T = TypeVar("_T")


@dataclass(frozen=True)
class Asked:
    """One credential request on its way: the keys it proves, in order."""

    configuration: CredentialConfiguration
    keys: tuple[HolderKey, ...]
    body: dict[str, object]


class Issuance:
    """One offer on its way to its claims."""

    def __init__(self, offer: CredentialOffer, *, limits: Limits) -> None:
        self._offer = offer
        self._limits = limits
        self._issuer: IssuerMetadata | None = None
        self._server: AuthorizationServerMetadata | None = None
        self._token: TokenResponse | None = None

    # --- §4.1, §12.2: who offers what

    @property
    def credential_issuer(self) -> str:
        return self._offer.credential_issuer

    @property
    def grant(self) -> PreAuthorizedCodeGrant:
        """The grant of the offer; raises WalletError `offer_unusable` for an offer without one."""
        if self._offer.pre_authorized_code is None:
            raise WalletError("offer_unusable", name=self.credential_issuer, detail="no pre-authorized code")
        return self._offer.pre_authorized_code

    @property
    def transaction_code(self) -> TransactionCode | None:
        """What to ask the citizen for, or None."""
        return self.grant.tx_code

    @property
    def issuer_metadata_url(self) -> str:
        return credential_issuer_metadata_url(self.credential_issuer)

    def accept_issuer_metadata(self, body: bytes) -> None:
        """Takes the issuer's metadata: its identifier equals the offer's byte for byte (§12.2.4).

        Raises MalformedError or BindingError, and WalletError for what this wallet can't do.
        """
        self._issuer = parse_issuer_metadata(body, expected_issuer=self.credential_issuer)
        # §10: asked for and not supported
        if self._issuer.response_encryption_required or self._issuer.request_encryption_required:
            raise WalletError("offer_unusable", name=self.credential_issuer, detail="encryption is required")
        for configuration in self.configurations:
            _check_usable(configuration, self.credential_issuer)

    @property
    def metadata(self) -> IssuerMetadata:
        return _done(self._issuer)

    @property
    def configurations(self) -> tuple[CredentialConfiguration, ...]:
        """What is offered (§4.1.1), in the offer's order."""
        known = self.metadata.configurations
        missing = [one for one in self._offer.credential_configuration_ids if one not in known]
        if missing:
            raise MalformedError("the offer names an unknown configuration", code="unknown_configuration")
        return tuple(known[one] for one in self._offer.credential_configuration_ids)

    # --- RFC 8414 §3: the authorization server

    @property
    def server_metadata_url(self) -> str:
        return authorization_server_metadata_url(self._server_issuer())

    def accept_server_metadata(self, body: bytes) -> None:
        """Takes the authorization server's metadata; its `issuer` is the one asked for (RFC 8414 §3.3)."""
        self._server = parse_authorization_server_metadata(body, expected_issuer=self._server_issuer())

    def _server_issuer(self) -> str:
        return choose_authorization_server(self.metadata, hinted=self.grant.authorization_server)

    # --- §6: the token

    @property
    def token_endpoint(self) -> str:
        return _done(self._server).token_endpoint

    def token_form(self, transaction_code: str | None) -> dict[str, str]:
        """The token request; raises WalletError `code_needed` or `code_wrong` (its form, before it is
        tried).
        """
        if self.transaction_code is None:
            transaction_code = None  # §6.1: not sent where the offer has none
        else:
            _check_code(self.transaction_code, transaction_code)
        request = TokenRequest(self.grant.pre_authorized_code, tx_code=transaction_code)
        return create_token_request(request)

    def accept_token(self, body: bytes) -> TokenResponse:
        """Takes the token; raises MalformedError unless it is a DPoP or a bearer token."""
        self._token = parse_token_response(body)
        if self._token.token_type.lower() not in {"dpop", "bearer"}:
            raise MalformedError("the token is of an unknown type", code="invalid_token_response")
        return self._token

    # --- §7, §8: nonce, proofs, credentials

    @property
    def copies(self) -> int:
        """How many copies to ask for: what the department offers, up to our own limit."""
        return max(1, min(self.metadata.batch_size, self._limits.max_copies))

    def ask(
        self,
        configuration: CredentialConfiguration,
        *,
        keys: Sequence[HolderKey],
        nonce: str | None,
        now: int,
    ) -> Asked:
        """The credential request, with a proof of each key (§8.2)."""
        audience = self.credential_issuer
        proofs = tuple(create_proof(key.signing_key, audience=audience, nonce=nonce, now=now) for key in keys)
        by_id, by_identifier = expected_names(configuration.id, self._identifiers(configuration))
        request = CredentialRequest(
            credential_configuration_id=by_id, credential_identifier=by_identifier, proofs=proofs
        )
        return Asked(configuration, tuple(keys), create_credential_request(request))

    def _identifiers(self, configuration: CredentialConfiguration) -> tuple[str, ...]:
        details = _done(self._token).authorization_details
        matching = (one for one in details if one.credential_configuration_id == configuration.id)
        return next((one.credential_identifiers for one in matching), ())

    def accept_credentials(self, body: bytes, asked: Asked) -> tuple[str, ...]:
        """The credentials in a response, unverified and in any order (§8.3)."""
        response = parse_credential_response(body, max_credentials=len(asked.keys))
        if not isinstance(response, CredentialResponse):
            raise WalletError("issuer_failed", name=self.credential_issuer, detail="deferred issuance")
        return response.credentials


def _check_usable(configuration: CredentialConfiguration, issuer: str) -> None:
    reasons = {
        "another format": configuration.format != SD_JWT_VC or configuration.vct is None,
        "no key binding": "jwk" not in configuration.binding_methods,
        "no ES256 proof": "ES256" not in configuration.proof_signing_algorithms.get("jwt", ()),
        "a key attestation is required": configuration.key_attestation_required,
    }
    found = [reason for reason, applies in reasons.items() if applies]
    if found:
        raise WalletError("offer_unusable", name=issuer, detail=found[0])


def _check_code(expected: TransactionCode, given: str | None) -> None:
    if not given:
        raise WalletError("code_needed")
    # §4.1.1: a code that can't be right would cost the citizen one of few tries
    if expected.input_mode == "numeric" and not (given.isascii() and given.isdigit()):
        raise WalletError("code_mistyped")
    if expected.length is not None and len(given) != expected.length:
        raise WalletError("code_mistyped")


def _done(value: _T | None) -> _T:
    if value is None:
        raise RuntimeError("a step of the issuance was left out")
    return value
