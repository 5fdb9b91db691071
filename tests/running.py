"""The Blue Badge network as real processes on localhost, for clients that can't be called in this process."""

import contextlib
import datetime as dt
import io
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from examples.blue_badge.network.build import Network, Plan, build_network
from examples.blue_badge.network.parties import AUTHORITY, PORTS, Addresses
from examples.blue_badge.network.processes import Processes, taken_ports
from examples.blue_badge.network.running import party_commands
from examples.blue_badge.network.tls import make_tls_files
from examples.blue_badge.registers import PERSONAS
from serving.cli import build as pdx_command

PEOPLE = 200


@dataclass(frozen=True)
class Offer:
    """An offer as staff see it."""

    link: str
    offer_uri: str
    transaction_code: str


@dataclass(frozen=True)
class RunningNetwork:
    """A network whose parties run, each in its own process."""

    network: Network
    processes: Processes

    @property
    def plan(self) -> Plan:
        return self.network.plan

    def url(self, party: str) -> str:
        return self.plan.url(party)

    def offer(self, department: str, claims: Sequence[str], persona: str) -> Offer:
        """Make an offer to one of the example's people, by the department's own command."""
        made = json.loads(self._issuer(department, "offer", "--json", *_options(claims, persona)))
        return Offer(made["link"], made["offer_uri"], made["transaction_code"])

    def revoke(self, department: str, claims: Sequence[str], persona: str) -> None:
        self._issuer(department, "revoke", *_options(claims, persona))

    @contextmanager
    def suspended(self, service: str) -> Iterator[None]:
        """While the block lasts, the trust list says that a service is suspended."""
        self._authority("suspend", "service", service, "--reason", "A test.")
        try:
            yield
        finally:
            self._authority("reinstate", "service", service, "--reason", "The test is over.")

    def _authority(self, command: str, *options: str) -> None:
        directory = ("--directory", str(self.plan.path(AUTHORITY)))
        for arguments in ([command, *directory, *options], ["renew", *directory], ["publish", *directory]):
            self._pdx("authority", *arguments)

    def _issuer(self, department: str, command: str, *options: str) -> str:
        settings = str(self.plan.path(department, "issuer.yaml"))
        return self._pdx("issuer", command, "--config", settings, *options)

    def _pdx(self, *arguments: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            pdx_command(list(arguments))(list(arguments), standalone_mode=False)
        return printed.getvalue()


def _options(claims: Sequence[str], persona: str) -> list[str]:
    attributes = PERSONAS[persona].attributes()
    return [part for claim in claims for part in ("--claim", claim)] + [
        part for name, value in attributes.items() for part in ("--attribute", f"{name}={value}")
    ]


@contextmanager
def run_network(
    home: Path,
    *,
    tls: bool = False,
    database: str | None = None,
    before: Callable[[Plan], None] = lambda _: None,
) -> Iterator[RunningNetwork]:
    """Build a small network in `home` and run it on free ports while the block lasts.

    `database` is the beginning of the URLs of PostgreSQL databases that are named after the parties; `before`
    is done when all is built and nobody runs yet.
    """
    now = dt.datetime.now(dt.UTC)
    files = make_tls_files(home / "tls", host="localhost", now=now) if tls else None
    addresses = Addresses(shift=free_shift(), tls=tls)
    plan = Plan(home / "network", addresses, today=now.date(), people=PEOPLE, tls=files, database=database)
    network = build_network(plan)
    before(plan)
    with Processes(plan.home / "logs", files.ca if files else None) as processes:
        processes.start(party_commands(plan))
        yield RunningNetwork(network, processes)


def free_shift() -> int:
    """Find a distance from the demo's ports at which all are free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        start = probe.getsockname()[1] % 20_000 + 1_000
    shifts = range(start, 50_000, 500)
    return next(shift for shift in shifts if not taken_ports([port + shift for port in PORTS.values()]))
