"""The enrolment link: all that a server needs to join a network, given to one organisation once.

    https://office.example/enrol#<code>.<SHA-256 of the root's certificate, base64url>

What comes after # never leaves the server by itself (RFC 3986 §3.5): no log and no proxy sees the code. The
digest pins the root, so that whatever the office answers is verified under the network's own certificate.
"""

import re
from dataclasses import dataclass
from typing import Final

from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import MalformedError
from protocol.members import is_secure_url

PATH: Final = "/enrol"
MAX_LINK: Final = 2048
CODE: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes


@dataclass(frozen=True, slots=True)
class EnrolmentLink:
    """`office` is its address without a closing slash; `root_sha256` is over the certificate's DER."""

    office: str
    code: str
    root_sha256: bytes


def create_enrolment_link(link: EnrolmentLink) -> str:
    """The link as it is handed over."""
    return f"{link.office}{PATH}#{link.code}.{b64url_encode(link.root_sha256)}"


def parse_enrolment_link(text: str) -> EnrolmentLink:
    """The parts of a link; raises MalformedError."""
    address, _, secret = text.strip().partition("#")
    code, _, digest = secret.partition(".")
    if len(text) > MAX_LINK or not is_secure_url(address) or "?" in address or not address.endswith(PATH):
        raise _malformed()
    if not CODE.fullmatch(code):
        raise _malformed()
    root_sha256 = b64url_decode(digest)
    if len(root_sha256) != 32:
        raise _malformed()
    return EnrolmentLink(address.removesuffix(PATH), code, root_sha256)


def _malformed() -> MalformedError:
    return MalformedError("this is not an enrolment link", code="invalid_enrolment_link")
