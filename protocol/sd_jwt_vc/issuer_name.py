"""Does `iss` name the owner of the signing certificate?

With x5c the issuer *is* the subject of the leaf certificate and `iss` is optional (SD-JWT VC draft 13
§3.2.2.2, §3.5). Drafts up to 9 wanted `iss` among the certificate's names; draft 10 dropped that and left
it to ecosystems to keep `iss` and key together (draft 13 §10.2). For members of our network we keep the
rule: what `iss` says must stand among the certificate's URIs, or its https host among the DNS names, since
a key found one way and a name believed another way is how verifiers were fooled. A third party's `iss` is
its own word and decides nothing.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from protocol.errors import MalformedError, UntrustedError
from protocol.x509 import LeafIdentity


def check_issuer_name(claims: Mapping[str, Any], issuer: LeafIdentity) -> None:
    """Raises UntrustedError if a member's credential has an `iss` that its certificate does not vouch for."""
    if "iss" not in claims:
        return
    iss = claims["iss"]
    if type(iss) is not str:  # RFC 7519 §4.1.1
        raise MalformedError("iss is not a string", code="malformed_iss")
    if issuer.is_third_party:
        return
    if not stands_for(iss, hosts=issuer.hosts, uris=issuer.uris):
        raise UntrustedError("The certificate does not stand for iss", code="wrong_issuer")


def stands_for(iss: str, *, hosts: Collection[str], uris: Collection[str]) -> bool:
    """Whether a certificate with these names vouches for `iss`; raises MalformedError for no URI."""
    return iss in uris or _https_host(iss) in hosts


@lru_cache(maxsize=256)  # every credential of an issuer has the same
def _https_host(iss: str) -> str | None:
    try:
        url = urlsplit(iss)
    except ValueError as error:
        raise MalformedError("iss is not a URI", code="malformed_iss") from error
    return url.hostname if url.scheme == "https" else None
