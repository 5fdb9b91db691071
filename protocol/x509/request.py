"""Certification requests with proof of possession (RFC 2986 §3): a member's key never leaves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID

from protocol.errors import LocalError, MalformedError, SignatureError
from protocol.keys import PublicKey, SigningKey
from protocol.x509.parse import UNREADABLE
from protocol.x509.profiles import ORGANISATION_ID
from protocol.x509.signer import CertificateSigner

MAX_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What a member asks to be certified; only the key is proven, the names are a wish.

    `challenge` is the challengePassword (RFC 2985 §5.4.1): what the request was made for, or empty.
    """

    public_key: PublicKey
    organisation_id: str
    organisation_name: str
    common_name: str
    hosts: tuple[str, ...]
    uris: tuple[str, ...]
    challenge: str = ""


def create_csr(
    key: SigningKey,
    *,
    organisation_id: str,
    organisation_name: str,
    common_name: str,
    hosts: Sequence[str] = (),
    uris: Sequence[str] = (),
    challenge: str = "",
) -> bytes:
    """Give a PKCS #10 request in PEM, signed by the key that it is for."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        subject_name(organisation_id, organisation_name, common_name)
    )
    if names := alternative_names(hosts, uris):
        builder = builder.add_extension(names, critical=False)
    if challenge:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
    return builder.sign(CertificateSigner(key), SHA256()).public_bytes(Encoding.PEM)


def parse_csr(data: bytes) -> CertificateRequest:
    """Read a PKCS #10 request, PEM or DER, for a P-256 key; raises MalformedError, SignatureError."""
    if len(data) > MAX_BYTES:
        raise MalformedError("a certification request is too large", code="too_large")
    try:
        request = _load(data)
        public_key = PublicKey.from_cryptography(request.public_key())
        _check_possession(request)
        names, subject = _requested_names(request), request.subject
        challenge = _challenge(request)
    except UNREADABLE as error:
        raise MalformedError("a certification request can't be read", code="bad_csr") from error
    return CertificateRequest(
        public_key=public_key,
        organisation_id=_first(subject, ORGANISATION_ID),
        organisation_name=_first(subject, x509.NameOID.ORGANIZATION_NAME),
        common_name=_first(subject, x509.NameOID.COMMON_NAME),
        hosts=hosts_of(names),
        uris=tuple(names.get_values_for_type(x509.UniformResourceIdentifier)),
        challenge=challenge,
    )


def subject_name(organisation_id: str, organisation_name: str, common_name: str) -> x509.Name:
    """Give the subject of a member: organisation, identifier, what the key is called; raises LocalError."""
    return distinguished_name(
        (x509.NameOID.ORGANIZATION_NAME, organisation_name),
        (ORGANISATION_ID, organisation_id),
        (x509.NameOID.COMMON_NAME, common_name),
    )


def distinguished_name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Give a name of attributes of 1 to 64 characters each (RFC 5280 appendix A.1); raises LocalError."""
    if not all(1 <= len(value) <= 64 for _, value in attributes):
        raise LocalError("a name in a certificate has 1 to 64 characters", code="bad_name")
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def alternative_names(hosts: Sequence[str], uris: Sequence[str]) -> x509.SubjectAlternativeName | None:
    """Give the extension for hosts and URIs, or None: it must not be empty; raises LocalError."""
    try:
        names = [*map(_host, hosts), *map(x509.UniformResourceIdentifier, uris)]
    except ValueError as error:
        raise LocalError("hosts and URIs in a certificate are ASCII", code="bad_name") from error
    return x509.SubjectAlternativeName(names) if names else None


def hosts_of(names: x509.SubjectAlternativeName) -> tuple[str, ...]:
    """Give the hosts that an extension names: DNS names, then IP addresses as text."""
    addresses = names.get_values_for_type(x509.IPAddress)
    return (*names.get_values_for_type(x509.DNSName), *map(str, addresses))


def _host(host: str) -> x509.GeneralName:
    # RFC 5280 §4.2.1.6: an address is an iPAddress, never a dNSName that looks like one.
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _load(data: bytes) -> x509.CertificateSigningRequest:
    if data.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_csr(data)
    return x509.load_der_x509_csr(data)


def _check_possession(request: x509.CertificateSigningRequest) -> None:
    # RFC 2986 §4.2: the signature is the proof that the member has the private key.
    if not isinstance(request.signature_hash_algorithm, SHA256) or not request.is_signature_valid:
        raise SignatureError("the request is not signed by its own key", code="no_possession")


def _requested_names(request: x509.CertificateSigningRequest) -> x509.SubjectAlternativeName:
    try:
        return request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.SubjectAlternativeName([])


def _challenge(request: x509.CertificateSigningRequest) -> str:
    try:
        return request.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD).value.decode()
    except x509.AttributeNotFound:
        return ""


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    values = name.get_attributes_for_oid(oid)
    value = values[0].value if values else ""
    return value if isinstance(value, str) else ""
