from collections import Counter

import pytest

from serving.randomness import SystemRandom, below, digits, token


class Scripted:
    """Gives the bytes it was told to give, in order."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def bytes(self, n: int) -> bytes:
        head, self._data = self._data[:n], self._data[n:]
        return head


def test_token_carries_the_bytes_without_padding() -> None:
    assert token(Scripted(b"\xfb\xff" + bytes(14)), 16) == "-_8AAAAAAAAAAAAAAAAAAA"


def test_tokens_differ() -> None:
    assert len({token(SystemRandom()) for _ in range(100)}) == 100


def test_digits_throw_away_what_would_favour_small_numbers() -> None:
    # 250..255 would make 0..5 likelier than 6..9
    assert digits(Scripted(bytes([255, 250, 249, 0, 13])), 3) == "903"


def test_below_covers_every_value_evenly() -> None:
    values = Scripted(bytes(range(256)) * 2)
    counts = Counter(below(values, 10) for _ in range(500))
    assert counts == dict.fromkeys(range(10), 50)


def test_below_wider_than_a_byte() -> None:
    assert below(Scripted(b"\xff\xff\x01\x02"), 1_000) == 258


def test_below_needs_a_bound() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        below(SystemRandom(), 0)
