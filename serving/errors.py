"""From what went wrong to what is answered: one table, for machines and for people.

A text never repeats what was sent. A machine gets the standard's error code, a person gets a page that
says what happened and what to do next.
"""

from collections.abc import Mapping

from protocol.errors import (
    BindingError,
    LocalError,
    MalformedError,
    OverAskingError,
    ProtocolError,
    RemoteError,
    SignatureError,
    StatusError,
    UnsatisfiedError,
    UntrustedError,
    ValidityError,
)

# The most particular class first: the first that fits is taken.
PROTOCOL_STATUS: tuple[tuple[type[ProtocolError], int], ...] = (
    (MalformedError, 400),
    (SignatureError, 400),
    (ValidityError, 400),
    (BindingError, 400),
    (UnsatisfiedError, 400),
    (UntrustedError, 403),
    (OverAskingError, 403),
    (StatusError, 403),
    (RemoteError, 400),
    (LocalError, 500),
    (ProtocolError, 500),
)

HTTP_CODES: Mapping[int, tuple[str, str]] = {
    400: ("invalid_request", "the request is not understood"),
    401: ("unauthorized", "sign in, or send a valid token"),
    403: ("forbidden", "this is not allowed"),
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address does not take that method"),
    406: ("not_acceptable", "this address has nothing of the kind that was asked for"),
    409: ("conflict", "this was already done, or is being done"),
    410: ("gone", "this is no longer here"),
    413: ("request_too_large", "the request is larger than this address takes"),
    415: ("unsupported_media_type", "this address does not take that content type"),
    422: ("invalid_request", "a field is missing or has the wrong form"),
    429: ("too_many_requests", "too many requests; try again later"),
    431: ("request_too_large", "the request's address or headers are longer than this service takes"),
    500: ("server_error", "something went wrong here; it was noted"),
    502: ("bad_gateway", "a service that this one relies on gave no usable answer"),
    503: ("temporarily_unavailable", "this service is unavailable for the moment; try again"),
    504: ("gateway_timeout", "a service that this one relies on did not answer in time"),
}


class OperatorError(Exception):
    """Whoever runs a command or a service can mend this; the text says what is wrong and what to do."""


class ApiError(Exception):
    """A refusal that a route or use case chose: HTTP status, the standard's error code, a text safe to send.

    `page` names the texts of the page that a person sees (`error.<page>.title` and so on); without it the
    page of the status is shown. `members` stand beside `error` in a machine's answer: words of closed lists.
    """

    def __init__(
        self,
        status: int,
        code: str,
        text: str = "",
        *,
        page: str | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text or code)
        self.status = status
        self.code = code
        self.text = text
        self.page = page
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def from_status(status: int, headers: Mapping[str, str] | None = None) -> ApiError:
    """The plain answer of an HTTP status."""
    code, text = HTTP_CODES.get(status, HTTP_CODES[500 if status >= 500 else 400])
    return ApiError(status, code, text, headers=headers)


def from_protocol(error: ProtocolError) -> ApiError:
    """The answer to a protocol error. What is our own fault tells the peer nothing but that."""
    status = next(status for kind, status in PROTOCOL_STATUS if isinstance(error, kind))
    if status >= 500:
        return from_status(status)
    return ApiError(status, error.code, str(error))
