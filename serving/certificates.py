"""Certificates that people put into files."""

from pathlib import Path

from cryptography import x509

from serving.errors import OperatorError


def read_certificate(path: Path) -> x509.Certificate:
    """The one certificate of a PEM file, not verified; raises OperatorError."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        raise OperatorError(f"{path} is no certificate (PEM) that can be read") from None
