"""The proof that one entry is in a log, fit to travel: C2SP tlog-proof v1, without extra data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from protocol.encoding import b64_decode, b64_encode
from protocol.errors import MalformedError
from protocol.transparency.checkpoint import Checkpoint, VerifiedCheckpoints
from protocol.transparency.merkle import HASH_BYTES, MAX_PATH, leaf_hash, verify_inclusion
from protocol.transparency.note import MAX_NOTE_BYTES, LogKey

HEADER: Final = "c2sp.org/tlog-proof@v1"

_CODE: Final = "log_proof"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class LogProof:
    """Where the entry stands, the path to the root, and the checkpoint (a signed note) with that root."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str


def create_log_proof(proof: LogProof) -> str:
    """The proof as text."""
    lines = [HEADER, f"index {proof.index}", *(b64_encode(one) for one in proof.path)]
    return "\n".join(lines) + f"\n\n{proof.checkpoint}"


def parse_log_proof(text: str) -> LogProof:
    """Take a proof apart, checking nothing; raises MalformedError, also for extra data, which is not ours."""
    if len(text) > MAX_NOTE_BYTES:
        raise MalformedError("the log's proof is too long", code=_CODE)
    head, blank, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    match = _INDEX.fullmatch(lines[0]) if lines else None
    if not blank or header != HEADER or match is None or len(lines) > MAX_PATH + 1:
        raise MalformedError("not a log's proof", code=_CODE)
    path = tuple(b64_decode(line, max_bytes=HASH_BYTES) for line in lines[1:])
    return LogProof(int(match[1]), path, checkpoint)


def verify_logged(entry: bytes, proof: str, *, keys: Sequence[LogKey]) -> Checkpoint:
    """Check that a known log holds `entry`, as `verify_one_logged` does under these keys."""
    return verify_one_logged(entry, proof, checkpoints=VerifiedCheckpoints(keys))


def verify_one_logged(entry: bytes, proof: str, *, checkpoints: VerifiedCheckpoints) -> Checkpoint:
    """Check that a known log holds `entry`, one of many; gives the checkpoint. Establishes, in this order:

    1. the form of the proof;
    2. the checkpoint is signed by a key that `checkpoints` knows, and that is the log's own;
    3. the path leads from the entry's hash to the checkpoint's root.

    Raises MalformedError, UntrustedError, SignatureError or BindingError.
    """
    parsed = parse_log_proof(proof)  # 1
    checkpoint = checkpoints.verify(parsed.checkpoint)  # 2
    verify_inclusion(  # 3
        leaf=leaf_hash(entry),
        index=parsed.index,
        size=checkpoint.size,
        path=parsed.path,
        root=checkpoint.root,
    )
    return checkpoint
