"""The quick way of reading JSON takes nothing that the strict one refuses, and gives the same values."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import encoding
from protocol.encoding import MAX_DEPTH, json_dumps, json_loads
from protocol.errors import MalformedError

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**22), 10**22),
    st.floats(),
    st.text(st.characters(), max_size=8),
    st.sampled_from(
        ["", "_sd", "...", "\ud800", "\udc00", "\x00", "\x7f", "\u2028", "é", "\U0001f600", "/", "\\"]
    ),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
#: Pieces of JSON, good and bad, that are glued together in any order.
_PIECES_OF_JSON = r"""
{ } [ ] , : " "a":1 "a" "\u0061" "\ud800" "\ud83d\ude00" "\/" "/" "\n" "\u001f" "\u000a" "\u007f"
1 -1 0 -0 -0.0 1.0 1.00 1e2 1E2 1e+16 1e16 1e-7 1e-07 1e999 -1e999 0.1 5e-324 1e-999
9007199254740993 18446744073709551615 18446744073709551616 -9223372036854775808 -9223372036854775809
99999999999999999999 100000000000000000000 0.1000000000000000055511151231257827
NaN Infinity -Infinity null true false
"""
_PIECES = st.sampled_from(_PIECES_OF_JSON.split())
_SPACES = st.sampled_from(["", "", "", " ", "\n", "\ufeff", "\xa0", "\x0b", "\x00"])


def _strictly(data: bytes, max_depth: int) -> Any:
    try:
        return _with_types(encoding._read_strictly(data, max_depth))
    except MalformedError as error:
        return f"refused: {error.code}"


def _quickly(data: bytes | str, max_depth: int) -> Any:
    try:
        return _with_types(json_loads(data, max_depth=max_depth))
    except MalformedError as error:
        return f"refused: {error.code}"


def _with_types(value: Any) -> Any:
    # In the members' own order; 1, 1.0, True and -0.0 are four different values here.
    if type(value) is dict:
        return [(name, _with_types(member)) for name, member in value.items()]
    if type(value) is list:
        return [list, *map(_with_types, value)]
    return type(value), repr(value)


def _check(data: bytes, max_depth: int = MAX_DEPTH) -> None:
    assert _quickly(data, max_depth) == _strictly(data, max_depth)


@given(st.binary(max_size=64))
@example(b"\xef\xbb\xbf{}")
@example(b'"\xed\xa0\x80"')
def test_any_bytes(data: bytes) -> None:
    _check(data)


@given(st.lists(st.tuples(_PIECES, _SPACES), max_size=12))
def test_pieces_of_json_in_any_order(pieces: list[tuple[str, str]]) -> None:
    _check("".join(piece + space for piece, space in pieces).encode())


@given(st.lists(st.tuples(st.sampled_from(['"a"', '"b"', '"\\u0061"', '"\\ud800"']), _PIECES), max_size=4))
def test_objects_with_members_twice(members: list[tuple[str, str]]) -> None:
    _check(("{" + ",".join(f"{name}:{value}" for name, value in members) + "}").encode())


@given(_VALUES, st.sampled_from([(",", ":"), (", ", ": ")]), st.booleans(), st.integers(0, 3))
def test_written_json_with_a_change(
    value: Any, separators: tuple[str, str], ensure_ascii: bool, max_depth: int
) -> None:
    text = json.dumps(value, separators=separators, ensure_ascii=ensure_ascii)
    _check(text.encode("utf-8", "surrogatepass"), max_depth)


@given(_VALUES, st.data())
def test_written_json_with_bytes_put_in(value: Any, data: st.DataObject) -> None:
    written = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    place = data.draw(st.integers(0, len(written)))
    removed = data.draw(st.integers(0, 2))
    added = data.draw(st.binary(max_size=2) | _PIECES.map(str.encode))
    _check(written[:place] + added + written[place + removed :])


@pytest.mark.parametrize("depth", [1, 23, 24, 25, 250, 254, 255, 256, 1023, 1024, 1025, 5000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize("max_depth", [24, 300, 2000])
def test_nesting(depth: int, opening: bytes, closing: bytes, max_depth: int) -> None:
    _check(opening * depth + b"1" + closing * depth, max_depth)


@given(_PIECES.filter(lambda piece: piece[0] in "-0123456789"))
def test_numbers(number: str) -> None:
    _check(number.encode())
    _check(f"[{number}]".encode())


@given(st.floats() | st.integers(-(2**70), 2**70))
def test_numbers_as_others_write_them(number: float) -> None:
    for text in (repr(number), f"{number:.17g}", f"{number:e}"):
        _check(text.encode())


@given(st.text(max_size=8))
def test_text_that_is_read_equals_bytes_that_are_read(text: str) -> None:
    written = json.dumps(text, ensure_ascii=False)
    assert _quickly(written, MAX_DEPTH) == _strictly(written.encode(), MAX_DEPTH)


@given(_VALUES)
def test_what_is_written_reads_as_what_the_strict_writer_wrote(value: Any) -> None:
    try:
        expected = encoding._write_strictly(value)
    except Exception as error:
        with pytest.raises(type(error)):
            json_dumps(value)
        return
    assert _strictly(json_dumps(value), MAX_DEPTH) == _strictly(expected, MAX_DEPTH)
