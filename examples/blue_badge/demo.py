"""`make demo`: starts the network, runs the journey, then leaves it running and says where to click.

--once            stop after the journey; exit status 0 only if every answer is right
--report FILE     write what was measured as JSON
--tls --host H    every party over https at H, with a development CA of this machine
--people N        people in each register (default 100,000)
"""

import argparse
import datetime as dt
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from examples.blue_badge.journey import Journey, JourneyFailed, Report
from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Network, Plan, build_network
from examples.blue_badge.network.ca_download import ca_download
from examples.blue_badge.network.parties import Addresses
from examples.blue_badge.network.processes import PartyFailed, Processes, is_own_address, taken_ports
from examples.blue_badge.network.running import party_commands
from examples.blue_badge.network.tls import TlsFiles, make_tls_files
from examples.blue_badge.office import OfficeFailed
from examples.blue_badge.welcome import welcome
from serving.documents import DocumentError
from serving.errors import OperatorError

HOME = Path("var/demo")
CA_PORT = 8440


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; gives the exit status."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = _plan(options)
    if obstacle := _obstacle(plan):
        print(obstacle)
        return 1
    try:
        return _run(plan, once=options.once, report=options.report)
    except (PartyFailed, JourneyFailed, OfficeFailed, DocumentError, OperatorError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped before the journey was over.")
        return 130


def _obstacle(plan: Plan) -> str | None:
    """Say what would keep the parties from being reached; looked at before anything is built."""
    if not is_own_address(plan.addresses.host):
        return f"{plan.addresses.host} is not an address of this machine. To see them: hostname -I"
    ports = [plan.addresses.port(party) for party in parties.PORTS]
    ports += [CA_PORT + plan.addresses.shift] if plan.tls else []
    listed = ", ".join(map(str, taken_ports(ports)))
    return f"Something already listens on port {listed}. End it, or add ARGS=--shift=1000" if listed else None


def _run(plan: Plan, *, once: bool, report: Path | None) -> int:
    print("Building the network: registers, keys, certificates, trust list …", flush=True)
    network = build_network(plan)
    with Processes(plan.home / "logs", plan.tls.ca if plan.tls else None) as processes:
        print("Starting nine parties …", flush=True)
        processes.start(party_commands(plan))
        result = _journey(network, processes)
        if report:
            report.parent.mkdir(parents=True, exist_ok=True)
            report.write_text(result.to_json() + "\n", encoding="utf-8")
        if once:
            return 0 if result.is_right else 1
        _leave_running(plan, processes)
    return 0


def _leave_running(plan: Plan, processes: Processes) -> None:
    with ExitStack() as stack:
        ca = None
        if plan.tls:
            port = CA_PORT + plan.addresses.shift
            ca = stack.enter_context(ca_download(plan.tls.ca, host=plan.addresses.host, port=port))
        print(welcome(plan, ca), flush=True)
        try:
            processes.wait()
        except KeyboardInterrupt:
            print("\nStopped.")


def _journey(network: Network, processes: Processes) -> Report:
    result = Journey(network, lambda line: print(line, flush=True), processes.start).run()
    print("\nEverything is as it must be." if result.is_right else "\nSOMETHING IS NOT AS IT MUST BE.")
    return result


def _plan(options: argparse.Namespace) -> Plan:
    now = dt.datetime.now(dt.UTC)
    addresses = Addresses(host=options.host, tls=options.tls, shift=options.shift)
    home: Path = options.home.resolve()
    tls: TlsFiles | None = None
    if options.tls:
        tls = make_tls_files(home.parent / "tls", host=options.host, now=now)
    return Plan(home, addresses, today=now.date(), people=options.people, tls=tls)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="stop after the journey")
    parser.add_argument("--report", type=Path, help="write what was measured to this file")
    parser.add_argument("--tls", action="store_true", help="https with a development CA")
    parser.add_argument("--host", default="localhost", help="this machine's address, with --tls")
    parser.add_argument("--people", type=int, default=100_000, help="people in each register")
    parser.add_argument("--shift", type=int, default=0, help="add this to every port")
    parser.add_argument("--home", type=Path, default=HOME, help="where everything is kept")
    options = parser.parse_args(arguments)
    if options.host != "localhost" and not options.tls:
        parser.error("another host than localhost needs TLS=1: browsers give cameras and keys to https only")
    return options


if __name__ == "__main__":
    sys.exit(main())
