"""What the authority does by itself: nothing twice, and a list before the old one runs out."""

from authority.member import Kind
from authority.store import MemberRow, Tables
from authority.usecases.keep_network import keep_network
from authority.usecases.set_status import set_status
from protocol.trust_list.members import MemberStatus
from serving.database import schema_differences
from tests.authority.network import DAY, NOW, RANDOM, Network, question


def keep(network: Network, now: int = NOW) -> list[str]:
    return keep_network(network.records, now=now, random=RANDOM)


def test_what_is_new_is_published_once(network: Network) -> None:
    network.fill()
    assert keep(network) == ["trust list 1"]
    assert keep(network) == []
    set_status(network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    assert keep(network) == ["trust list 2"]
    assert keep(network) == []


def spoil_question(network: Network) -> None:
    """As it was kept before addresses without https were refused."""
    with network.records.database.unit() as session:
        row = session.get_one(MemberRow, ("service", "blue-badge"))
        before, after = "https://blue-badge.example/privacy", "http://blue-badge.example/privacy"
        assert before in row.document
        row.document = row.document.replace(before, after, 1)
        session.commit()


def test_a_question_that_cannot_be_read_any_more_stops_nobody(network: Network) -> None:
    network.admit_department()
    network.admit_service(questions=(question(), question(id="parking")))
    keep(network)
    spoil_question(network)
    [told] = keep(network)
    assert told.startswith("failed: the question blue-badge@1 of the service blue-badge")
    assert "https" in told
    assert "propose it again as version 2" in told
    set_status(network.records, Kind.DEPARTMENT, "dwp", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    assert "trust list 2" in keep(network)
    published = network.records.public / "registrations" / "blue-badge"
    assert [one.name for one in published.iterdir()] == ["parking.jwt"]
    # the remedy
    network.admit_service(questions=(question(version=2),))
    assert keep(network) == ["trust list 3"]
    assert sorted(one.name for one in (network.records.public / published).iterdir()) == [
        "blue-badge.jwt",
        "parking.jwt",
    ]


def test_what_was_set_aside_is_not_forgotten_by_a_change_of_something_else(network: Network) -> None:
    network.fill()
    spoil_question(network)
    set_status(network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    assert [one for one in keep(network) if one.startswith("failed: the question blue-badge@1")]


def test_a_list_is_made_anew_in_the_second_half_of_its_life(network: Network) -> None:
    network.fill()
    keep(network)
    assert keep(network, NOW + 3 * DAY) == []
    assert keep(network, NOW + 4 * DAY) == ["trust list 2"]
    assert keep(network, NOW + 30 * DAY) == ["trust list 3"]  # it had run out


def test_what_runs_out_is_renewed_and_published(network: Network) -> None:
    network.fill()
    keep(network)
    done = keep(network, NOW + 300 * DAY)
    assert done == ["department dwp", "service blue-badge", "trust list 2"]


def test_a_damaged_list_is_made_anew(network: Network) -> None:
    network.fill()
    keep(network)
    (network.records.public / "trust-list.jwt").write_bytes(b"damaged")
    assert keep(network) == ["trust list 2"]


def test_the_scripts_make_the_tables(network: Network) -> None:
    assert schema_differences(network.records.database, Tables.metadata) == []
