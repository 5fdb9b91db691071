"""Reading a form strictly: the one content type, UTF-8, no repeated and no more than a few fields."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from serving.errors import ApiError

MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 16

Form = Sequence[tuple[str, str]]


async def read_form(request: Request) -> Form:
    """The fields in the order sent; raises ApiError. An empty body is an empty form."""
    body = await request.body()
    if not body:
        return ()
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != MEDIA_TYPE:
        raise ApiError(415, "invalid_request", f"send {MEDIA_TYPE}")
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one
        raise ApiError(400, "invalid_request", "the form can't be read") from None
    if len({name for name, _ in fields}) != len(fields):  # RFC 6749 §3.2: not more than once
        raise ApiError(400, "invalid_request", "a parameter is repeated")
    return fields


FormFields = Annotated[Form, Depends(read_form)]
