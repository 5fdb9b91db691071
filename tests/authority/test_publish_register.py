"""The public register follows the trust list: never before it, never in its way, whole in the end."""

import json
import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from authority.member import Kind
from authority.public_register.units import Unit
from authority.records import Records
from authority.usecases.keep_network import keep_network
from authority.usecases.publish_network import publish_network
from authority.usecases.publish_register import is_register_due, publish_register
from authority.usecases.set_status import set_status
from protocol.transparency import Entry
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError
from tests.authority.network import DAY, NOW, RANDOM, Network

QUESTION = "register/questions/blue-badge/blue-badge.json"


def keep(network: Network, pieces: int = 100) -> list[str]:
    return keep_network(network.records, now=NOW, random=RANDOM, pieces=pieces)


def suspend(network: Network) -> None:
    suspended = MemberStatus.SUSPENDED
    set_status(network.records, Kind.SERVICE, "blue-badge", suspended, reason="a test", now=NOW)


def state_of(network: Network) -> str:
    document = json.loads((network.records.public / QUESTION).read_bytes())
    return str(document["standing"]["state"])


def files(network: Network) -> dict[str, bytes]:
    """The register without what names the list that it belongs to."""
    top = network.directory / "register"
    found = {str(one.relative_to(top)): one.read_bytes() for one in top.rglob("*") if one.is_file()}
    return {name: data for name, data in found.items() if name not in {"register.json", "changes.json"}}


def said(network: Network) -> dict[str, Any]:
    """What its documents say, whenever they came out."""
    documents = {name: data for name, data in files(network).items() if name.endswith(".json")}
    return {name: json.loads(data) | {"published": None} for name, data in documents.items()}


def made_anew(network: Network) -> dict[str, Any]:
    """What they say when nothing is known of what was there before."""
    (network.directory / "register" / "changes.json").unlink()
    publish_register(network.records, now=NOW + DAY)
    return said(network)


def test_the_list_is_published_without_the_register_and_the_register_follows(network: Network) -> None:
    publish_network(network.fill().records, now=NOW)
    assert not (network.directory / "register").exists()
    assert is_register_due(network.records)
    assert publish_register(network.records, now=NOW) == 0
    assert state_of(network) == "in-force"
    assert not is_register_due(network.records)


def test_keeping_brings_the_register_up_to_each_list(network: Network) -> None:
    network.fill()
    assert keep(network) == ["trust list 1"]
    assert state_of(network) == "in-force"
    suspend(network)
    assert keep(network) == ["trust list 2"]
    assert state_of(network) == "suspended"
    assert keep(network) == []


def test_what_the_register_can_not_read_does_not_hold_up_the_list(network: Network) -> None:
    network.fill()
    keep(network)
    network.records.log().append([Entry("registration", b'{"sub":7}')])
    suspend(network)
    with pytest.raises(OperatorError, match="can't be read"):
        keep(network)
    assert network.records.sequence() == 2
    assert state_of(network) == "in-force"


def test_a_register_of_many_pages_comes_in_several_rounds(network: Network) -> None:
    network.fill()
    rounds = [keep(network, pieces=3) for _ in range(5)]
    left = [f"public register but for {number} pieces" for number in (8, 5, 2)]
    assert rounds == [["trust list 1", left[0]], [left[1]], [left[2]], [], []]
    whole = files(network)
    suspend(network)
    assert keep(network, pieces=1)[0] == "trust list 2"  # which waits for no page
    keep(network)
    assert whole.keys() == files(network).keys()


def test_a_list_in_between_leaves_no_page_behind(network: Network) -> None:
    publish_network(network.fill().records, now=NOW)
    assert publish_register(network.records, now=NOW, at_most=6) > 0
    suspend(network)
    assert publish_register(network.records, now=NOW) == 0  # the next list comes first
    assert is_register_due(network.records)
    publish_network(network.records, now=NOW)
    while publish_register(network.records, now=NOW, at_most=1):
        assert is_register_due(network.records)
    assert state_of(network) == "suspended"
    assert said(network) == made_anew(network)


def test_files_that_belong_to_nothing_go(network: Network) -> None:
    network.fill().publish()
    before = files(network)
    stray = network.directory / "register" / "en" / "members" / "gone.html"
    stray.write_text("gone")
    (stray.parent / ".half.html.new").write_text("ha")
    network.publish()
    assert files(network) == before


@pytest.mark.parametrize("at", [0, 2, 5])
def test_a_process_killed_in_the_middle_leaves_nothing_that_stays_wrong(network: Network, at: int) -> None:
    network.fill().publish()
    suspend(network)
    publish_network(network.records, now=NOW + DAY)
    process = get_context("fork").Process(target=_write_and_die, args=(network.directory, at))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    for one in (network.directory / "register").rglob("*.html"):  # as the power's failure may leave them
        if one.stat().st_mtime_ns > (network.directory / "register" / "changes.json").stat().st_mtime_ns:
            one.write_bytes(b"")
    publish_register(network.records, now=NOW + DAY)
    assert all(files(network).values())
    assert state_of(network) == "suspended"
    assert said(network) == made_anew(network)


def _write_and_die(directory: Path, at: int) -> None:
    made = 0

    def counted(render: Callable[..., Any]) -> Callable[..., Any]:
        def rendered(*arguments: Any) -> Any:
            nonlocal made
            if made == at:
                os.kill(os.getpid(), signal.SIGKILL)
            made += 1
            return render(*arguments)

        return rendered

    begin = Unit.__init__

    def dying(
        self: Unit, name: str, content: Any, paths: tuple[str, ...], render: Callable[..., Any]
    ) -> None:
        begin(self, name, content, paths, counted(render))

    Unit.__init__ = dying  # type: ignore[method-assign]
    publish_register(Records(directory), now=NOW + DAY)


def test_two_who_write_it_at_once_wait_for_each_other_and_hold_up_nobody(network: Network) -> None:
    publish_network(network.fill().records, now=NOW)
    with network.records.register_locked():
        suspend(network)  # whoever writes the register holds no other lock
        assert publish_network(Records(network.directory), now=NOW) == 2
    assert publish_register(network.records, now=NOW) == 0
    assert state_of(network) == "suspended"
