"""The log on disk: what was signed for stays, whatever happens to the process or to a file."""

import shutil
from pathlib import Path

import pytest

from authority.transparency.log import Log
from protocol.transparency import Entry, Event, verify_checkpoint, verify_logged
from protocol.transparency.entry import create_entry
from serving.errors import OperatorError
from tests.protocol.keys_for_tests import signing_key

NAME = "network.example/log"
KEY = signing_key("log")


def opened(directory: Path) -> Log:
    return Log(directory, name=NAME, key=KEY)


def entries(first: int, count: int) -> list[Entry]:
    return [create_entry(Event.CHANGE, {"number": number}) for number in range(first, first + count)]


def said(log: Log) -> list[bytes]:
    return list(log.entries())


def test_a_new_log_is_empty_and_signed(tmp_path: Path) -> None:
    log = opened(tmp_path)
    assert (len(log), said(log), log.append([])) == (0, [], [])
    assert verify_checkpoint(log.checkpoint().decode(), keys=[log.key]).size == 0


@pytest.mark.parametrize("batches", [[1], [1, 1, 1], [255, 1, 1], [256, 1], [300, 300], [1, 600]])
def test_what_was_appended_is_there_and_proven(tmp_path: Path, batches: list[int]) -> None:
    written: list[bytes] = []
    for count in batches:
        new = entries(len(written), count)
        proofs = opened(tmp_path).append(new)  # as another process would
        written += map(bytes, new)
        for entry, proof in zip(new, proofs, strict=True):
            assert verify_logged(bytes(entry), proof, keys=[opened(tmp_path).key]).size == len(written)
    assert said(opened(tmp_path)) == written
    assert verify_checkpoint(opened(tmp_path).checkpoint().decode(), keys=[opened(tmp_path).key]).size == len(
        written
    )


def test_what_was_not_signed_for_did_not_happen(tmp_path: Path) -> None:
    """A process that is killed before it signs leaves files that nobody reads and the next one replaces."""
    opened(tmp_path).append(entries(0, 3))
    signed = (tmp_path / "checkpoint").read_bytes()
    opened(tmp_path).append(entries(100, 2))
    (tmp_path / "checkpoint").write_bytes(signed)
    log = opened(tmp_path)
    assert said(log) == [bytes(one) for one in entries(0, 3)]
    (proof, _) = log.append(entries(3, 2))
    verify_logged(bytes(entries(3, 1)[0]), proof, keys=[log.key])
    assert said(opened(tmp_path)) == [bytes(one) for one in entries(0, 5)]


def test_a_disk_that_fails_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append(entries(0, 3))
    blocked = tmp_path / "tile" / "entries" / ".000.p"
    (tmp_path / "tile" / "entries" / "000.p" / ".5.new").mkdir()  # where the next bundle would be written
    with pytest.raises(OSError, match="directory"):
        log.append(entries(3, 2))
    assert not blocked.exists()
    assert said(log) == said(opened(tmp_path)) == [bytes(one) for one in entries(0, 3)]
    assert len(log.append(entries(3, 1))) == 1


@pytest.mark.parametrize("name", ["tile/0/000.p/3", "checkpoint"])
def test_a_changed_file_stops_everything(tmp_path: Path, name: str) -> None:
    opened(tmp_path).append(entries(0, 3))
    path = tmp_path / name
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(OperatorError, match="restore it"):
        opened(tmp_path)


def test_a_missing_file_stops_everything(tmp_path: Path) -> None:
    opened(tmp_path).append(entries(0, 3))
    (tmp_path / "tile" / "0" / "000.p" / "3").unlink()
    with pytest.raises(OperatorError, match="restore it"):
        opened(tmp_path)


def test_another_s_log_is_not_continued(tmp_path: Path) -> None:
    opened(tmp_path).append(entries(0, 3))
    with pytest.raises(OperatorError):
        Log(tmp_path, name=NAME, key=signing_key("another"))


def test_what_is_published_is_a_whole_log(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    for first in range(0, 600, 200):
        log.append(entries(first, 200))
    for name, path in log.files().items():
        copy = tmp_path / "copy" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (tmp_path / "copy" / "checkpoint").write_bytes(log.checkpoint())
    assert said(opened(tmp_path / "copy")) == said(log)


def test_a_full_tile_takes_the_place_of_its_partial_ones(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for first in range(0, 300, 50):
        log.append(entries(first, 50))
    assert [name for name in log.files() if "/000.p/" in name and not name.startswith("tile/1/")] == []
    assert said(opened(tmp_path)) == [bytes(one) for one in entries(0, 300)]
