"""The status list itself: an array of small numbers, packed and compressed (Token Status List draft 14 §4).

A list of `bits` = 1, 2, 4 or 8 bits each. Within a byte the first entry stands in the lowest bits (§4.1).
"""

import zlib
from typing import Literal, cast, get_args

from protocol.errors import LocalError, MalformedError, StatusError

Bits = Literal[1, 2, 4, 8]

#: Largest list accepted once decompressed, in bytes: 2^20 entries of 8 bits.
MAX_LIST_BYTES = 1 << 20


class StatusList:
    """A mutable list of statuses, all zero (VALID) at first; its length in entries fills whole bytes."""

    def __init__(self, bits: int, *, length: int) -> None:
        """Makes a list of at least `length` entries; raises LocalError unless `bits` is 1, 2, 4 or 8."""
        if bits not in get_args(Bits):
            raise LocalError("A status has 1, 2, 4 or 8 bits", code="invalid_bits")
        self.bits: Bits = cast(Bits, bits)
        self._packed = bytearray((length * bits + 7) // 8)

    @classmethod
    def from_packed(cls, packed: bytes, *, bits: int) -> "StatusList":
        """Takes the packed bytes as they are; raises LocalError for another width than 1, 2, 4 or 8."""
        status_list = cls(bits, length=0)
        status_list._packed = bytearray(packed)
        return status_list

    def __len__(self) -> int:
        """Counts entries, those that merely fill the last byte included."""
        return len(self._packed) * 8 // self.bits

    def get(self, index: int) -> int:
        """Returns the status at `index`; raises StatusError if the list has no such entry."""
        byte, shift = self._locate(index)
        return self._packed[byte] >> shift & ((1 << self.bits) - 1)

    def set(self, index: int, status: int) -> None:
        """Changes one status; raises StatusError for a bad index, LocalError for a status too large."""
        mask = (1 << self.bits) - 1
        if not 0 <= status <= mask:
            raise LocalError("The status does not fit the list's bits", code="invalid_status")
        byte, shift = self._locate(index)
        self._packed[byte] = self._packed[byte] & ~(mask << shift) | status << shift

    @property
    def packed(self) -> bytes:
        """The list as bytes, uncompressed."""
        return bytes(self._packed)

    def _locate(self, index: int) -> tuple[int, int]:
        byte, bit = divmod(index * self.bits, 8)
        if not 0 <= byte < len(self._packed):  # §8.3 step 6: no statement can be made, the token is refused
            raise StatusError("The status index is outside the list", code="status_index_out_of_range")
        return byte, bit


def compress(packed: bytes) -> bytes:
    """Compresses a packed list with ZLIB at the highest level (§4.1 step 4)."""
    return zlib.compress(packed, 9)


def decompress(compressed: bytes, *, max_bytes: int = MAX_LIST_BYTES) -> bytes:
    """Decompresses at most `max_bytes`; raises MalformedError for bombs, trailing bytes and cuts."""
    decompressor = zlib.decompressobj()
    try:
        packed = decompressor.decompress(compressed, max_bytes + 1)
    except zlib.error as error:
        raise MalformedError("The status list is not ZLIB data", code="malformed_status_list") from error
    if len(packed) > max_bytes:
        raise MalformedError("The status list is too large", code="status_list_too_large")
    if not decompressor.eof or decompressor.unused_data:
        raise MalformedError("The status list is cut short or carries more", code="malformed_status_list")
    return packed
