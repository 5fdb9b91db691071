"""The log as static files: C2SP tlog-tiles v1, tiles of 256 hashes and bundles of 256 entries."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from protocol.errors import MalformedError
from protocol.transparency.merkle import HASH_BYTES, MerkleTree

CHECKPOINT: Final = "checkpoint"
WIDTH: Final = 256
PARTIAL: Final = ".p"
_LEVEL_BITS: Final = 8
_LENGTH_BYTES: Final = 2
_CODE: Final = "bad_log_files"


def tile_path(level: int, index: int, width: int) -> str:
    """Where tile `index` of a level is, from the log's address; a partial one has less than 256."""
    return f"tile/{level}/{_number(index)}{_suffix(width)}"


def bundle_path(index: int, width: int) -> str:
    """Where the bundle of entries `index` is."""
    return f"tile/entries/{_number(index)}{_suffix(width)}"


def _number(index: int) -> str:
    digits = str(index)
    padded = digits.rjust(-(-len(digits) // 3) * 3, "0")
    *front, last = (padded[at : at + 3] for at in range(0, len(padded), 3))
    return "".join(f"x{one}/" for one in front) + last


def _suffix(width: int) -> str:
    return "" if width == WIDTH else f"{PARTIAL}/{width}"


def spans(size: int) -> Iterator[tuple[int, int]]:
    """The tiles of the lowest level (and bundles) of a log of `size`: their index and width."""
    for index in range(-(-size // WIDTH)):
        yield index, min(WIDTH, size - index * WIDTH)


def tree_tiles(tree: MerkleTree, *, since: int = 0) -> Mapping[str, bytes]:
    """The tiles of a tree, by path: of every level, those that changed after it had `since` leaves."""
    tiles: dict[str, bytes] = {}
    level = 0
    while nodes := len(tree) >> level * _LEVEL_BITS:
        first_changed = (since >> level * _LEVEL_BITS) // WIDTH
        for index, width in spans(nodes):
            if index >= first_changed:
                start = index * WIDTH
                hashes = tree.subtree_hashes(level * _LEVEL_BITS, start, start + width)
                tiles[tile_path(level, index, width)] = b"".join(hashes)
        level += 1
    return tiles


def read_tile(data: bytes, *, width: int) -> list[bytes]:
    """The hashes of a tile; raises MalformedError for another width."""
    if len(data) != width * HASH_BYTES:
        raise MalformedError("a tile of the log has another width", code=_CODE)
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def write_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def read_bundle(data: bytes, *, width: int) -> list[bytes]:
    """The entries of a bundle; raises MalformedError for a cut or another number of entries."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise MalformedError("a bundle of the log is cut short", code=_CODE)
        entries.append(data[start:at])
    if len(entries) != width:
        raise MalformedError("a bundle of the log has another number of entries", code=_CODE)
    return entries
