"""Verify what a wallet sent, and say what the answer is.

An answer is given only when all of this is established, in this order (OpenID4VP 1.0 §8.3, §8.6, §14.1;
HAIP 1.0 §5, §6.1; RFC 9901 §7.3; SD-JWT VC draft 13 §3.5; Token Status List draft 14 §8.3):

 1. The request is open: known, not answered, not expired, not worn out by wrong responses. (The caller
    loads it so.)
 2. The response decrypts with the key made for this one request: ECDH-ES, A128GCM or A256GCM, that key's
    `kid`.
 3. It is an authorization response to this request: `vp_token` of the right form, `state` equal to the
    request's.
 4. For each presentation, before anything in it is believed:
    a. format `dc+sd-jwt`, compact SD-JWT+KB, ES256, a certificate chain in `x5c`;
    b. the chain leads to a trust anchor now, with the profile for signing claims;
    c. the trust list names that organisation, as active, for exactly this claim type;
    d. the issuer's signature; `iss`, where present, is the certificate's own;
    e. every disclosure matches exactly one signed digest and overwrites nothing;
    f. `nbf`, `exp` and `iat` allow now;
    g. the holder's key signed the key binding: for this service (`aud`), this request (`nonce`), exactly
       these bytes (`sd_hash`), recently (`iat`).
 5. Together the presentations are what the question asks: types, attributes, combinations, and nothing else.
 6. Where a claim has a status: the list at the named address, signed by the claim's own organisation, in
    date, the index within it, the status VALID. A list that can't be had is never a yes: unless another
    claim is refused, the answer is "referred".
 7. Of what was disclosed only what was asked is kept.

Whatever fails raises; nothing is kept of a response that failed.
"""

from dataclasses import dataclass
from typing import Final

from protocol.dcql.check import CheckedCredential, check_response
from protocol.dcql.query import DcqlQuery
from protocol.jose.jwe import DecryptionKey
from protocol.openid4vp.response import AuthorizationErrorResponse, decrypt_response
from protocol.sd_jwt_vc import VerifiedSdJwtVc, verify_presentation
from protocol.status_list import check_status
from protocol.trust_list.trusted import TrustedIssuers
from verifier.answer import DECLINED, SHOWN, STATUS_UNAVAILABLE, WALLET_ERROR, Answer, Outcome, ShownClaim
from verifier.network import StatusLists, StatusUnavailable

_ACCESS_DENIED: Final = "access_denied"
_Checked = CheckedCredential[VerifiedSdJwtVc]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the response must answer to; `max_binding_age` and `leeway` are seconds."""

    key: DecryptionKey
    client_id: str
    nonce: str
    state: str
    query: DcqlQuery
    max_binding_age: int
    leeway: int


def verify_response(
    response: str,
    *,
    expected: Expected,
    issuers: TrustedIssuers,
    status_lists: StatusLists,
    now: int,
) -> Answer:
    """The answer that the JWE `response` gives; raises RemoteError for anything not as listed above."""
    received = decrypt_response(response, expected.key, expected_state=expected.state)  # 2, 3
    if isinstance(received, AuthorizationErrorResponse):
        return not_shown(received, now=now)
    verified = {
        query_id: [_verified(one, expected, issuers, now) for one in presentations]
        for query_id, presentations in received.unverified_vp_token.items()
    }  # 4
    checked = check_response(expected.query, verified).credentials  # 5, 7
    statuses = [_status(one.credential, status_lists, issuers, now) for one in checked]  # 6
    claims = tuple(_shown(one, status.at) for one, status in zip(checked, statuses, strict=True))
    if any(status.is_unavailable for status in statuses):
        return Answer(Outcome.REFERRED, STATUS_UNAVAILABLE, now, claims)
    return Answer(Outcome.APPROVED, SHOWN, now, claims)


def not_shown(error: AuthorizationErrorResponse, *, now: int) -> Answer:
    """What a wallet's error means (OpenID4VP 1.0 §8.5): the citizen said no or had nothing, or it failed."""
    reason = DECLINED if error.error == _ACCESS_DENIED else WALLET_ERROR
    return Answer(Outcome.NOT_SHOWN, reason, now)


def _verified(presentation: str, expected: Expected, issuers: TrustedIssuers, now: int) -> VerifiedSdJwtVc:
    return verify_presentation(  # 4 a to g
        presentation,
        issuers=issuers,
        expected_audience=expected.client_id,
        expected_nonce=expected.nonce,
        now=now,
        leeway=expected.leeway,
        max_kb_age=expected.max_binding_age,
    )


@dataclass(frozen=True, slots=True)
class _Status:
    """What is known of a status that is not a bad one; `at` is when its list was signed."""

    at: int | None = None
    is_unavailable: bool = False


def _status(
    credential: VerifiedSdJwtVc, status_lists: StatusLists, issuers: TrustedIssuers, now: int
) -> _Status:
    if credential.status is None:
        return _Status()
    try:
        status_list = status_lists.fetch(credential.status.uri, trust=issuers, now=now)
    except StatusUnavailable:  # the others are looked at all the same: a revoked one is refused
        return _Status(is_unavailable=True)
    check_status(credential.status, status_list, issuer=credential.issuer)
    return _Status(at=status_list.issued_at)


def _shown(one: _Checked, status_at: int | None) -> ShownClaim:
    issuer = one.credential.issuer
    return ShownClaim(
        vct=one.credential.vct,
        issuer=issuer.organisation_id,
        issuer_name=issuer.organisation_name,
        disclosed=one.claims,  # 7
        status_at=status_at,
    )
