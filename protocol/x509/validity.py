"""When a certificate is to be made anew."""

from cryptography import x509


def certificate_ends(certificate: x509.Certificate) -> int:
    """When it ends, in Unix seconds."""
    return int(certificate.not_valid_after_utc.timestamp())


def is_due(certificate: x509.Certificate, now: int) -> bool:
    """Whether less than a third of a certificate's life is left."""
    begins, ends = int(certificate.not_valid_before_utc.timestamp()), certificate_ends(certificate)
    return (ends - now) * 3 < ends - begins
