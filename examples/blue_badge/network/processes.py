"""Starts each party as its own process, waits until it answers, and ends exactly what it started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class PartyFailed(Exception):
    """A party did not start: the text says which, and the end of what it printed."""


@dataclass(frozen=True)
class Command:
    """How to run one party, and the address that answers 200 once it is ready."""

    party: str
    arguments: Sequence[str]
    ready_url: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Processes:
    """The running parties; leaving the `with` block ends them."""

    logs: Path
    ca_bundle: Path | None = None
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> "Processes":
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, commands: Sequence[Command]) -> None:
        """Start all at once, then wait for each; raises PartyFailed."""
        for command in commands:
            self._running[command.party] = self._spawn(command)
        for command in commands:
            self._wait_until_ready(command)

    def _spawn(self, command: Command) -> subprocess.Popen[bytes]:
        with self._log(command.party).open("wb") as log:
            return subprocess.Popen(
                [*_interpreter(command.arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **command.environment},
                start_new_session=True,  # Ctrl-C reaches the demo, which then ends its parties in order
            )

    def _wait_until_ready(self, command: Command) -> None:
        end = time.monotonic() + START_SECONDS
        verify: bool | str = str(self.ca_bundle) if self.ca_bundle else True
        with httpx.Client(timeout=2, verify=verify) as client:
            while time.monotonic() < end:
                if self._running[command.party].poll() is not None:
                    break
                with contextlib.suppress(httpx.HTTPError):
                    if client.get(command.ready_url).is_success:
                        return
                time.sleep(0.05)
        raise PartyFailed(f"{command.party} did not start. It said:\n{self._last_words(command.party)}")

    def _log(self, party: str) -> Path:
        return self.logs / f"{party}.log"

    def _last_words(self, party: str) -> str:
        lines = self._log(party).read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])

    def pid(self, party: str) -> int:
        """Give the process id of a running party."""
        return self._running[party].pid

    def stop(self) -> None:
        """Ask every party to end, and end by force what does not in time."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, end - time.monotonic()))
                continue
            process.kill()
            process.wait()
        self._running.clear()

    def wait(self) -> None:
        """Block until a party ends by itself; raises PartyFailed with its last words."""
        while True:
            for party, process in self._running.items():
                if process.poll() is not None:
                    raise PartyFailed(f"{party} ended. It said:\n{self._last_words(party)}")
            time.sleep(0.5)


def _interpreter(arguments: Sequence[str]) -> Iterator[str]:
    yield sys.executable
    yield from arguments


def taken_ports(ports: Sequence[int]) -> list[int]:
    """List those of `ports` on which something already listens."""
    return [port for port in ports if _is_taken(port)]


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def is_own_address(host: str) -> bool:
    """Whether one of this machine's own addresses is meant, by number or by name."""
    try:
        with socket.create_server((host, 0)):
            return True
    except OSError:  # a name that nobody knows, or an address of another machine
        return False
