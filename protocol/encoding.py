"""Strict, bounded, canonical decoders: one byte form for one value, or MalformedError.

base64url without padding after RFC 7515 §2 and RFC 4648 §5 (trailing bits zero, §3.5), base64 after RFC 4648
§4, JSON after RFC 8259 within I-JSON (RFC 7493 §2: UTF-8, no lone surrogates, no duplicate members).
"""

import json
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from itertools import chain
from json import JSONDecoder, JSONEncoder
from math import isfinite
from string import ascii_letters, digits
from typing import Any, Final, NoReturn

import orjson
from pybase64 import b64decode, b64encode_as_string

from protocol.errors import LocalError, MalformedError

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 24
MAX_DIGITS: Final = 20

_URL_CHARACTERS: Final = b"-_"
# By length modulo 4: the padding left out, and the last characters whose unused bits are zero.
_PADDING: Final = ("", "", "==", "=")
_LAST: Final = (ascii_letters + digits + "-_", "", "AQgw", "AEIMQUYcgkosw048")
_JSON_SPACE: Final = " \t\n\r"
_JSON_TYPES_ONLY: Final = (
    orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
)


def b64url_encode(data: bytes) -> str:
    """Give base64url without padding (RFC 7515 §2)."""
    return b64encode_as_string(data, _URL_CHARACTERS).rstrip("=")


def b64url_decode(text: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Give the bytes of canonical base64url without padding; raises MalformedError."""
    try:
        if len(text) * 3 >> 2 > max_bytes:
            raise MalformedError("too large", code="too_large")
        rest = len(text) & 3
        # The decoder takes base64's own characters and padding too, and any unused bits.
        if (text and text[-1] not in _LAST[rest]) or "+" in text or "/" in text:
            raise MalformedError("base64url is not canonical", code="bad_base64url")
        return b64decode(text + _PADDING[rest], _URL_CHARACTERS, True)  # which refuses other characters
    except (ValueError, TypeError):
        raise MalformedError("not base64url without padding", code="bad_base64url") from None


def b64_encode(data: bytes) -> str:
    """Give base64 with padding (RFC 4648 §4), as `x5c` uses it."""
    return b2a_base64(data, newline=False).decode("ascii")


def b64_decode(text: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Give the bytes of canonical padded base64 (RFC 4648 §4); raises MalformedError."""
    try:
        data = a2b_base64(text.encode("ascii"), strict_mode=True)
    except (Base64Error, UnicodeEncodeError, AttributeError):
        raise MalformedError("not base64", code="bad_base64") from None
    if len(data) > max_bytes:
        raise MalformedError("too large", code="too_large")
    if b64_encode(data) != text:
        raise MalformedError("base64 is not canonical", code="bad_base64")
    return data


def json_loads(data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Parse strict JSON of at most `max_bytes` and `max_depth` nested containers; raises MalformedError."""
    if len(data) > max_bytes:
        raise MalformedError("too large", code="too_large")
    try:
        encoded = data.encode() if isinstance(data, str) else data
        value = orjson.loads(encoded)
        # What is written back byte for byte had no member twice, no white space, no odd number or escape.
        if orjson.dumps(value) == encoded:
            if encoded.count(b"[") + encoded.count(b"{") > max_depth:  # else it can't be nested too deeply
                _check_depth(value, max_depth)
            return value
    except (ValueError, TypeError):  # not JSON, or not what can be written
        pass
    return _read_strictly(data, max_depth)


def json_object(
    data: bytes | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> dict[str, Any]:
    """Parse strict JSON that must be an object; raises MalformedError."""
    value = json_loads(data, max_bytes=max_bytes, max_depth=max_depth)
    if type(value) is not dict:
        raise MalformedError("not a JSON object", code="bad_json")
    return value


def json_dumps(value: Any) -> bytes:
    """Give compact UTF-8 JSON in the members' own order; raises LocalError."""
    try:
        written = orjson.dumps(value, option=_JSON_TYPES_ONLY)
        if b"null" not in written:  # which may stand for NaN
            return written
    except TypeError:  # a great integer or a type of one's own
        pass
    return _write_strictly(value)


def _write_strictly(value: Any) -> bytes:
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        raise LocalError("can't be written as JSON") from None


def _read_strictly(data: bytes | str, max_depth: int) -> Any:
    # This says what is accepted; the quick way above takes a part of it and gives the same values.
    try:
        text = (data.encode("utf-8") if isinstance(data, str) else data).decode("utf-8").strip(_JSON_SPACE)
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise MalformedError("not JSON", code="bad_json") from None
    if end != len(text):
        raise MalformedError("not JSON", code="bad_json")
    if text.count("[") + text.count("{") > max_depth:
        _check_depth(value, max_depth)
    if "\\" in text and "\\u" in text:  # the first question is the cheap one
        _check_unicode(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedError("an object has a member twice", code="duplicate_member")
    return members


def _constant(_: str) -> NoReturn:
    raise MalformedError("a number must be finite", code="bad_json")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedError("a number is too long", code="bad_json")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise MalformedError("a number must be finite", code="bad_json")
    return value


def _check_depth(value: Any, max_depth: int) -> None:
    level = _containers([value])
    for _ in range(max_depth):
        level = _containers(chain.from_iterable(map(_children, level)))
    if level:
        raise MalformedError("nested too deeply", code="too_deep")


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if type(value) is dict or type(value) is list]


def _children(container: Any) -> Iterable[Any]:
    return container.values() if type(container) is dict else container


def _check_unicode(value: Any) -> None:
    # An escape can name half a surrogate pair, which no UTF-8 text can carry.
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("text is not Unicode", code="bad_json") from None


_DECODER: Final = JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_integer
)
_ENCODER: Final = JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
