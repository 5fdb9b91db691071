"""Whether a request may be answered at all: OpenID4VP 1.0 §5, HAIP 1.0 §5, ETSI TS 119 475 clause 5.2.

Whatever is refused here is refused in silence: nothing is posted to an address that a stranger named.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from protocol.errors import OverAskingError, ProtocolError, UntrustedError
from protocol.openid4vp.link import PresentationLink
from protocol.openid4vp.request_object import AuthorizationRequest, verify_request_object
from protocol.registration.certificate import (
    VERIFIER_INFO_FORMAT,
    RegistrationCertificate,
    find_registration,
    verify_registration_certificate,
)
from protocol.registration.over_asking import check_within_registration
from wallet.holder.errors import WalletError
from wallet.holder.network import Network
from wallet.holder.words import Words


@dataclass(frozen=True)
class AcceptedRequest:
    """A request that may be put before the citizen."""

    request: AuthorizationRequest
    registration: RegistrationCertificate | None
    service: Words

    @property
    def host(self) -> str:
        """Where the answer would go."""
        return urlsplit(self.request.response_uri).hostname or ""


def verify_request(
    request_object: str, *, link: PresentationLink, network: Network, wallet_nonce: str | None, now: int
) -> AcceptedRequest:
    """The request behind a link, verified; raises WalletError. It establishes that

    1. a service of the network, not suspended, signed it, and it is the one that the link named;
    2. it is current, fresh where we gave a nonce, complete, and asks for nothing this wallet can't do;
    3. the request came from, and the answer goes to, a host that the service's certificate names;
    4. the authority registered this service's question, and the registration is good now;
    5. the request asks for nothing beyond it.
    """
    try:  # 1 to 3
        request = verify_request_object(
            request_object,
            expected_client_id=link.client_id,
            trust=network.services,
            now=now,
            expected_wallet_nonce=wallet_nonce,
            fetched_from=link.request_uri,
        )
    except UntrustedError as error:
        raise _untrusted(error) from error
    except ProtocolError as error:
        raise WalletError("request_refused", detail=technical(error)) from error
    registration = _registration(request, network=network, now=now)  # 4
    service = network.service_name(request.service)
    if registration is not None:
        _check_within(request, registration, service)  # 5
    return AcceptedRequest(request=request, registration=registration, service=service)


def _registration(
    request: AuthorizationRequest, *, network: Network, now: int
) -> RegistrationCertificate | None:
    service = network.service_name(request.service)
    statements = request.statements(VERIFIER_INFO_FORMAT)
    if not statements and network.allows_unregistered and not network.is_member(request.service):
        return None
    try:
        return verify_registration_certificate(
            find_registration(statements),
            anchors=network.roots,
            log_keys=network.trust_list.log_keys,
            now=now,
            expected_subject=request.service.organisation_id or "",
        )
    except ProtocolError as error:
        raise WalletError("service_unregistered", name=service, detail=technical(error)) from error


def _check_within(
    request: AuthorizationRequest, registration: RegistrationCertificate, service: Words
) -> None:
    try:
        check_within_registration(request.query, registration)
    except OverAskingError as error:
        raise WalletError("over_asking", name=service, detail=technical(error)) from error


def _untrusted(error: UntrustedError) -> WalletError:
    codes = {
        "member_suspended": "service_suspended",
        "key_revoked": "service_suspended",
        "response_uri_host": "request_refused",
        "request_uri_host": "request_refused",
    }
    return WalletError(codes.get(error.code, "service_unknown"), detail=technical(error))


def technical(error: ProtocolError) -> str:
    """The line that a citizen can read out to someone who helps; protocol texts carry no personal data."""
    return f"{error.code}: {error}"
