"""What is decided at the authority's command line shows at the office, and the two never differ."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authority.actors import OPERATOR, Role
from authority.member import Kind
from authority.people.apply import leave_network
from authority.people.decide import decide
from authority.people.states import State
from authority.people.store import DecisionRow, decisions_on
from authority.usecases.keep_network import keep_network
from authority.usecases.set_status import set_status
from protocol.trust_list.members import MemberStatus
from serving.errors import ApiError
from tests.authority.network import NOW, RANDOM, Network
from tests.authority.office_account import office_url
from tests.authority.people.office import Office
from tests.authority.people.test_joining import COUNCIL, REASON, admit, applied, reviewer, state

WHY = "It kept answers longer than it said."
BOTH = {"service": "https://council.example", "department": "https://claims.council.example"}
SUSPENDED, ACTIVE = MemberStatus.SUSPENDED, MemberStatus.ACTIVE


@pytest.fixture
def network(tmp_path: Path, database_url: str) -> Network:
    """An authority whose database is on SQLite or on PostgreSQL."""
    network = Network(tmp_path / "authority").create()
    network.move_to(database_url)
    return network


@pytest.fixture
def home(tmp_path: Path, network: Network, database_url: str) -> Iterator[Office]:
    """An office on its database, and a member that is department and service."""
    with Office(tmp_path, database=office_url(database_url)) as office:
        applied(office, addresses=BOTH)
        admit(office)
        keep(network)
        yield office
    network.records.database.close()


def keep(network: Network) -> None:
    keep_network(network.records, now=NOW, random=RANDOM)


def by_hand(network: Network, status: MemberStatus, kind: Kind = Kind.SERVICE) -> None:
    set_status(network.records, kind, COUNCIL, status, reason=WHY, now=NOW)


def by_reviewer(office: Office, wanted: State, seen: State) -> None:
    decide(office.deps, reviewer(office), COUNCIL, wanted, seen=seen, reason=REASON)


def decisions(office: Office) -> list[DecisionRow]:
    with office.deps.database.reading() as session:
        return decisions_on(session, COUNCIL)


def statuses(network: Network) -> list[MemberStatus]:
    found = (network.records.find_member(kind, COUNCIL) for kind in (Kind.SERVICE, Kind.DEPARTMENT))
    return [one.status for one in found if one]


def test_a_suspension_by_hand_shows_with_its_reason(home: Office, network: Network) -> None:
    by_hand(network, SUSPENDED)
    assert state(home) is State.SUSPENDED
    last = decisions(home)[-1]
    assert (last.state, last.reason, last.person_id, last.applied_at) == ("suspended", WHY, OPERATOR, NOW)
    page = home.browser(f"owner-of-{COUNCIL}").get(f"/organisations/{COUNCIL}").text
    assert WHY in page
    assert "Wallets and services don’t deal with you for now." in page
    keep(network)
    assert statuses(network) == [SUSPENDED, ACTIVE]  # nothing was done twice, or to more than was said


def test_a_reviewer_may_let_it_take_part_again(home: Office, network: Network) -> None:
    by_hand(network, SUSPENDED)
    by_reviewer(home, State.ADMITTED, State.SUSPENDED)
    keep(network)
    assert (state(home), statuses(network)) == (State.ADMITTED, [ACTIVE, ACTIVE])
    assert len(decisions(home)) == 3  # what the keeper does is not decided once more


def test_it_takes_part_when_nothing_of_it_is_suspended(home: Office, network: Network) -> None:
    by_hand(network, SUSPENDED)
    by_hand(network, SUSPENDED, Kind.DEPARTMENT)
    by_hand(network, ACTIVE)
    assert state(home) is State.SUSPENDED
    by_hand(network, ACTIVE, Kind.DEPARTMENT)
    assert state(home) is State.ADMITTED


def test_what_was_decided_before_and_waits_does_not_undo_it(home: Office, network: Network) -> None:
    by_reviewer(home, State.SUSPENDED, State.ADMITTED)
    by_reviewer(home, State.ADMITTED, State.SUSPENDED)
    by_hand(network, SUSPENDED)
    keep(network)
    assert (state(home), statuses(network)[0]) == (State.SUSPENDED, SUSPENDED)
    assert all(one.applied_at is not None for one in decisions(home))


def test_who_left_stays_gone(home: Office, network: Network) -> None:
    leave_network(home.deps, home.actor(f"owner-of-{COUNCIL}", COUNCIL, Role.OWNER), REASON)
    by_hand(network, SUSPENDED)
    assert state(home) is State.LEFT


def test_a_reviewer_and_the_operator_at_once(home: Office, network: Network) -> None:
    def review() -> None:
        try:
            by_reviewer(home, State.SUSPENDED, State.ADMITTED)
        except ApiError as error:
            assert error.page == "decided"  # noqa: PT017 - it may win, too

    with ThreadPoolExecutor(2) as pool:
        for one in (pool.submit(review), pool.submit(by_hand, network, SUSPENDED)):
            one.result(timeout=30)
    keep(network)
    assert (state(home), statuses(network)[0]) == (State.SUSPENDED, SUSPENDED)


def test_a_member_that_never_applied_here_has_a_page(home: Office, network: Network) -> None:
    network.fill()
    home.actor("gwen", "blue-badge", Role.OWNER)
    gwen = home.browser("gwen")
    mine = gwen.get("/organisations").text
    assert "Blue Badge team" in mine
    assert "The network’s own authority" not in mine
    assert "there is no application here" in gwen.get("/organisations/blue-badge").text
    set_status(network.records, Kind.SERVICE, "blue-badge", SUSPENDED, reason=WHY, now=NOW)
    assert "Suspended" in gwen.get("/organisations/blue-badge").text
