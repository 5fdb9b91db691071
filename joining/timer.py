"""Does work at intervals beside a running server.

Each task is by itself: what fails holds up no other, is told once in the log, and is tried again with pauses
that double, up to an hour, until it works.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from serving.clock import Clock
from serving.logs import EventLog

STOP_SECONDS: Final = 10
LONGEST_PAUSE_SECONDS: Final = 3600


@dataclass(frozen=True)
class Task:
    """One thing to do every `seconds`; `failed` names the event that is logged when it fails, `of` whose."""

    failed: str
    do: Callable[[], object]
    seconds: int
    of: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        return self.failed, *self.of.values()


@dataclass(frozen=True)
class _Last:
    """When a task was done last, and how often in a row it has failed by then."""

    at: int
    failures: int

    def is_over(self, task: Task, now: int) -> bool:
        longest = max(task.seconds, LONGEST_PAUSE_SECONDS)
        pause = min(task.seconds << min(self.failures, 32), longest)
        return not self.at <= now < self.at + pause  # a clock that was set back does not stop it


class Timer:
    """Does what `tasks` gives at each round, in that order.

    It is asked for the next one only when the one before is done, so that what a task found can be in it.
    """

    def __init__(self, tasks: Callable[[], Iterable[Task]], *, clock: Clock, log: EventLog) -> None:
        self._tasks = tasks
        self._clock = clock
        self._log = log
        self._last: dict[tuple[str, ...], _Last] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=STOP_SECONDS)

    def seconds(self) -> int:
        """How long until the next round."""
        return min((task.seconds for task in self._tasks()), default=LONGEST_PAUSE_SECONDS)

    def tick(self) -> None:
        """One round: what is due."""
        now, before = self._clock.now(), self._last
        self._last = {}  # what is not there any more is forgotten
        for task in self._tasks():
            last = before.get(task.key)
            if last is None or last.is_over(task, now):
                last = _Last(now, self._do(task, last.failures if last else 0))
            self._last[task.key] = last

    def _do(self, task: Task, failures: int) -> int:
        try:
            task.do()
        except Exception as error:
            if not failures:
                self._log.error(task.failed, kind=type(error).__name__, **task.of)
            return failures + 1
        if failures:
            self._log.info("works_again", reason=task.failed, count=failures, **task.of)
        return 0

    def _run(self) -> None:
        self.tick()
        while not self._stopped.wait(self.seconds()):
            self.tick()
