"""Brings the public register up to the trust list that was published, after it: nobody waits for it.

Its pieces are made anew one by one, in their place, each file by one rename. What is about to be made is
first struck from `changes.json`, and stands there again once it is on the disk: whoever takes over from a
process that was killed makes it once more.
"""

import os
from pathlib import Path

from authority.public_register.addresses import CHANGES, DATA
from authority.public_register.files import Register, create_register, published_with
from authority.public_register.network import Network
from authority.public_register.screen import Screen
from authority.public_register.units import Stamp
from authority.records import LOG, REGISTER, Records
from authority.transparency.log import newest_checkpoint
from protocol.transparency.tiles import CHECKPOINT
from serving.files import replace_file, sync_all

_MODE = 0o755


def is_register_due(records: Records) -> bool:
    """Whether the register is that of an earlier trust list, or unfinished."""
    return published_with(_before(records)) != records.sequence()


def publish_register(records: Records, *, now: int, at_most: int | None = None) -> int:
    """Makes the pieces that changed, `at_most` so many; gives how many are left for another time.

    Nothing is done where something was decided since the trust list: the next list comes first. Raises
    OperatorError.
    """
    with records.register_locked():
        network = _network(records, now=now)
        if network is None:
            return 0
        register = look(records, network, stamp=Stamp(records.sequence(), now))
        return write_register(records, register, at_most=at_most)


def look(records: Records, network: Network, *, stamp: Stamp) -> Register:
    """What the register has to be, and what of it is due."""
    return create_register(
        network,
        Screen(records.settings()),
        stamp=stamp,
        before=_before(records),
        there=_files(records.directory / REGISTER),
    )


def write_register(records: Records, register: Register, *, at_most: int | None = None) -> int:
    """Makes what is due, `at_most` so many pieces; gives how many are left."""
    due = register.due[:at_most]
    is_whole = len(due) == len(register.due)
    if due:
        _replace(records, CHANGES, register.changes(made=(), is_whole=False))
    for unit in due:
        for name, data in unit.render(register.stamp).items():
            _place(records.directory / name, data)
    if is_whole:
        _replace(records, DATA, register.index)
        for name in _files(records.directory / REGISTER) - register.paths:
            (records.directory / name).unlink()
    sync_all(records.directory)
    _replace(records, CHANGES, register.changes(made=due, is_whole=is_whole))
    return len(register.due) - len(due)


def _network(records: Records, *, now: int) -> Network | None:
    """The network as the published list has it, or None where it is another already."""
    with records.locked():
        if records.published(f"{LOG}/{CHECKPOINT}") != newest_checkpoint(records.directory / LOG):
            return None
        settings = records.settings()
        return Network(
            base_url=settings.base_url,
            name=settings.name.model_dump(),
            members=records.members(),
            history=records.history(),
            log_size=len(records.log()),
            now=now,
        )


def _before(records: Records) -> bytes | None:
    path = records.directory / CHANGES
    return path.read_bytes() if path.is_file() else None


def _replace(records: Records, name: str, data: bytes) -> None:
    replace_file(records.directory / name, data, directory_mode=_MODE)


def _place(path: Path, data: bytes) -> None:
    """A file that is on the disk only after `sync_all`."""
    path.parent.mkdir(mode=_MODE, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)


def _files(directory: Path) -> set[str]:
    """Every file of the register, by its address; also what a process that was killed left half written."""
    top = len(str(directory.parent)) + 1
    return {f"{above[top:]}/{name}" for above, _, names in os.walk(directory) for name in names}
