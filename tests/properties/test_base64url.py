"""base64url: accepted is exactly what the encoder writes, and the standard library agrees on the bytes."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from hypothesis import example, given
from hypothesis import strategies as st

from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import MalformedError

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NEARLY = st.text(_ALPHABET + "+/= \n\x00é\ud800", max_size=40)


@given(st.binary(max_size=200))
def test_written_as_the_standard_library_writes_it(data: bytes) -> None:
    written = urlsafe_b64encode(data).rstrip(b"=").decode()
    assert b64url_encode(data) == written
    assert b64url_decode(written) == data


@given(st.text(max_size=12) | st.text(_ALPHABET, max_size=70) | _NEARLY)
@example("Zg==")
@example("Zg=")
@example("Zh")
@example("A+z/")
@example("A-z/4ME")
def test_taken_if_and_only_if_it_is_the_one_form(text: str) -> None:
    try:
        data = b64url_decode(text)
    except MalformedError:
        assert not _is_the_one_form(text)
    else:
        assert _is_the_one_form(text)
        assert data == urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_the_one_form(text: str) -> bool:
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False
    return urlsafe_b64encode(data).rstrip(b"=").decode() == text
