"""Reading a submitted form strictly: one content type, a bounded number of fields."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from serving.errors import ApiError

MAX_FIELDS = 64


async def body_of(request: Request) -> bytes:
    """The body, read before the endpoint runs in its thread."""
    return await request.body()


Body = Annotated[bytes, Depends(body_of)]


def media_type(request: Request) -> str:
    """The request's content type without parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def whole_number(text: str, *, digits: int) -> int | None:
    """A number that somebody typed, in at most so many digits; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def form_fields(request: Request, body: bytes, *, most: int = MAX_FIELDS) -> list[tuple[str, str]]:
    """The fields of a form in order, repetitions kept, at most `most` of them; raises ApiError."""
    if media_type(request) != "application/x-www-form-urlencoded":
        raise ApiError(400, "invalid_request", "send a form: application/x-www-form-urlencoded")
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=most, errors="strict")
    except ValueError:
        raise ApiError(400, "invalid_request", "the form cannot be read") from None
