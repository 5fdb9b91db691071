"""The register as it is to be: the pieces that are to be made, and those that stay as they were."""

from collections.abc import Container, Mapping, Sequence
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
class Register:
    """A register that is to be: the pieces that are `due`, every path of it, and its index (JSON)."""

    stamp: Stamp
    due: Sequence[Unit]
    paths: frozenset[str]
    index: bytes
    fingerprints: Mapping[str, str]
    kept: Mapping[str, Any]
    published: Any

    def changes(self, *, made: Sequence[Unit], is_whole: bool) -> bytes:
        """`changes.json` when those of the due pieces are `made`; not `is_whole` while others are due."""
        new = {
            one.name: {"fingerprint": self.fingerprints[one.name], **self.stamp.document()} for one in made
        }
        published = self.stamp.document() if is_whole else self.published
        return json_dumps({"published": published, "units": {**self.kept, **new}})


def create_register(
    network: Network, screen: Screen, *, stamp: Stamp, before: bytes | None, there: Container[str]
) -> Register:
    """Everything below `register/`.

    `before` is `changes.json` as it is now; `there` has the path of every file that is there now.
    """
    contents = read_contents(network)
    known = _read_changes(before)
    units = [_look(screen), *create_units(contents, screen)]
    fingerprints = {one.name: one.fingerprint(screen.edition) for one in units}
    kept = {
        one.name: known[one.name]
        for one in units
        if _is_kept(one, fingerprints[one.name], known.get(one.name), there)
    }
    index = index_document(network, questions=contents.questions, members=contents.members)
    return Register(
        stamp=stamp,
        due=[one for one in units if one.name not in kept],
        paths=frozenset({addresses.DATA, addresses.CHANGES, *(path for one in units for path in one.paths)}),
        index=json_dumps(index | {"published": stamp.document()}),
        fingerprints=fingerprints,
        kept=kept,
        published=_read(before).get("published"),
    )


def published_with(before: bytes | None) -> int:
    """The number of the trust list that `changes.json` belongs to; 0 for none, or while it is not whole."""
    published = _read(before).get("published")
    number = published.get("trust_list") if isinstance(published, Mapping) else None
    return number if isinstance(number, int) else 0


def _is_kept(unit: Unit, fingerprint: str, present: Any, there: Container[str]) -> bool:
    return bool(
        isinstance(present, Mapping)
        and present.get("fingerprint") == fingerprint
        and all(path in there for path in unit.paths)
    )


def _read_changes(before: bytes | None) -> Mapping[str, Any]:
    units = _read(before).get("units")
    return units if isinstance(units, Mapping) else {}


def _read(before: bytes | None) -> Mapping[str, Any]:
    """What was published before; everything is made anew where that can't be read."""
    try:
        return json_object(before or b"{}", max_bytes=_MAX_CHANGES)
    except ProtocolError:
        return {}


def _look(screen: Screen) -> Unit:
    """What every page needs, and what explains the JSON; another edition where any of it is another."""
    files = {addresses.asset_path(name): data for name, data in screen.assets.items()}
    files |= {path: (HERE / "schemas" / name).read_bytes() for path, name in _SCHEMAS.items()}
    return Unit("look", None, tuple(files), lambda _: files)
