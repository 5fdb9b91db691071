"""How a wallet is invoked: OpenID4VP 1.0 §10 and §5.10, RFC 9101 §5. Never a request by value.

The same link serves a tap and a QR code; its start is the wallet's https address or one of the schemes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from protocol.errors import MalformedError
from protocol.members import is_secure_url, split_url

PRESENTATION_SCHEMES: Final = ("openid4vp", "haip-vp")  # §13.1.2, HAIP 1.0 §5.1
MAX_LINK: Final = 8192

RequestUriMethod = Literal["get", "post"]

_NAMES: Final = ("client_id", "request_uri", "request_uri_method")


@dataclass(frozen=True, slots=True)
class PresentationLink:
    """Where to fetch the request and from whom it must be."""

    client_id: str
    request_uri: str
    request_uri_method: RequestUriMethod = "get"


def create_presentation_link(endpoint: str, link: PresentationLink) -> str:
    """The link that opens the wallet at `endpoint`: an https address, `openid4vp://` or `haip-vp://`."""
    query = {"client_id": link.client_id, "request_uri": link.request_uri}
    if link.request_uri_method != "get":
        query["request_uri_method"] = link.request_uri_method
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def parse_presentation_link(link: str) -> PresentationLink:
    """What a link asks the wallet to fetch, whatever it starts with; raises MalformedError."""
    parts = split_url(link) if len(link) <= MAX_LINK else None
    if parts is None:
        raise _malformed("the link cannot be read")
    return parse_presentation_parameters(parse_qsl(parts.query, keep_blank_values=True))


def parse_presentation_parameters(parameters: Sequence[tuple[str, str]]) -> PresentationLink:
    """The same from decoded query parameters, in any order; unknown ones are ignored (§5)."""
    known = [(name, value) for name, value in parameters if name in _NAMES]
    values = dict(known)
    if len(values) != len(known):  # RFC 6749 §3.1: not more than once
        raise _malformed("a parameter is repeated")
    request_uri = values.get("request_uri", "")
    if not is_secure_url(request_uri) or "#" in request_uri or len(request_uri) > 2048:
        raise _malformed("request_uri must be an https URL without a fragment")
    if not values.get("client_id"):  # RFC 9101 §5
        raise _malformed("client_id is missing")
    method = values.get("request_uri_method", "get")
    if method not in ("get", "post"):  # §8.5, case-sensitive
        raise MalformedError("request_uri_method must be get or post", code="invalid_request_uri_method")
    return PresentationLink(
        client_id=values["client_id"],
        request_uri=request_uri,
        request_uri_method="post" if method == "post" else "get",
    )


def _malformed(text: str) -> MalformedError:
    return MalformedError(text, code="invalid_presentation_link")
