"""The authority's transparency log on disk: entries and hashes in the very files that are published.

The log is what its signed checkpoint says: files beyond it were left by a process that was killed before it
signed, and the next one writes them anew. An entry that a checkpoint covers is never changed.

    log/checkpoint              the newest checkpoint (C2SP tlog-checkpoint v1)
    log/tile/<level>/<n>        hashes (C2SP tlog-tiles v1)
    log/tile/entries/<n>        entries
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from protocol.errors import ProtocolError
from protocol.keys import SigningKey
from protocol.transparency import (
    Checkpoint,
    Entry,
    LogKey,
    LogProof,
    MerkleTree,
    create_checkpoint,
    create_log_proof,
    leaf_hash,
    verify_checkpoint,
)
from protocol.transparency.tiles import (
    CHECKPOINT,
    PARTIAL,
    WIDTH,
    bundle_path,
    read_bundle,
    read_tile,
    spans,
    tile_path,
    tree_tiles,
    write_bundle,
)
from serving.errors import OperatorError
from serving.files import replace_file

EMPTY = Checkpoint("", 0, b"")


def newest_checkpoint(directory: Path) -> bytes:
    """The newest checkpoint of the log in `directory`, not verified; nothing where none was signed yet."""
    path = directory / CHECKPOINT
    return path.read_bytes() if path.exists() else b""


class Log:
    """One log, read once; only one process may append to it at a time (`Records.locked`)."""

    def __init__(self, directory: Path, *, name: str, key: SigningKey) -> None:
        """Read the log in `directory`, if there is one; raises OperatorError for a damaged one."""
        self.key = LogKey(name, key.public_key)
        self._directory = directory
        self._signing_key = key
        self._newest = b""  # the checkpoint that `_tree` is as large as
        try:
            self._tree = self._read()
        except (OSError, ProtocolError, UnicodeDecodeError):
            raise OperatorError(f"the log in {directory} is damaged; restore it from a copy") from None

    def __len__(self) -> int:
        return len(self._tree)

    def is_newest(self) -> bool:
        """Whether nobody else appended since this was read: whoever does signs another checkpoint."""
        return newest_checkpoint(self._directory) == self._newest

    def append(self, entries: Sequence[Entry]) -> list[str]:
        """Add entries for good; gives, for each, the proof that it is in the log (C2SP tlog-proof v1).

        When it returns, the entries are on the disk and signed for.
        """
        if not entries:
            return []
        first = len(self._tree)
        try:
            checkpoint = self._add([bytes(entry) for entry in entries])
        except BaseException:
            self._tree = self._read()  # what was not signed for did not happen
            raise
        return [
            create_log_proof(LogProof(index, tuple(self._tree.inclusion_proof(index)), checkpoint))
            for index in range(first, len(self._tree))
        ]

    def entries(self, *, since: int = 0) -> Iterator[bytes]:
        """Every entry after the first `since` as it was written, the oldest first."""
        for index, width in spans(len(self._tree)):
            if index * WIDTH + width > since:
                yield from self._bundle(index, width)[max(0, since - index * WIDTH) :]

    def checkpoint(self) -> bytes:
        """The newest checkpoint, signed; a log without entries has one, too."""
        if not self._path(CHECKPOINT).exists():
            self._sign(self._tree)
        return self._path(CHECKPOINT).read_bytes()

    def files(self) -> Mapping[str, Path]:
        """What has to be published beside the checkpoint, by its path from the log's own address."""
        return {
            str(path.relative_to(self._directory)): path
            for path in sorted(self._path("tile").rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    # --- reading

    def _read(self) -> MerkleTree:
        checkpoint = self._checkpoint()
        tree = MerkleTree(self._leaves(checkpoint.size))
        if checkpoint.size and tree.root() != checkpoint.root:
            raise OperatorError(f"the log in {self._directory} was changed; restore it from a copy")
        return tree

    def _checkpoint(self) -> Checkpoint:
        self._newest = newest_checkpoint(self._directory)
        return verify_checkpoint(self._newest.decode(), keys=[self.key]) if self._newest else EMPTY

    def _leaves(self, size: int) -> Iterator[bytes]:
        for index, width in spans(size):
            yield from read_tile(self._path(tile_path(0, index, width)).read_bytes(), width=width)

    # --- writing

    def _add(self, written: Sequence[bytes]) -> str:
        first = len(self._tree)
        bundles = self._bundles(first, written)
        for entry in written:
            self._tree.append(leaf_hash(entry))
        files = {**bundles, **tree_tiles(self._tree, since=first)}
        for name, data in files.items():
            self._write(name, data)
        checkpoint = self._sign(self._tree)
        self._forget_partial(files)
        return checkpoint

    def _forget_partial(self, files: Mapping[str, bytes]) -> None:
        # C2SP tlog-tiles v1: a partial one may go once the full one is there; a reader falls back to that
        for name in files:
            if PARTIAL not in name:
                shutil.rmtree(self._path(name + PARTIAL), ignore_errors=True)

    def _bundles(self, first: int, written: Sequence[bytes]) -> Mapping[str, bytes]:
        """The bundles that change when entries are added after the first `first`."""
        index, filled = divmod(first, WIDTH)
        kept = self._bundle(index, filled) if filled else []
        entries = [*kept, *written]
        pieces = [entries[at : at + WIDTH] for at in range(0, len(entries), WIDTH)]
        return {
            bundle_path(index + number, len(piece)): write_bundle(piece)
            for number, piece in enumerate(pieces)
        }

    def _bundle(self, index: int, width: int) -> list[bytes]:
        return read_bundle(self._path(bundle_path(index, width)).read_bytes(), width=width)

    def _sign(self, tree: MerkleTree) -> str:
        checkpoint = create_checkpoint(Checkpoint(self.key.name, len(tree), tree.root()), self._signing_key)
        self._newest = checkpoint.encode()
        self._write(CHECKPOINT, self._newest)
        return checkpoint

    def _write(self, name: str, data: bytes) -> None:
        replace_file(self._path(name), data, directory_mode=0o755)

    def _path(self, name: str) -> Path:
        return self._directory / name
