"""What a wallet fetches on its first visit to a service, in a network of full size, by the bytes on the wire.

The authority, the department and the service of the Blue Badge example run as they do for everybody, each in
its own process, beside 400 more services with 30 questions each and 50 more departments with 40 claim types
each. The headless wallet took its claim some time ago, so it knows the department and the type; it shows the
claim to a service that it never met. It fetches the list's head anew, the service's part, and the request,
which carries the registration certificate. A relay counts what goes through, headers and bodies, as it is on
the wire: compressed by gzip, which both wallets take. A cold visit is that of a wallet that forgot everything
but its claim, so that it also fetches what it learned when it took the claim.

`python -m benchmarks.first_visit` prints each file with its size.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Delete, delete, update

from authority.records import Records
from authority.usecases.publish_network import publish_network
from benchmarks.counting import Counted, counting, resolve_to_relay
from benchmarks.measuring import Effort
from benchmarks.network import QUICKLY, admit_members, register_everything
from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Plan
from serving.clock import SystemClock
from serving.database import Database
from serving.http import FetchPolicy, HttpClient
from serving.randomness import SystemRandom
from tests.running import RunningNetwork, run_network
from wallet.holder.holder import Holder
from wallet.holder.limits import Limits
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.store import FILE_NAME, DocumentRow, NetworkRow, open_store

SERVICE, DEPARTMENT, CLAIM = parties.BLUE_BADGE_ENGLAND, parties.DWP, "pip-moving-around-8-1"
LIMITS = Limits(scrypt_cost=2**4)


@dataclass(frozen=True)
class Visit:
    """Bytes of one visit, by the path of what was asked for: fetched, and sent to fetch and to answer."""

    fetched: dict[str, int]
    sent: dict[str, int]

    @property
    def total(self) -> int:
        """Everything that came: what the limit of 20 KB is about."""
        return sum(self.fetched.values())


def measure(effort: Effort) -> dict[str, float]:
    """Give the bytes of a first visit, and of another one to the same service right after it."""
    first, again, cold = visits(smaller=QUICKLY if effort.seconds < 1 else 1)
    return {
        "first_visit_fetched_bytes": first.total,
        "first_visit_sent_bytes": sum(first.sent.values()),
        "first_visit_requests": len(first.fetched),
        "next_visit_fetched_bytes": again.total,
        "cold_visit_fetched_bytes": cold.total,
    }


def visits(*, smaller: int = 1) -> tuple[Visit, Visit, Visit]:
    """A first visit, the next and a cold one, in a network so many times smaller than full size."""
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        network, counted = opened.enter_context(_running(home, smaller))
        holder = opened.enter_context(_wallet(network, home / "wallet"))
        offer = network.offer(DEPARTMENT, [CLAIM], "amira")
        holder.add_offer(offer.link, offer.transaction_code)
        _forget(home / "wallet")
        first = _visit(network, holder, counted)
        again = _visit(network, holder, counted)
        _forget(home / "wallet", delete(DocumentRow))
        return first, again, _visit(network, holder, counted)


@contextmanager
def _running(home: Path, smaller: int) -> Iterator[tuple[RunningNetwork, Counted]]:
    def grow(plan: Plan) -> None:
        records, now = Records(plan.path(parties.AUTHORITY)), SystemClock().now()
        members = admit_members(records, smaller=smaller, now=now)
        register_everything(records, members, now=now)
        publish_network(records, now=now)

    with run_network(home, before=grow) as network:
        port = network.plan.addresses.port
        with counting([port(one) for one in (parties.AUTHORITY, DEPARTMENT, SERVICE)]) as counted:
            yield network, counted


@contextmanager
def _wallet(network: RunningNetwork, directory: Path) -> Iterator[Holder]:
    store = open_store(directory, passphrase=None, random=SystemRandom(), limits=LIMITS)
    http = HttpClient(FetchPolicy(allow_http_localhost=True), resolve=resolve_to_relay)
    holder = Holder(store, http, clock=SystemClock(), random=SystemRandom(), limits=LIMITS)
    root = network.plan.root.read_text()
    holder.set_network(
        NetworkSettings(trust_list_url=network.plan.trust_list_url, root_certificates=(root,), local=True)
    )
    try:
        yield holder
    finally:
        http.close()
        store.close()


def _forget(directory: Path, *more: Delete) -> None:
    # the head is good for an hour, and the claim was taken a moment ago
    database = Database(f"sqlite:///{directory / FILE_NAME}")
    with database.unit() as session:
        for statement in (update(NetworkRow).values(trust_list=None, trust_list_fetched_at=None), *more):
            session.exec(statement)
        session.commit()
    database.close()


def _visit(network: RunningNetwork, holder: Holder, counted: Counted) -> Visit:
    link = _asked(network)
    counted.forget()
    result = holder.open_request(link).answer()
    assert result.outcome == "shown"
    return Visit(dict(counted.received), dict(counted.sent))


def _asked(network: RunningNetwork) -> str:
    key = network.network.api_keys[SERVICE]
    address = f"{network.url(SERVICE)}/api/v1/{SERVICE}/requests"
    answer = httpx.post(address, json={"channel": "qr"}, headers={"authorization": f"Bearer {key}"})
    return str(answer.json()["link"])


def main() -> None:
    """Print what is fetched, the largest first."""
    for name, visit in zip(("first", "next", "cold"), visits(), strict=True):
        print(f"{name} visit: {visit.total} bytes fetched, {sum(visit.sent.values())} sent")
        for path, size in sorted(visit.fetched.items(), key=lambda one: -one[1]):
            print(f"  {size:6}  {path}")


if __name__ == "__main__":
    main()
