"""The register's files for one publication: those that are new, and those that stay as they were."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authority.public_register import addresses
from authority.public_register.documents import index_document
from authority.public_register.network import Network
from authority.public_register.screen import HERE, Screen
from authority.public_register.units import Stamp, Unit, create_units, read_contents
from protocol.encoding import json_dumps, json_object
from protocol.errors import ProtocolError

_SCHEMAS = {addresses.QUESTION_SCHEMA: "question.json", addresses.REGISTER_SCHEMA: "register.json"}
_MAX_CHANGES = 256 << 20  # bytes; our own file, with some 130 for each piece


@dataclass(frozen=True)
class RegisterFiles:
    """`new` makes its files (path, content) while it is read; `kept` are paths of the state before."""

    new: Iterator[tuple[str, bytes]]
    kept: frozenset[str]


def create_register(
    network: Network,
    screen: Screen,
    *,
    stamp: Stamp,
    log_size: int,
    before: bytes | None,
    is_there: Callable[[str], bool],
) -> RegisterFiles:
    """Everything below `register/`.

    `before` is `changes.json` of the state before; `is_there` says whether that state has a file.
    """
    contents = read_contents(network)
    known = _read_changes(before)
    new: list[Unit] = []
    kept: set[str] = set()
    changes: dict[str, Any] = {}
    for unit in (_look(screen), *create_units(contents, screen)):
        fingerprint = unit.fingerprint(screen.edition)
        present = known.get(unit.name)
        if _is_kept(unit, fingerprint, present, is_there):
            kept.update(unit.paths)
            changes[unit.name] = present
        else:
            new.append(unit)
            changes[unit.name] = {"fingerprint": fingerprint, **stamp.document()}
    index = index_document(network, questions=contents.questions, members=contents.members, log_size=log_size)
    always = {
        addresses.DATA: json_dumps(index | {"published": stamp.document()}),
        addresses.CHANGES: json_dumps({"published": stamp.document(), "units": changes}),
    }
    return RegisterFiles(_made(always, new, stamp), frozenset(kept))


def _made(always: Mapping[str, bytes], units: Sequence[Unit], stamp: Stamp) -> Iterator[tuple[str, bytes]]:
    yield from always.items()
    for unit in units:
        yield from unit.render(stamp).items()


def _is_kept(unit: Unit, fingerprint: str, present: Any, is_there: Callable[[str], bool]) -> bool:
    return bool(
        isinstance(present, Mapping)
        and present.get("fingerprint") == fingerprint
        and all(map(is_there, unit.paths))
    )


def _read_changes(before: bytes | None) -> Mapping[str, Any]:
    """What was published before; everything is made anew where that can't be read."""
    try:
        units = json_object(before or b"{}", max_bytes=_MAX_CHANGES).get("units")
    except ProtocolError:
        return {}
    return units if isinstance(units, Mapping) else {}


def _look(screen: Screen) -> Unit:
    """What every page needs, and what explains the JSON; another edition where any of it is another."""
    files = {addresses.asset_path(name): data for name, data in screen.assets.items()}
    files |= {path: (HERE / "schemas" / name).read_bytes() for path, name in _SCHEMAS.items()}
    return Unit("look", None, tuple(files), lambda _: files)
