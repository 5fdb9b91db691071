"""What the records remember is what was read from the very same text, and never anything else."""

from pathlib import Path

import pytest
from sqlmodel import select

from authority.member import Kind
from authority.public_register.history import read_history
from authority.records import Records
from authority.settings import OperatorName
from authority.store import MemberRow
from authority.usecases.set_status import set_status
from protocol.transparency import Entry, Event
from protocol.transparency.entry import create_entry
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError
from serving.files import sync_all
from tests.authority.network import DAY, NOW, Network, question


def other(network: Network) -> Records:
    """As another process opens it."""
    return Records(network.directory)


def test_what_another_process_logged_is_seen(network: Network) -> None:
    before = network.records.log()
    size = len(before)
    assert network.records.log() is before  # not read again while nobody appended
    other(network).log().append([create_entry(Event.ADMISSION, {"number": 1})])
    assert len(network.records.log()) == size + 1
    network.records.log().append([create_entry(Event.ADMISSION, {"number": 2})])
    assert len(other(network).log()) == size + 2


def test_an_older_log_put_in_place_is_seen(network: Network) -> None:
    checkpoint = network.directory / "log" / "checkpoint"
    older, size = checkpoint.read_bytes(), len(network.records.log())
    network.records.log().append([create_entry(Event.ADMISSION, {"number": 1})])
    checkpoint.write_bytes(older)
    assert len(network.records.log()) == size


@pytest.mark.parametrize("damage", [b"", b"\xff", b"no checkpoint\n"])
def test_a_damaged_checkpoint_is_told_to_whoever_read_a_good_one(network: Network, damage: bytes) -> None:
    network.records.log()
    (network.directory / "log" / "checkpoint").write_bytes(damage or b"\n")
    with pytest.raises(OperatorError, match="damaged"):
        network.records.log()


def test_what_the_log_tells_is_the_same_however_often_it_was_read(network: Network) -> None:
    network.fill()
    network.records.history()
    network.admit_service(questions=(question(version=2),), now=NOW + DAY)
    set_status(network.records, Kind.SERVICE, "blue-badge", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    assert (
        network.records.history() == other(network).history() == read_history(network.records.log().entries())
    )
    other(network).log().append([create_entry(Event.CLAIM_TYPE, {"vct": "urn:other", "at": NOW})])
    assert network.records.history() == other(network).history()
    assert "urn:other" in network.records.history().claim_types


def test_an_entry_that_cannot_be_read_is_told_each_time(network: Network) -> None:
    network.fill()
    network.records.history()
    network.records.log().append([Entry("registration", b'{"sub":7}')])
    for _ in range(2):
        with pytest.raises(OperatorError, match="can't be read"):
            network.records.history()


def test_a_member_that_another_process_changed_is_read_again(network: Network) -> None:
    network.fill()
    (member,) = (one for one in network.records.members() if one.kind is Kind.SERVICE)
    found = network.records.find_member(Kind.SERVICE, member.id)
    assert found is member
    changed = member.model_copy(update={"registrations": ()})
    other(network).save_member(changed)
    assert network.records.find_member(Kind.SERVICE, member.id) == changed
    assert changed in network.records.members()


def test_a_member_that_was_damaged_is_told_to_whoever_read_a_good_one(network: Network) -> None:
    network.fill().records.members()
    with network.records.database.unit() as session:
        row = session.exec(select(MemberRow).where(MemberRow.kind == "service")).one()
        row.document = row.document.replace('"kind":"service",', "")
        session.commit()
    with pytest.raises(OperatorError, match="the service blue-badge is damaged"):
        network.records.members()


def test_settings_that_were_edited_are_read_again(network: Network) -> None:
    settings = network.records.settings()
    renamed = settings.model_copy(update={"name": OperatorName(en="Another", cy="Arall")})
    other(network).save_settings(renamed)
    assert network.records.settings() == renamed


def test_several_members_are_saved_together_or_not_at_all(network: Network) -> None:
    network.fill()
    before = network.records.members()
    with pytest.raises(AttributeError):
        network.records.save_members([before[0].model_copy(update={"claim_types": ()}), None])  # type: ignore[list-item]
    assert other(network).members() == before


def test_what_was_written_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    sync_all(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        sync_all(tmp_path / "nowhere")
