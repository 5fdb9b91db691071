"""The time, as something a service is given: Unix seconds, so that a test can stand at any moment."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time in whole Unix seconds."""

    def now(self) -> int: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        return int(time.time())


class FixedClock:
    """A clock that stands still until it is told to advance; a clock never goes back."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def advance(self, seconds: int) -> None:
        """Moves the clock forward; raises ValueError for a negative step."""
        if seconds < 0:
            raise ValueError("a clock does not go back")
        self._now += seconds
