"""RFC 9162 §2.1: against the reference tree, and against the definitions written out naively."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BindingError, LocalError, MalformedError
from protocol.transparency.merkle import (
    MerkleTree,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.vectors.reading import vectors

VECTORS = vectors("transparency/merkle.json")
LEAVES = [bytes.fromhex(leaf) for leaf in VECTORS["leaves"]]
ROOTS = [bytes.fromhex(root) for root in VECTORS["roots"]]
SIZES = st.integers(min_value=1, max_value=300)


def grown(size: int, salt: str = "") -> MerkleTree:
    return MerkleTree(leaf_hash(f"{salt}{number}".encode()) for number in range(size))


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """§2.1.1 as it is written."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def test_the_reference_tree() -> None:
    assert len(LEAVES) == len(ROOTS) == 8
    assert MerkleTree().root().hex() == VECTORS["empty_root"]
    tree = MerkleTree()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf_hash(leaf))
        assert tree.root() == root
    assert [tree.root(size + 1) for size in range(8)] == ROOTS


@given(size=SIZES)
def test_the_root_is_the_definition_s(size: int) -> None:
    tree = grown(size)
    assert tree.root() == naive_root([tree.leaf(index) for index in range(size)])


def test_leaf_and_node_never_pass_for_each_other() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert MerkleTree([left, right]).root() != leaf_hash(left + right)


@given(size=SIZES, at=st.data())
def test_every_leaf_is_proven_and_no_other(size: int, at: st.DataObject) -> None:
    tree = grown(size)
    index = at.draw(st.integers(0, size - 1))
    path = tree.inclusion_proof(index)
    root = tree.root()
    verify_inclusion(leaf=tree.leaf(index), index=index, size=size, path=path, root=root)
    with pytest.raises(BindingError):
        verify_inclusion(leaf=leaf_hash(b"never logged"), index=index, size=size, path=path, root=root)
    if size > 1:
        other = at.draw(st.integers(0, size - 1).filter(lambda one: one != index))
        with pytest.raises(BindingError):
            verify_inclusion(leaf=tree.leaf(index), index=other, size=size, path=path, root=root)


@given(size=st.integers(2, 300), at=st.data())
def test_a_changed_shortened_or_lengthened_path_proves_nothing(size: int, at: st.DataObject) -> None:
    tree = grown(size)
    index = at.draw(st.integers(0, size - 1))
    path = tree.inclusion_proof(index)
    place = at.draw(st.integers(0, len(path) - 1))
    changed = [*path[:place], sha256(path[place]).digest(), *path[place + 1 :]]
    for wrong in (changed, path[:-1], [*path, path[-1]], [*path, tree.root()]):
        with pytest.raises(BindingError):
            verify_inclusion(leaf=tree.leaf(index), index=index, size=size, path=wrong, root=tree.root())


@given(first=st.integers(0, 300), more=st.integers(0, 100))
def test_growth_is_proven(first: int, more: int) -> None:
    tree = grown(first + more)
    path = tree.consistency_proof(first)
    verify_consistency(
        first=first, second=first + more, first_root=tree.root(first), second_root=tree.root(), path=path
    )


@given(first=st.integers(1, 200), more=st.integers(1, 100), at=st.data())
def test_a_rewritten_history_is_no_growth(first: int, more: int, at: st.DataObject) -> None:
    before, after = grown(first), grown(first + more)
    changed = at.draw(st.integers(0, first - 1))
    leaves = [after.leaf(index) for index in range(len(after))]
    leaves[changed] = leaf_hash(b"what was never said before")
    forged = MerkleTree(leaves)
    roots = {"first_root": before.root(), "second_root": forged.root()}
    for path in (forged.consistency_proof(first), after.consistency_proof(first), []):
        with pytest.raises(BindingError):
            verify_consistency(first=first, second=first + more, path=path, **roots)


@given(first=st.integers(1, 200), more=st.integers(1, 100), at=st.data())
def test_a_changed_consistency_path_proves_nothing(first: int, more: int, at: st.DataObject) -> None:
    tree = grown(first + more)
    path = tree.consistency_proof(first)
    place = at.draw(st.integers(0, len(path) - 1))
    changed = [*path[:place], sha256(path[place]).digest(), *path[place + 1 :]]
    roots = {"first_root": tree.root(first), "second_root": tree.root()}
    for wrong in (changed, path[:-1], [*path, path[-1]]):
        with pytest.raises(BindingError):
            verify_consistency(first=first, second=first + more, path=wrong, **roots)


def test_same_size_same_root() -> None:
    roots = {"first_root": grown(5).root(), "second_root": grown(5, "other").root()}
    with pytest.raises(BindingError, match="rewritten"):
        verify_consistency(first=5, second=5, path=[], **roots)
    with pytest.raises(BindingError, match="rewritten"):
        verify_consistency(first=0, second=0, path=[], first_root=grown(0).root(), second_root=ROOTS[0])


def test_nothing_becomes_smaller() -> None:
    tree = grown(5)
    with pytest.raises(MalformedError) as raised:
        verify_consistency(first=5, second=4, path=[], first_root=tree.root(), second_root=tree.root(4))
    assert raised.value.code == "log_rewritten"


@pytest.mark.parametrize("path", [[b"short"], [bytes(32)] * 65])
def test_a_path_of_no_possible_form(path: list[bytes]) -> None:
    with pytest.raises(MalformedError):
        verify_inclusion(leaf=bytes(32), index=0, size=2, path=path, root=bytes(32))
    with pytest.raises(MalformedError):
        verify_consistency(first=1, second=2, path=path, first_root=bytes(32), second_root=bytes(32))


@pytest.mark.parametrize("index", [-1, 3, 2**70])
def test_an_index_outside_the_tree(index: int) -> None:
    with pytest.raises(MalformedError):
        verify_inclusion(leaf=bytes(32), index=index, size=3, path=[], root=bytes(32))


def test_what_the_tree_has_not() -> None:
    tree = grown(3)
    for wrong in (lambda: tree.root(4), lambda: tree.inclusion_proof(3), lambda: tree.consistency_proof(4)):
        with pytest.raises(LocalError):
            wrong()
