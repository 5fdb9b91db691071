"""Signatures change between DER and r with s exactly as the cryptographic library changes them."""

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import keys

_SHORT = st.integers(0, 31).flatmap(lambda size: st.binary(min_size=size, max_size=size))
_INTEGERS = st.binary(min_size=32, max_size=32) | _SHORT.map(lambda low: low.rjust(32, b"\0"))


@given(_INTEGERS, _INTEGERS)
@example(bytes(32), bytes(32))
@example(b"\0\x80".ljust(32, b"\1"), b"\0\x7f".ljust(32, b"\1"))
@example(b"\x80".ljust(32, b"\0"), b"\x7f".ljust(32, b"\xff"))
@example(b"\xff" * 32, b"\0" * 31 + b"\x80")
def test_der_is_what_the_library_makes_and_back(r: bytes, s: bytes) -> None:
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    assert keys._to_der(r + s) == der
    assert keys._from_der(der) == r + s
