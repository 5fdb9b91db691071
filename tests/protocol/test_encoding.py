"""The strict decoders: one byte form for one value."""

from collections.abc import Callable

import pytest

from protocol.encoding import (
    b64_decode,
    b64_encode,
    b64url_decode,
    b64url_encode,
    json_dumps,
    json_loads,
    json_object,
)
from protocol.errors import LocalError, MalformedError


def refused(function: Callable[..., object], *arguments: object, **keywords: object) -> str:
    with pytest.raises(MalformedError) as caught:
        function(*arguments, **keywords)
    return caught.value.code


# RFC 4648 §10, without its padding
RFC4648 = [
    (b"", ""),
    (b"f", "Zg"),
    (b"fo", "Zm8"),
    (b"foo", "Zm9v"),
    (b"foob", "Zm9vYg"),
    (b"fooba", "Zm9vYmE"),
]


@pytest.mark.parametrize(("data", "text"), RFC4648)
def test_base64url_of_rfc4648(data: bytes, text: str) -> None:
    assert b64url_encode(data) == text
    assert b64url_decode(text) == data


def test_base64url_of_rfc7515_appendix_c() -> None:
    assert b64url_encode(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Zg==", id="padding"),
        pytest.param("Zm8=", id="one-padding"),
        pytest.param("Zm9v=", id="padding-after-whole-group"),
        pytest.param("Zh", id="trailing-bits-of-one-byte"),
        pytest.param("Zm9", id="trailing-bits-of-two-bytes"),
        pytest.param("Z", id="one-character"),
        pytest.param("Zm9vZ", id="one-character-over"),
        pytest.param("A+z/4ME", id="other-alphabet"),
        pytest.param("Zm9v\n", id="newline"),
        pytest.param("Zm 9v", id="space"),
        pytest.param("Zm9v\x00", id="nul"),
        pytest.param("Zm9ü", id="not-ascii"),
        pytest.param("Zg!!", id="outside-any-alphabet"),
        pytest.param(17, id="not-text"),
        pytest.param(None, id="nothing"),
    ],
)
def test_base64url_that_is_not_canonical(text: str) -> None:
    assert refused(b64url_decode, text) == "bad_base64url"


def test_base64url_is_bounded() -> None:
    assert b64url_decode("AAAA", max_bytes=3) == bytes(3)
    assert refused(b64url_decode, "AAAA", max_bytes=2) == "too_large"


@pytest.mark.parametrize(
    "text", ["Zg", "Zh==", "Zg=", "A-z_4ME=", "Zm9v\n", "Zm9vZg==Zg==", "Zg==\n", "=", 4, "Zm9ü"]
)
def test_base64_that_is_not_canonical(text: str) -> None:
    assert refused(b64_decode, text) == "bad_base64"


def test_base64_is_padded_and_bounded() -> None:
    assert b64_encode(b"f") == "Zg=="
    assert b64_decode("Zg==") == b"f"
    assert refused(b64_decode, "AAAA", max_bytes=2) == "too_large"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b'{"a":1,"a":1}', "duplicate_member", id="duplicate"),
        pytest.param(b'[{"b":{"a":1,"\\u0061":2}}]', "duplicate_member", id="duplicate-by-escape"),
        pytest.param(b"NaN", "bad_json", id="nan"),
        pytest.param(b"[-Infinity]", "bad_json", id="infinity"),
        pytest.param(b"1e999", "bad_json", id="too-big-a-number"),
        pytest.param(b"1" * 21, "bad_json", id="too-many-digits"),
        pytest.param(b'"\\ud800"', "bad_json", id="lone-surrogate"),
        pytest.param(b'{"\\udc00":1}', "bad_json", id="lone-surrogate-in-a-name"),
        pytest.param(b'"\xed\xa0\x80"', "bad_json", id="surrogate-in-utf8"),
        pytest.param(b'"\xff"', "bad_json", id="not-utf8"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "bad_json", id="byte-order-mark"),
        pytest.param('{"a":1}'.encode("utf-16"), "bad_json", id="utf-16"),
        pytest.param(b'{"a":1}x', "bad_json", id="something-after"),
        pytest.param(b"{} {}", "bad_json", id="two-values"),
        pytest.param(b"\x0b{}", "bad_json", id="white-space-that-json-has-not"),
        pytest.param("\u00a0{}".encode(), "bad_json", id="non-breaking-space"),
        pytest.param(b'{"a":1,}', "bad_json", id="trailing-comma"),
        pytest.param(b"{'a':1}", "bad_json", id="apostrophes"),
        pytest.param(b'"\x01"', "bad_json", id="control-character"),
        pytest.param(b"01", "bad_json", id="leading-zero"),
        pytest.param(b"", "bad_json", id="empty"),
        pytest.param(b"[" * 25 + b"]" * 25, "too_deep", id="too-deep"),
        pytest.param(b'{"a":' * 25 + b"1" + b"}" * 25, "too_deep", id="too-deep-objects"),
        pytest.param(b"[" * 100_000, "bad_json", id="too-deep-for-any-parser"),
        pytest.param("\ud800", "bad_json", id="text-with-lone-surrogate"),
    ],
)
def test_json_that_is_refused(data: bytes | str, code: str) -> None:
    assert refused(json_loads, data) == code


def test_json_that_is_read() -> None:
    assert json_loads(b' {"a":[1,-2.5,true,null,"\\ud83d\\ude00"]}\r\n') == {"a": [1, -2.5, True, None, "😀"]}
    assert json_loads('"Môn"') == "Môn"


def test_json_may_be_wide_and_is_deep_up_to_the_bound() -> None:
    assert len(json_loads(b"[" + b"[]," * 1000 + b"[]]")) == 1001
    assert json_loads(b'"' + b"[" * 1000 + b'"') == "[" * 1000
    json_loads(b"[" * 24 + b"]" * 24)
    assert refused(json_loads, b"[[1]]", max_depth=1) == "too_deep"


def test_json_is_bounded_in_bytes() -> None:
    assert json_loads(b"[1]", max_bytes=3) == [1]
    assert refused(json_loads, b"[1] ", max_bytes=3) == "too_large"


@pytest.mark.parametrize("data", [b"[]", b'"a"', b"1", b"null", b"true"])
def test_json_object_is_an_object(data: bytes) -> None:
    assert refused(json_object, data) == "bad_json"


def test_json_is_written_compact_and_in_utf8() -> None:
    assert json_dumps({"b": "Môn", "a": [1, None]}) == '{"b":"Môn","a":[1,null]}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}, "\ud800", {("a",): 1}])
def test_json_that_cant_be_written(value: object) -> None:
    with pytest.raises(LocalError):
        json_dumps(value)


def test_json_of_itself_cant_be_written() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(LocalError):
        json_dumps(endless)


def test_error_texts_carry_no_input() -> None:
    for data in (b'{"Fatima":1,"Fatima":2}', b'["Fatima",]', b'"Fatima\\ud800"'):
        with pytest.raises(MalformedError) as caught:
            json_loads(data)
        assert "Fatima" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
