"""Merkle tree with SHA-256: RFC 9162 §2.1. Hashes are 32 bytes, positions and sizes count leaves.

The tree keeps the hash of every complete subtree, so that a leaf more, a root, or a proof for any earlier
size costs work that grows with the logarithm of the size only.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from protocol.errors import BindingError, LocalError, MalformedError

HASH_BYTES: Final = 32
#: Longest path of a proof: no tree has more than 2^63 leaves.
MAX_PATH: Final = 64
EMPTY_ROOT: Final = sha256(b"").digest()  # §2.1.1

_WRONG: Final = "log_proof"


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf (§2.1.1): its first byte keeps a leaf from passing for a node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two subtrees (§2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """A tree that only grows."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Start with leaf hashes, in order."""
        # _levels[n][i] is the root of the complete subtree over the leaves i·2^n to (i+1)·2^n - 1
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        self._levels[0].append(leaf)
        level = 0
        while len(self._levels[level]) % 2 == 0:
            if len(self._levels) == level + 1:
                self._levels.append([])
            self._levels[level + 1].append(node_hash(*self._levels[level][-2:]))
            level += 1

    def leaf(self, index: int) -> bytes:
        """The hash of the leaf at `index`."""
        return self._levels[0][index]

    def subtree_hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """Roots `start` to `end - 1` of the complete subtrees over 2^level leaves each."""
        return self._levels[level][start:end] if level < len(self._levels) else []

    def root(self, size: int | None = None) -> bytes:
        """The root when the tree had `size` leaves, by default all; raises LocalError for more than all."""
        size = self._checked(size)
        return self._hash(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The path from the leaf at `index` to the root of the first `size` leaves (§2.1.3.1)."""
        size = self._checked(size)
        if not 0 <= index < size:
            raise LocalError("the tree has no such leaf")
        return self._path(index, 0, size)

    def consistency_proof(self, first: int, second: int | None = None) -> list[bytes]:
        """That the tree of `first` leaves is a beginning of that of `second` (§2.1.4.1)."""
        second = self._checked(second)
        if not 0 <= first <= second:
            raise LocalError("the first tree is larger than the second")
        return self._subproof(first, 0, second, whole=True) if 0 < first < second else []

    def _checked(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise LocalError("the tree is not that large")
        return size

    def _hash(self, start: int, end: int) -> bytes:
        width = end - start
        if width & (width - 1) == 0:  # complete: `start` is always a multiple of its width here
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + _split(width)
        return node_hash(self._hash(start, middle), self._hash(middle, end))

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._hash(middle, end)]
        return [*self._path(index, middle, end), self._hash(start, middle)]

    def _subproof(self, first: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        # SUBPROOF of §2.1.4.1: `whole` says that the verifier knows the hash of this subtree already
        if first == end:
            return [] if whole else [self._hash(start, end)]
        middle = start + _split(end - start)
        if first <= middle:
            return [*self._subproof(first, start, middle, whole=whole), self._hash(middle, end)]
        return [*self._subproof(first, middle, end, whole=False), self._hash(start, middle)]


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << (width - 1).bit_length() - 1


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` (a hash) is at `index` of the tree with `size` leaves and `root` (§2.1.3.2).

    Raises BindingError where it is not, MalformedError for a proof of no possible form.
    """
    _check_path(path)
    if not 0 <= index < size:  # step 1
        raise MalformedError("the log has no such entry", code=_WRONG)
    position, last, found = index, size - 1, leaf  # steps 2 and 3
    for sibling in path:  # step 4
        if last == 0:  # step 4.a
            raise _not_there()
        if position & 1 or position == last:  # step 4.b
            found = node_hash(sibling, found)
            position, last = _up_to_a_right_child(position, last)
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1  # step 4.c
    if last != 0 or found != root:  # step 5
        raise _not_there()


def verify_consistency(
    *, first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that the tree of `first` leaves is a beginning of that of `second` (§2.1.4.2).

    Raises BindingError where it is not, MalformedError for a proof of no possible form.
    """
    _check_path(path)
    if not 0 <= first <= second:
        raise MalformedError("the log became smaller", code="log_rewritten")
    if first in {0, second}:  # nothing to prove: an empty tree begins every one, and each begins itself
        if path or first_root != (second_root if first == second else EMPTY_ROOT):
            raise _rewritten()
        return
    # step 1: the path may not be empty; step 2: a complete tree's own root begins it
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not path:
        raise _rewritten()
    position, last = first - 1, second - 1  # step 3
    while position & 1:  # step 4
        position, last = position >> 1, last >> 1
    older = newer = steps[0]  # step 5
    for sibling in steps[1:]:  # step 6
        if last == 0:  # step 6.a
            raise _rewritten()
        if position & 1 or position == last:  # step 6.b
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            position, last = _up_to_a_right_child(position, last)
        else:
            newer = node_hash(newer, sibling)
        position, last = position >> 1, last >> 1  # step 6.c
    if (older, newer, last) != (first_root, second_root, 0):  # step 7
        raise _rewritten()


def _up_to_a_right_child(position: int, last: int) -> tuple[int, int]:
    # steps 4.b and 6.b: a node without a right sibling stands for itself one level up
    while not position & 1 and position:
        position, last = position >> 1, last >> 1
    return position, last


def _check_path(path: Sequence[bytes]) -> None:
    if len(path) > MAX_PATH or any(len(one) != HASH_BYTES for one in path):
        raise MalformedError("the log's proof has not the right form", code=_WRONG)


def _not_there() -> BindingError:
    return BindingError("the log does not hold this entry there", code=_WRONG)


def _rewritten() -> BindingError:
    return BindingError("the log's history was rewritten", code="log_rewritten")
