"""Does `iss` name the owner of the signing certificate?

With x5c the issuer *is* the subject of the leaf certificate (SD-JWT VC draft 13 §3.5), and `iss` is
optional. If it is there, nothing but the certificate may say that it is true: a key found one way and a
name believed another way is how verifiers were fooled. So `iss` must stand among the certificate's URIs, or
its https host among its DNS names.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from protocol.errors import MalformedError, UntrustedError
from protocol.x509 import LeafIdentity


def check_issuer_name(claims: Mapping[str, Any], issuer: LeafIdentity) -> None:
    """Raises UntrustedError if `iss` is present and the certificate does not vouch for it."""
    if "iss" not in claims:
        return
    iss = claims["iss"]
    if type(iss) is not str:  # RFC 7519 §4.1.1
        raise MalformedError("iss is not a string", code="malformed_iss")
    if iss not in issuer.uris and _https_host(iss) not in issuer.dns_names:
        raise UntrustedError("The certificate does not stand for iss", code="wrong_issuer")


def _https_host(iss: str) -> str | None:
    try:
        url = urlsplit(iss)
    except ValueError as error:
        raise MalformedError("iss is not a URI", code="malformed_iss") from error
    return url.hostname if url.scheme == "https" else None
