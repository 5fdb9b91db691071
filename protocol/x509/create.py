"""Making certificates (RFC 5280 §4): a root, an issuing authority, and members' leaves, one purpose each.

Serial numbers and times are arguments. Times are Unix seconds; serials are positive and at most 20 octets
(RFC 5280 §4.1.2.2), and the caller makes them unpredictable.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from protocol.errors import LocalError
from protocol.keys import PublicKey, SigningKey
from protocol.x509.profiles import MEMBER_ID, Profile
from protocol.x509.request import alternative_names, create_csr, distinguished_name, parse_csr, subject_name
from protocol.x509.signer import CertificateSigner

__all__ = ["create_csr", "create_issuing_ca", "create_root", "issue_certificate", "parse_csr"]

_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def create_root(
    key: SigningKey,
    *,
    organisation_name: str,
    common_name: str,
    serial: int,
    not_before: int,
    not_after: int,
) -> x509.Certificate:
    """Give a self-signed trust anchor that may have one authority below it; raises LocalError."""
    name = _authority_name(organisation_name, common_name)
    builder = _builder(name, key.public_key, serial=serial, not_before=not_before, not_after=not_after)
    return _sign(_as_authority(builder, path_length=1), issuer_name=name, issuer_key=key)


def create_issuing_ca(
    public_key: PublicKey,
    *,
    root: x509.Certificate,
    root_key: SigningKey,
    organisation_name: str,
    common_name: str,
    serial: int,
    not_before: int,
    not_after: int,
) -> x509.Certificate:
    """Give an authority below the root that certifies leaves only; raises LocalError."""
    _check_issuer(root, root_key, below=1)
    _check_within(root, not_before=not_before, not_after=not_after)
    name = _authority_name(organisation_name, common_name)
    builder = _builder(name, public_key, serial=serial, not_before=not_before, not_after=not_after)
    return _sign(_as_authority(builder, path_length=0), issuer_name=root.subject, issuer_key=root_key)


def issue_certificate(
    public_key: PublicKey,
    *,
    profile: Profile,
    ca: x509.Certificate,
    ca_key: SigningKey,
    organisation_id: str,
    organisation_name: str,
    common_name: str,
    hosts: Sequence[str] = (),
    uris: Sequence[str] = (),
    serial: int,
    not_before: int,
    not_after: int,
) -> x509.Certificate:
    """Certify a member's key for one purpose, under names that the authority checked; raises LocalError."""
    if not MEMBER_ID.fullmatch(organisation_id):
        raise LocalError("an organisation identifier looks like PDXGB-name", code="bad_organisation_id")
    _check_issuer(ca, ca_key, below=0)
    _check_within(ca, not_before=not_before, not_after=not_after)
    name = subject_name(organisation_id, organisation_name, common_name)
    builder = _builder(name, public_key, serial=serial, not_before=not_before, not_after=not_after)
    builder = _as_leaf(builder, profile)
    if names := alternative_names(hosts, uris):
        builder = builder.add_extension(names, critical=False)
    return _sign(builder, issuer_name=ca.subject, issuer_key=ca_key)


def _authority_name(organisation_name: str, common_name: str) -> x509.Name:
    return distinguished_name(
        (x509.NameOID.ORGANIZATION_NAME, organisation_name), (x509.NameOID.COMMON_NAME, common_name)
    )


def _builder(
    name: x509.Name, key: PublicKey, *, serial: int, not_before: int, not_after: int
) -> x509.CertificateBuilder:
    if not 0 < serial < 1 << 159:  # RFC 5280 §4.1.2.2
        raise LocalError("a serial number is positive and at most 20 octets", code="bad_serial")
    if not not_before < not_after:
        raise LocalError("a certificate ends after it begins", code="bad_validity")
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.to_cryptography())
        .serial_number(serial)
        .not_valid_before(datetime.fromtimestamp(not_before, UTC))
        .not_valid_after(datetime.fromtimestamp(not_after, UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.to_cryptography()), critical=False)
    )


def _as_authority(builder: x509.CertificateBuilder, *, path_length: int) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return builder.add_extension(constraints, critical=True).add_extension(
        _key_usage("key_cert_sign", "crl_sign"), critical=True
    )


def _as_leaf(builder: x509.CertificateBuilder, profile: Profile) -> x509.CertificateBuilder:
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([profile.value]), critical=False)
    )


def _key_usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES})


def _check_issuer(ca: x509.Certificate, key: SigningKey, *, below: int) -> None:
    if PublicKey.from_certificate(ca) != key.public_key:
        raise LocalError("the key is not the authority's", code="wrong_key")
    if not any(_allows(extension.value, below) for extension in ca.extensions):  # RFC 5280 §4.2.1.9
        raise LocalError("that certificate may not certify this one", code="not_an_authority")


def _allows(extension: x509.ExtensionType, below: int) -> bool:
    if not isinstance(extension, x509.BasicConstraints) or not extension.ca:
        return False
    return extension.path_length is None or extension.path_length >= below


def _check_within(ca: x509.Certificate, *, not_before: int, not_after: int) -> None:
    begins, ends = ca.not_valid_before_utc.timestamp(), ca.not_valid_after_utc.timestamp()
    if not begins <= not_before < not_after <= ends:
        raise LocalError("a certificate can't outlive its authority", code="bad_validity")


def _sign(
    builder: x509.CertificateBuilder, *, issuer_name: x509.Name, issuer_key: SigningKey
) -> x509.Certificate:
    issuer = issuer_key.public_key.to_cryptography()
    return (
        builder.issuer_name(issuer_name)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
        .sign(CertificateSigner(issuer_key), SHA256())
    )
