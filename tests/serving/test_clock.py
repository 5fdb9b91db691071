import time

import pytest

from serving.clock import FixedClock, SystemClock


def test_system_clock_tells_whole_unix_seconds() -> None:
    before = int(time.time())
    now = SystemClock().now()
    assert isinstance(now, int)
    assert before <= now <= int(time.time())


def test_fixed_clock_stands_until_advanced() -> None:
    clock = FixedClock(1_000)
    assert (clock.now(), clock.now()) == (1_000, 1_000)
    clock.advance(5)
    assert clock.now() == 1_005


def test_fixed_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        FixedClock(1_000).advance(-1)
