"""What is done at intervals: each by itself, told once, tried again with growing pauses."""

import io
import json
from itertools import pairwise
from typing import Any

import pytest

from joining.timer import LONGEST_PAUSE_SECONDS, Task, Timer
from serving.clock import FixedClock
from serving.logs import EventLog

MINUTE = 60


class Work:
    """Tasks by name: when each was done, and which fail."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.clock = FixedClock(1_000_000)
        self.printed = io.StringIO()
        self.done: dict[str, list[int]] = {}
        self.failing: set[str] = set()
        log = EventLog(self.printed, clock=self.clock, strict=True)
        self.timer = Timer(lambda: map(self.task, self.names), clock=self.clock, log=log)
        self.began = self.clock.now()

    def task(self, name: str) -> Task:
        return Task("work_failed", lambda: self.do(name), MINUTE, {"service": name})

    def do(self, name: str) -> None:
        self.done.setdefault(name, []).append((self.clock.now() - self.began) // MINUTE)
        if name in self.failing:
            raise ConnectionError("canary")

    def run(self, rounds: int) -> None:
        for _ in range(rounds):
            self.timer.tick()
            self.clock.advance(MINUTE)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.printed.getvalue().splitlines()]


def test_one_that_fails_holds_up_no_other() -> None:
    work = Work("first", "second", "third")
    work.failing = {"first"}
    work.run(3)
    assert work.done["second"] == work.done["third"] == [0, 1, 2]


def test_it_is_told_once_and_tried_again_with_growing_pauses() -> None:
    work = Work("first", "second")
    work.failing = {"first"}
    work.run(40)
    assert work.done["first"] == [0, 2, 6, 14, 30]
    [told] = work.told
    assert (told["event"], told["level"], told["service"]) == ("work_failed", "error", "first")
    assert "canary" not in work.printed.getvalue()


def test_it_is_tried_every_hour_at_the_least() -> None:
    work = Work("first")
    work.failing = {"first"}
    work.run(400)
    hour = LONGEST_PAUSE_SECONDS // MINUTE
    times = work.done["first"]
    assert {after - before for before, after in pairwise(times[6:])} == {hour}


def test_once_it_works_again_it_says_so_and_the_pauses_are_over() -> None:
    work = Work("first")
    work.failing = {"first"}
    work.run(6)
    work.failing.clear()
    work.run(3)
    assert work.done["first"] == [0, 2, 6, 7, 8]
    assert [one["event"] for one in work.told] == ["work_failed", "works_again"]
    work.failing = {"first"}
    work.run(1)
    assert work.told[-1]["event"] == "work_failed"


def test_what_was_not_there_for_a_round_begins_anew() -> None:
    work = Work("first")
    work.failing = {"first"}
    work.run(3)
    work.names = []
    work.run(1)
    work.names = ["first"]
    work.run(1)
    assert work.done["first"] == [0, 2, 4]


@pytest.mark.parametrize("back", [1, 1_000_000])
def test_a_clock_that_was_set_back_stops_nothing(back: int) -> None:
    work = Work("first")
    work.run(1)
    work.clock._now -= back + MINUTE
    work.timer.tick()
    assert len(work.done["first"]) == 2


def test_the_shortest_interval_decides_when_the_next_round_is() -> None:
    tasks = [Task("work_failed", lambda: None, seconds) for seconds in (600, 3, 60)]
    work = Work()
    assert Timer(lambda: tasks, clock=work.clock, log=EventLog(work.printed)).seconds() == 3
