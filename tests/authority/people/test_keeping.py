"""The keeper does what was decided at the office: once, in order, and one failure holds up nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from authority.member import Kind, MemberName
from authority.people.apply import leave_network, submit_application
from authority.people.decide import decide
from authority.people.states import State
from authority.people.store import decisions_on
from authority.usecases.apply_decisions import _do
from authority.usecases.keep_network import keep_network
from protocol.trust_list.members import MemberStatus
from protocol.trust_list.signed import verify_trust_list
from tests.authority.network import NOW, RANDOM, Network
from tests.authority.people.office import Office
from tests.authority.people.test_joining import COUNCIL, REASON, admit, applied, reviewer


@pytest.fixture
def home(tmp_path: Path, network: Network) -> Iterator[Office]:
    """An office on the database of an authority."""
    with Office(tmp_path, database=f"sqlite:///{network.directory}/authority.db") as office:
        yield office


def keep(network: Network) -> list[str]:
    return keep_network(network.records, now=NOW, random=RANDOM)


def events(network: Network) -> list[str]:
    """What the log tells, in order."""
    return [entry.split(b"\n")[0].decode() for entry in network.records.log().entries()]


def status(network: Network) -> MemberStatus | None:
    member = network.records.find_member(Kind.SERVICE, COUNCIL)
    return member.status if member else None


def listed(network: Network) -> set[str]:
    token = (network.records.public / "trust-list.jwt").read_text()
    found = verify_trust_list(token, anchors=[network.records.root_certificate()], now=NOW)
    return {*found.services, *found.wallet_providers}


def decided(office: Office, wanted: State, seen: State) -> None:
    decide(office.deps, reviewer(office), COUNCIL, wanted, seen=seen, reason=f"{REASON} {wanted.value}")


def test_what_was_decided_is_done_once(home: Office, network: Network) -> None:
    applied(
        home, addresses={"service": "https://council.example", "wallet-provider": "https://wallet.example"}
    )
    admit(home)
    assert keep(network) == ["council: admitted", "trust list 1"]
    assert keep(network) == []
    assert listed(network) == {"PDXGB-council"}  # the wallet; a service needs its certificate first
    assert status(network) is MemberStatus.ACTIVE
    decided(home, State.SUSPENDED, State.ADMITTED)
    assert keep(network) == ["council: suspended", "trust list 2"]
    assert status(network) is MemberStatus.SUSPENDED
    decided(home, State.ADMITTED, State.SUSPENDED)
    assert keep(network) == ["council: admitted", "trust list 3"]
    assert status(network) is MemberStatus.ACTIVE
    assert keep(network) == []


def test_who_leaves_is_taken_off_the_list_and_may_come_back(home: Office, network: Network) -> None:
    owner = applied(home, addresses={"wallet-provider": "https://wallet.example"})
    admit(home)
    keep(network)
    leave_network(home.deps, owner, REASON)
    assert keep(network) == ["council: left", "trust list 2"]
    assert listed(network) == set()
    assert "departure" in events(network)
    submit_application(home.deps, owner)
    decide(home.deps, reviewer(home), COUNCIL, State.ADMITTED, seen=State.APPLIED, reason=REASON)
    keep(network)
    assert listed(network) == {"PDXGB-council"}


def test_several_decisions_are_done_in_their_order(home: Office, network: Network) -> None:
    applied(home)
    admit(home)
    decided(home, State.SUSPENDED, State.ADMITTED)
    assert keep(network) == ["council: admitted", "council: suspended", "trust list 1"]
    assert status(network) is MemberStatus.SUSPENDED


def test_one_that_can_not_be_done_holds_up_nobody_else(home: Office, network: Network) -> None:
    network.admit_service(name=MemberName(en="A council", cy="Cyngor"), questions=())
    applied(home)
    admit(home)
    decided(home, State.SUSPENDED, State.ADMITTED)
    applied(home, id="other", name={"en": "Other", "cy": "Arall"}, addresses={"service": "https://o.example"})
    who = reviewer(home)
    decide(home.deps, who, "other", State.ADMITTED, seen=State.APPLIED, reason=REASON)
    first, second, _ = keep(network)
    assert first.startswith("council: admitted could not be done: the service blue-badge has this name")
    assert second == "other: admitted"
    assert keep(network) == []  # said once, tried at every round
    with home.deps.database.reading() as session:
        admission, suspension = decisions_on(session, COUNCIL)
    assert (admission.applied_at, suspension.applied_at) == (None, None)
    assert "has this name" in (admission.problem or "")


def test_a_decision_done_by_a_keeper_that_was_killed_leaves_no_trace(home: Office, network: Network) -> None:
    applied(home)
    admit(home)
    with home.deps.database.reading() as session:
        (row,) = decisions_on(session, COUNCIL)
    _do(network.records, row, now=NOW, random=RANDOM)  # and killed before it was marked
    assert keep(network) == ["council: admitted", "trust list 1"]
    assert events(network).count("admission") == 1
