"""C2SP tlog-tiles v1: paths and contents by the definition's own formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedError
from protocol.transparency.merkle import MerkleTree, leaf_hash
from protocol.transparency.tiles import (
    bundle_path,
    read_bundle,
    read_tile,
    spans,
    tile_path,
    tree_tiles,
    write_bundle,
)


@pytest.mark.parametrize(
    ("index", "path"),
    [(0, "000"), (7, "007"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067")],
)
def test_paths(index: int, path: str) -> None:
    assert tile_path(2, index, 256) == f"tile/2/{path}"
    assert bundle_path(index, 17) == f"tile/entries/{path}.p/17"


def test_the_specification_s_own_sizes() -> None:
    # its examples: a tree of 70,000 and one of 256 leaves
    tree = MerkleTree(leaf_hash(b"%d" % number) for number in range(70_000))
    paths = tree_tiles(tree)
    assert sum(1 for path in paths if path.startswith("tile/0/") and ".p/" not in path) == 273
    assert {path for path in paths if ".p/" in path} == {
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    }
    assert "tile/1/000" in paths
    small = MerkleTree(leaf_hash(b"%d" % number) for number in range(256))
    assert set(tree_tiles(small)) == {"tile/0/000", "tile/1/000.p/1"}


def test_a_higher_tile_holds_the_roots_of_full_lower_ones() -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(600)]
    tiles = tree_tiles(MerkleTree(leaves))
    assert read_tile(tiles["tile/1/000.p/2"], width=2) == [
        MerkleTree(leaves[:256]).root(),
        MerkleTree(leaves[256:512]).root(),
    ]
    assert read_tile(tiles["tile/0/002.p/88"], width=88) == leaves[512:]


@pytest.mark.parametrize(
    ("before", "after"), [(0, 1), (1, 2), (255, 256), (256, 257), (300, 900), (512, 513)]
)
def test_only_what_changed_is_written_anew(before: int, after: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(after)]
    kept = dict(tree_tiles(MerkleTree(leaves[:before])))
    tree = MerkleTree(leaves)
    kept.update(tree_tiles(tree, since=before))
    complete = tree_tiles(tree)
    assert {path: kept[path] for path in complete} == complete


def test_no_tile_of_nothing() -> None:
    assert tree_tiles(MerkleTree()) == {}
    assert list(spans(0)) == []


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_there_and_back(entries: list[bytes]) -> None:
    assert read_bundle(write_bundle(entries), width=len(entries)) == entries


@pytest.mark.parametrize("data", [b"\0", b"\0\x05abc", b"\0\x01a\0", b"\0\x01a"])
def test_a_bundle_that_is_cut(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read_bundle(data, width=2)


def test_a_tile_of_another_width() -> None:
    with pytest.raises(MalformedError):
        read_tile(bytes(64), width=1)
