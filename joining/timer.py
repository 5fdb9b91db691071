"""Does work at intervals beside a running server; what fails is noted and tried again at the next."""

import threading
from collections.abc import Callable, Mapping
from typing import Final

from serving.logs import EventLog

STOP_SECONDS: Final = 10


class Timer:
    """`work` by the name of the event that is logged when it fails; `seconds` is how long until the next."""

    def __init__(
        self, work: Mapping[str, Callable[[], object]], *, seconds: Callable[[], int], log: EventLog
    ) -> None:
        self._work = work
        self.seconds = seconds
        self._log = log
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renewal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=STOP_SECONDS)

    def tick(self) -> None:
        """One round."""
        for failed, work in self._work.items():
            try:
                work()
            except Exception as error:
                self._log.error(failed, kind=type(error).__name__)

    def _run(self) -> None:
        self.tick()
        while not self._stopped.wait(self.seconds()):
            self.tick()
