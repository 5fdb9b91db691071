"""Certification path validation at a given time (RFC 5280 §6.1), for an `x5c` header (RFC 7515 §4.1.6).

`verify_chain` establishes, in this order:
 1. there are one to four certificates, each readable, and none of them is a trust anchor;
 2. the leaf is not self-issued;
 3. every certificate is within its validity at `now`;
 4. the path from the leaf to an anchor is valid: signatures, names, validity, basicConstraints, pathLen,
    keyUsage, critical extensions and name constraints (RFC 5280 §6.1.3, §6.1.4);
 5. the path is exactly the given chain in its order, every certificate certifying the one before it;
 6. every key is strong enough: P-256, for authorities also P-384;
 7. the leaf is an end entity that signs, with exactly the expected purpose.
Revocation lists (§6.3) are not looked at: the trust list takes a member out, and it is fetched like any file.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from protocol.errors import UntrustedError
from protocol.x509.leaf import LeafIdentity, member_identity, third_party_identity
from protocol.x509.parse import parse_certificate
from protocol.x509.profiles import Profile

MAX_CERTIFICATES: Final = 4
_AUTHORITY_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)


def verify_chain(
    x5c: Sequence[bytes],
    *,
    anchors: Sequence[x509.Certificate],
    now: int,
    expected_profile: Profile | None,
) -> LeafIdentity:
    """Verify DER certificates, leaf first and without the anchor, at `now`.

    Raises UntrustedError, or MalformedError where one can't be read. `expected_profile` is None only for
    anchors of third parties, whose certificates don't have our purposes.
    """
    if not 1 <= len(x5c) <= MAX_CERTIFICATES:
        raise UntrustedError("a chain has one to four certificates", code="bad_chain_length")
    chain = [parse_certificate(der) for der in x5c]
    if any(certificate in anchors for certificate in chain):  # HAIP 1.0 §7
        raise UntrustedError("the chain contains its own trust anchor", code="anchor_in_chain")
    if chain[0].issuer == chain[0].subject:  # HAIP 1.0 §7
        raise UntrustedError("the signer's certificate is self-signed", code="self_signed")
    for certificate in chain:
        _check_validity(certificate, now)
    anchor = _validate_path(chain, anchors, now)
    for authority in (*chain[1:], anchor):
        _check_authority_key(authority)
    if expected_profile is None:
        return third_party_identity(chain, anchor)
    _check_profile(chain[0], expected_profile)
    return member_identity(chain)


def _check_validity(certificate: x509.Certificate, now: int) -> None:
    # RFC 5280 §6.1.3 (a)(2), ahead of the rest so that the reason can be told.
    if now < certificate.not_valid_before_utc.timestamp():
        raise UntrustedError("a certificate is not valid yet", code="certificate_not_yet_valid")
    if now > certificate.not_valid_after_utc.timestamp():
        raise UntrustedError("a certificate has expired", code="certificate_expired")


def _validate_path(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], now: int
) -> x509.Certificate:
    # Only anchors that can have issued the last certificate: the library may then not take a short cut.
    candidates = [anchor for anchor in anchors if anchor.subject == chain[-1].issuer]
    if not candidates:
        raise UntrustedError("the chain leads to no trust anchor", code="unknown_authority")
    verifier = (
        PolicyBuilder()
        .store(Store(candidates))
        .time(datetime.fromtimestamp(now, UTC))
        .max_chain_depth(MAX_CERTIFICATES)
        .extension_policies(ca_policy=_AUTHORITY, ee_policy=_END_ENTITY)
        .build_client_verifier()
    )
    try:
        path = verifier.verify(chain[0], list(chain[1:])).chain
    except VerificationError as error:
        raise UntrustedError("the certificate chain is not valid", code="bad_chain") from error
    if path[:-1] != list(chain):  # RFC 7515 §4.1.6: each certifies the one before it
        raise UntrustedError("the certificate chain is not in order", code="bad_chain_order")
    return path[-1]


def _check_authority_key(certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _AUTHORITY_CURVES):
        raise UntrustedError("an authority's key must be on P-256 or P-384", code="weak_key")


def _check_profile(leaf: x509.Certificate, expected: Profile) -> None:
    # One purpose each: a key for one thing must not also serve for another.
    try:
        usages = list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        usages = []
    if usages != [expected.value]:
        raise UntrustedError("the certificate is for another purpose", code="wrong_profile")


def _authority_usage(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:  # RFC 5280 §6.1.4 (n)
        raise ValueError("may not sign certificates")


def _end_entity_constraints(
    _: Policy, __: x509.Certificate, constraints: x509.BasicConstraints | None
) -> None:
    if constraints is not None and constraints.ca:  # RFC 5280 §4.2.1.9: an authority's key signs certificates
        raise ValueError("an authority")


def _end_entity_usage(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.digital_signature:  # RFC 5280 §4.2.1.3
        raise ValueError("may not sign")


# RFC 5280 §6.1.4 (i): we process no certificate policies, so an authority that requires one is refused.
_AUTHORITY: Final = (
    ExtensionPolicy.permit_all()
    .require_present(
        x509.BasicConstraints, Criticality.AGNOSTIC, None
    )  # §6.1.4 (k); the library reads cA itself
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _authority_usage)
    .require_not_present(x509.PolicyConstraints)
)
_END_ENTITY: Final = (
    ExtensionPolicy.permit_all()
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _end_entity_constraints)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _end_entity_usage)
)
