"""Verifying an SD-JWT VC: on receipt by a wallet, and as a presentation by a verifier.

SD-JWT VC draft 13 §3.4 and §3.5 with RFC 9901 §7, profiled by HAIP 1.0 §6.1 (x5c only, ES256 only). The typ
`vc+sd-jwt`, which the draft lets a recipient take for a transitional period that began in 2024, is refused:
later drafts no longer mention it and HAIP's format identifier is `dc+sd-jwt` alone.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

from protocol.errors import BindingError, MalformedError, ValidityError
from protocol.jose.dates import check_validity_dates, numeric_date
from protocol.keys import PublicKey
from protocol.sd_jwt.key_binding import ExpectedBinding, parse_key_binding, verify_key_binding
from protocol.sd_jwt.parse import UnverifiedSdJwt, parse_sd_jwt, verify_sd_jwt
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt.process import ProcessedPayload
from protocol.sd_jwt_vc.claims import check_always_open, check_other_types, read_integrity, read_vct
from protocol.sd_jwt_vc.create import SD_JWT_VC_TYP
from protocol.sd_jwt_vc.holder_key import read_holder_key
from protocol.sd_jwt_vc.issuer_name import check_issuer_name
from protocol.status_list.reference import StatusReference, parse_status_claim
from protocol.x509 import LeafIdentity


class IssuerTrust(Protocol):
    """Says who may issue which type of credential."""

    def issuer_for(self, x5c: tuple[bytes, ...], *, vct: str, now: int) -> LeafIdentity:
        """Returns the chain's issuer (DER, leaf first); raises UntrustedError unless it may issue `vct`."""
        ...


class VerifiedSdJwtVc(NamedTuple):
    """A credential that passed; `claims` is the processed payload, `disclosed` the places that were opened.

    Times are Unix seconds. Who issued it is `issuer`; `claims["iss"]` of a third party is its own word.
    `status` is where the status stands: it has not been looked up here.
    """

    vct: str
    claims: Mapping[str, Any]
    issuer: LeafIdentity
    holder_key: PublicKey | None
    status: StatusReference | None
    issued_at: int | None
    expires_at: int | None
    disclosed: frozenset[Path]
    integrity: str | None
    payload: ProcessedPayload

    @property
    def authority_key_ids(self) -> tuple[bytes, ...]:
        """The authority key identifiers in the issuer's chain, for DCQL's trusted_authorities."""
        return self.issuer.authority_key_ids


# What `VerifiedSdJwtVc(…)` does, without a function of Python's between.
_verified = partial(tuple.__new__, VerifiedSdJwtVc)


def verify_sd_jwt_vc(compact: str, *, issuers: IssuerTrust, now: int, leeway: int) -> VerifiedSdJwtVc:
    """Checks a credential as a wallet receives it: `verify_presentation`'s steps 1 to 6, no key binding.

    Raises MalformedError (also for an SD-JWT+KB, RFC 9901 §7.2), UntrustedError, SignatureError or
    ValidityError.
    """
    sd_jwt = parse_sd_jwt(compact, expected_typ=SD_JWT_VC_TYP)
    if sd_jwt.compact.key_binding_jwt is not None:
        raise MalformedError("A credential on receipt has no key binding", code="unexpected_key_binding")
    return _verify_credential(sd_jwt, issuers=issuers, now=now, leeway=leeway)


def verify_presentation(
    compact: str,
    *,
    issuers: IssuerTrust,
    expected_audience: str,
    expected_nonce: str,
    now: int,
    leeway: int,
    max_kb_age: int,
) -> VerifiedSdJwtVc:
    """Checks a presentation with key binding; `now`, `leeway` and `max_kb_age` are seconds.

    It establishes, in this order:
    1. the form: compact serialisation with a key binding JWT; ES256 both; typ `dc+sd-jwt` and `kb+jwt`; an
       x5c chain;
    2. the chain leads to an issuer trusted for this `vct` now;
    3. the issuer's signature;
    4. every disclosure belongs to exactly one signed digest; none hides a registered claim;
    5. the credential is valid now (`nbf`, `exp`, `iat`);
    6. a member's `iss`, if present, names the certificate's owner; `vct`, `status`, `cnf` have their form;
    7. the holder's key (`cnf`) signed a fresh key binding for this audience, nonce and exactly these bytes.

    The status is left to `check_status`: it needs the fetched list. Raises MalformedError, UntrustedError,
    SignatureError, ValidityError or BindingError.
    """
    sd_jwt = parse_sd_jwt(compact, expected_typ=SD_JWT_VC_TYP)  # 1
    key_binding_jwt = sd_jwt.compact.key_binding_jwt
    if key_binding_jwt is None:  # 1, RFC 9901 §7.3 step 2
        raise BindingError("The presentation has no key binding", code="missing_key_binding")
    # Before the first signature: what is malformed costs no cryptography, and one piece of code is quicker
    # when it runs twice in a row.
    key_binding = parse_key_binding(key_binding_jwt)  # 1
    credential = _verify_credential(sd_jwt, issuers=issuers, now=now, leeway=leeway)  # 2 to 6
    if credential.holder_key is None:  # 7
        raise BindingError("The credential is bound to no key", code="missing_cnf")
    expected = ExpectedBinding(expected_audience, expected_nonce, now=now, max_age=max_kb_age, leeway=leeway)
    verify_key_binding(  # 7
        key_binding,
        bound_part=sd_jwt.compact.bound_part,
        holder_key=credential.holder_key,
        expected=expected,
    )
    return credential


def _verify_credential(
    sd_jwt: UnverifiedSdJwt, *, issuers: IssuerTrust, now: int, leeway: int
) -> VerifiedSdJwtVc:
    if not sd_jwt.jws.x5c:  # 1, HAIP 1.0 §6.1.1
        raise MalformedError("The credential has no x5c", code="missing_x5c")
    vct = read_vct(sd_jwt.unverified_payload)
    issuer = issuers.issuer_for(sd_jwt.jws.x5c, vct=vct, now=now)  # 2
    payload = verify_sd_jwt(sd_jwt, issuer.public_key)  # 3, 4
    check_always_open(payload.disclosed)  # 4
    claims = payload.claims
    expires_at = check_validity_dates(claims, now=now, leeway=leeway)  # 5
    issued_at = _read_issue_date(claims, now=now, leeway=leeway)  # 5
    check_issuer_name(claims, issuer)  # 6
    check_other_types(claims, vct=vct)  # 6
    holder_key = read_holder_key(claims)  # 6
    status = parse_status_claim(claims)  # 6
    integrity = read_integrity(claims)  # 6
    disclosed = frozenset(payload.disclosed)
    return _verified(
        (vct, claims, issuer, holder_key, status, issued_at, expires_at, disclosed, integrity, payload)
    )


def _read_issue_date(claims: Mapping[str, Any], *, now: int, leeway: int) -> int | None:
    issued_at = numeric_date(claims, "iat")
    if issued_at is not None and issued_at > now + leeway:
        raise ValidityError("The credential is from the future", code="not_yet_valid")
    return issued_at
