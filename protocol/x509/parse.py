"""Reading one DER certificate completely, so that nothing later fails on a part that was never looked at."""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from protocol.errors import MalformedError

MAX_BYTES: Final = 8 * 1024
# What `cryptography` raises for certificates and requests that it can't read, some only at a later look.
UNREADABLE: Final = (
    ValueError,
    TypeError,  # for a name whose value is bits
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def parse_certificate(der: bytes) -> x509.Certificate:
    """Read one DER certificate of at most 8 KiB with its names, key and extensions; raises MalformedError."""
    if len(der) > MAX_BYTES:
        raise MalformedError("a certificate is too large", code="too_large")
    try:
        certificate = x509.load_der_x509_certificate(der)
        _read_lazy_parts(certificate)
    except UNREADABLE as error:
        raise MalformedError("a certificate can't be read", code="bad_certificate") from error
    return certificate


def _read_lazy_parts(certificate: x509.Certificate) -> None:
    # The library decodes these when they are first asked for, and raises only then.
    _ = certificate.subject, certificate.issuer, certificate.extensions, certificate.public_key()
