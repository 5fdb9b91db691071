"""What binds a certification request to one exchange, so that a request seen elsewhere is of no use.

A request's own signature only shows that somebody once had the key (RFC 2986 §4.2). Like EST (RFC 7030 §3.5)
we put a value of the exchange into the challengePassword attribute (RFC 2985 §5.4.1), under that signature.
EST's value is of the TLS session, which a proxy in front of a server ends; ours is a digest over the secret
of the exchange (the enrolment code, or the `jti` of a renewal) and the purpose of the key, so that neither
another enrolment nor another purpose takes it, and the code itself is in no request.
"""

import hmac
from hashlib import sha256
from typing import Final

from protocol.encoding import b64url_encode
from protocol.errors import BindingError
from protocol.x509.request import CertificateRequest, parse_csr

_LABEL: Final = b"pdx certification request"


def create_binding(secret: str, purpose: str) -> str:
    """The challengePassword of a request for `purpose`, made within the exchange that has `secret`."""
    return b64url_encode(sha256(b"\0".join((_LABEL, secret.encode(), purpose.encode()))).digest())


def verify_csr(csr: bytes, *, expected_secret: str, expected_purpose: str) -> CertificateRequest:
    """Read a request, check possession and binding; raises MalformedError, SignatureError, BindingError."""
    request = parse_csr(csr)
    expected = create_binding(expected_secret, expected_purpose)
    if not hmac.compare_digest(request.challenge.encode(), expected.encode()):
        raise BindingError("the certification request was made for something else", code="csr_not_bound")
    return request
