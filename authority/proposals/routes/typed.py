"""Forms in which somebody typed something: it survives the end of their session.

A form is done as it says only if it carries the mark of the present session (cross-site request forgery). One
of an earlier session is shown again with what it says, and does nothing until it is sent once more; without a
session the page says so and has the entries. Forms of other sites get no further than `SameOriginForms`.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile

from authority.office.deps import deps_of
from authority.people.render import render
from authority.people.signed_in import MAX_LONG, Fields, PerhapsSignedIn, checked, provider_of
from serving.errors import ApiError
from serving.forms import Body, form_fields, media_type

MAX_PARTS: Final = 16  # fields of a form that carries a file
LOOK: Final = "look"  # what a button says that only wants the page in the other language


@dataclass(frozen=True, slots=True, repr=False)
class Typed(Fields):
    """What a form says; `is_ours`: it is from this very session, so that it may be done."""

    is_ours: bool


class SignedOutError(Exception):
    """Nobody is signed in any more; `pairs` is what they typed."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__("the session has ended")
        self.pairs = pairs


async def typed(request: Request, body: Body, person: PerhapsSignedIn) -> Typed:
    """The form's fields, a chosen file in place of `text`; raises SignedOutError, ApiError."""
    is_file = media_type(request) == "multipart/form-data"
    pairs = await _parts(request) if is_file else form_fields(request, body, most=MAX_LONG)
    if person is None:
        provider_of(request)
        raise SignedOutError(pairs)
    fields = [pair for pair in pairs if pair[0] != "csrf"]
    try:
        checked(Fields(pairs), person)
    except ApiError:
        return Typed(fields, is_ours=False)
    return Typed(fields, is_ours=True)


TypedForm = Annotated[Typed, Depends(typed)]


async def signed_out(request: Request, error: Exception) -> Response:
    """The page that keeps what was typed while somebody signs in again beside it."""
    assert isinstance(error, SignedOutError)
    kept = [pair for pair in error.pairs if pair[0] != "go"]
    path = request.url.path
    return render(
        request, deps_of(request), "proposal_signed_out.html", status=401, typed_at=path, carried=kept
    )


async def _parts(request: Request) -> list[tuple[str, str]]:
    # RFC 7578 §5.1.2: there is none; Python knows some that take seconds, in which nobody else is answered
    if b"charset" in parse_options_header(request.headers.get("content-type"))[1]:
        raise ApiError(400, "invalid_request", "send a form in UTF-8, without a charset")
    pairs: list[tuple[str, str]] = []
    uploaded: list[tuple[str, str]] = []  # in place of an empty text, wherever the form has it
    async with request.form(max_files=1, max_fields=MAX_PARTS) as parts:
        for name, value in parts.multi_items():
            if not isinstance(value, UploadFile):
                pairs.append((name, value))
            elif data := await value.read():
                uploaded.append(("text", _decoded(data)))
    return pairs + uploaded


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(422, "invalid_request", page="no_text") from None
