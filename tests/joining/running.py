"""The running Blue Badge network with an office and the job that certifies: for servers that join it."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from examples.blue_badge.network import parties
from examples.blue_badge.network.processes import Command, Processes
from examples.blue_badge.network.running import PDX
from tests.running import RunningNetwork, run_network

SECONDS = 120


def pdx(*arguments: object, code: int = 0) -> str:
    """Runs a real `pdx`; gives what it printed."""
    command = [PDX, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, otherwise
        time.sleep(0.2)


@dataclass
class Town:
    """A network with its office; `home` is for whoever joins."""

    network: RunningNetwork
    home: Path
    processes: Processes
    office: str

    @property
    def authority(self) -> Path:
        return self.network.plan.path(parties.AUTHORITY)

    def enrol(self, kind: str, member: str, *options: object) -> str:
        """An enrolment link, by the authority's own command."""
        return pdx(
            "authority", "enrol", kind, "--directory", self.authority, "--id", member, *options
        ).strip()

    def serve(self, part: str, settings: Path, url: str, processes: Processes | None = None) -> None:
        """Starts a member's server; it ends with `processes`, or with the town."""
        command = Command(
            str(settings), [PDX, part, "serve", "--config", str(settings)], f"{url}/health/ready"
        )
        (processes or self.processes).start([command])

    def join(self, link: str, name: str) -> str:
        """What a real `pdx join` prints; what it makes is in the directory `name` of `home`."""
        return pdx("join", link, "--directory", self.home / name, "--demo", "--wait", 60)

    def keep(self) -> None:
        """Starts the job that certifies and publishes."""
        arguments = [PDX, "authority", "keep", "--directory", str(self.authority), "--every", "1"]
        self.processes.start([Command("keep", arguments, f"{self.office}/health/ready")])


class Wallet:
    """A headless wallet at the command line."""

    def __init__(self, town: Town, name: str) -> None:
        self._home = town.home / name
        plan = town.network.plan
        self._run("network", "--trust-list", plan.trust_list_url, "--root", plan.root, "--local")

    def add(self, link: str, code: str) -> Any:
        return self._run("add", link, "--code", code)

    def show(self, link: str) -> Any:
        return self._run("show", link, "--yes")

    def _run(self, *arguments: object) -> Any:
        return json.loads(pdx("wallet", *arguments, "--home", self._home, "--json"))


def code_on_the_phone(redirect_uri: str) -> str:
    page = httpx.get(redirect_uri, headers={"accept": "text/html"}).text
    found = re.search(r"aria-hidden=\"true\">([^<]+)<", page)
    assert found is not None, page
    return found[1]


@contextmanager
def run_town(home: Path) -> Iterator[Town]:
    with run_network(home) as network, Processes(home / "logs") as processes:
        town = Town(network, home, processes, network.url(parties.OFFICE))
        town.serve("office", network.plan.path(parties.OFFICE, "office.yaml"), town.office)
        yield town
