"""Token Status List draft 14 §4: packing, and compression within bounds."""

import zlib

import pytest

from protocol.errors import LocalError, MalformedError, StatusError
from protocol.status_list import StatusList, compress, decompress


@pytest.mark.parametrize(("bits", "largest"), [(1, 1), (2, 3), (4, 15), (8, 255)])
def test_every_entry_by_itself(bits: int, largest: int) -> None:
    statuses = StatusList(bits, length=20)
    for index in range(20):
        statuses.set(index, largest)
        assert [statuses.get(i) for i in range(20)] == [largest if i == index else 0 for i in range(20)]
        statuses.set(index, 0)


@pytest.mark.parametrize(
    ("bits", "length", "entries"), [(1, 9, 16), (2, 5, 8), (4, 3, 4), (8, 3, 3), (1, 0, 0)]
)
def test_the_length_fills_bytes(bits: int, length: int, entries: int) -> None:
    assert len(StatusList(bits, length=length)) == entries


@pytest.mark.parametrize("bits", [0, 3, 5, 16, -1])
def test_another_width(bits: int) -> None:
    with pytest.raises(LocalError):
        StatusList(bits, length=8)


@pytest.mark.parametrize("index", [-1, 8, 1 << 40])
def test_an_index_outside(index: int) -> None:
    statuses = StatusList(1, length=8)
    with pytest.raises(StatusError) as caught:
        statuses.get(index)
    assert caught.value.code == "status_index_out_of_range"
    with pytest.raises(StatusError):
        statuses.set(index, 1)


@pytest.mark.parametrize(("bits", "status"), [(1, 2), (2, 4), (4, 16), (8, 256), (1, -1)])
def test_a_status_too_large(bits: int, status: int) -> None:
    with pytest.raises(LocalError):
        StatusList(bits, length=8).set(0, status)


def test_compressed_and_back() -> None:
    packed = bytes(range(256)) * 10
    assert decompress(compress(packed)) == packed


def test_the_bound_is_what_comes_out() -> None:
    compressed = compress(bytes(1000))
    assert len(decompress(compressed, max_bytes=1000)) == 1000
    with pytest.raises(MalformedError) as caught:
        decompress(compressed, max_bytes=999)
    assert caught.value.code == "status_list_too_large"


def test_a_bomb_is_never_unpacked() -> None:
    bomb = zlib.compress(bytes(200 << 20), 9)
    assert len(bomb) < 1 << 18
    with pytest.raises(MalformedError) as caught:
        decompress(bomb)
    assert caught.value.code == "status_list_too_large"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zlib",
        compress(b"list")[:-1],
        compress(b"list")[:-4] + b"\0\0\0\0",
        compress(b"list") + b"x",
        compress(b"list") * 2,
        zlib.compressobj(9, zlib.DEFLATED, -15).compress(b"raw"),
    ],
)
def test_what_is_no_zlib_stream(data: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        decompress(data)
    assert caught.value.code == "malformed_status_list"
