"""Checkpoints: C2SP tlog-checkpoint v1. A log's signed word on its size and root at one time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from protocol.encoding import b64_decode, b64_encode
from protocol.errors import LocalError, MalformedError, UntrustedError
from protocol.keys import SigningKey
from protocol.transparency.merkle import HASH_BYTES, verify_consistency
from protocol.transparency.note import LogKey, create_note, verify_note

MAX_SIZE: Final = 2**63 - 1

_CODE: Final = "bad_checkpoint"
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries, under this root (32 bytes)."""

    origin: str
    size: int
    root: bytes


def create_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Sign a checkpoint under the log's own name; raises LocalError."""
    if not 0 <= checkpoint.size <= MAX_SIZE or len(checkpoint.root) != HASH_BYTES:
        raise LocalError("not a log's size and root")
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{b64_encode(checkpoint.root)}\n"
    return create_note(text, name=checkpoint.origin, key=key)


def verify_checkpoint(note: str, *, keys: Sequence[LogKey]) -> Checkpoint:
    """Read a checkpoint that its own log signed.

    Raises MalformedError, UntrustedError (no known log, or one log in another's name) or SignatureError.
    """
    checkpoint = parse_checkpoint(verify_note(note, keys=keys))
    verify_note(note, keys=[key for key in keys if key.name == checkpoint.origin])
    return checkpoint


class VerifiedCheckpoints:
    """Verifies checkpoints of a fixed set of logs and remembers the one that passed last, by its every byte.

    Whatever was logged together was signed for by one checkpoint.
    """

    def __init__(self, keys: Sequence[LogKey]) -> None:
        self._keys = tuple(keys)
        self._last: tuple[str, Checkpoint] | None = None

    def verify(self, note: str) -> Checkpoint:
        """The checkpoint; raises RemoteError as `verify_checkpoint` does."""
        if self._last is None or self._last[0] != note:
            self._last = note, verify_checkpoint(note, keys=self._keys)
        return self._last[1]


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text, whose signature is the caller's to check; raises MalformedError.

    Extension lines are refused: nobody can audit them.
    """
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[_LINES] or not lines[0]:
        raise MalformedError("a checkpoint has three lines", code=_CODE)
    origin, size, root = lines[:_LINES]
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise MalformedError("a checkpoint's size is a number", code=_CODE)
    decoded = b64_decode(root, max_bytes=HASH_BYTES)
    if len(decoded) != HASH_BYTES:
        raise MalformedError("a checkpoint's root has 32 bytes", code=_CODE)
    return Checkpoint(origin, int(size), decoded)


def check_consistency(older: Checkpoint, newer: Checkpoint, path: Sequence[bytes]) -> None:
    """Check that a log only grew from one checkpoint to the other, by a proof of RFC 9162 §2.1.4.

    Raises BindingError `log_rewritten` where its history is another, UntrustedError for two logs.
    """
    if older.origin != newer.origin:
        raise UntrustedError("the checkpoints are of two logs", code="unknown_log")
    verify_consistency(
        first=older.size, second=newer.size, first_root=older.root, second_root=newer.root, path=path
    )
