"""Transparency log: everything the authority did, in one order that it can't change unseen.

RFC 9162 §2.1 (Merkle tree) in the file forms of the Community Cryptography Specification Project: signed
note, checkpoint, tiles, and proof, each version 1. All of it is static files; nobody asks the log a question.
"""

from protocol.transparency.checkpoint import (
    Checkpoint,
    VerifiedCheckpoints,
    check_consistency,
    create_checkpoint,
    parse_checkpoint,
    verify_checkpoint,
)
from protocol.transparency.entry import Entry, Event, parse_entry
from protocol.transparency.merkle import MerkleTree, leaf_hash
from protocol.transparency.note import LogKey, parse_log_key
from protocol.transparency.proof import (
    LogProof,
    create_log_proof,
    parse_log_proof,
    verify_logged,
    verify_one_logged,
)

__all__ = [
    "Checkpoint",
    "Entry",
    "Event",
    "LogKey",
    "LogProof",
    "MerkleTree",
    "VerifiedCheckpoints",
    "check_consistency",
    "create_checkpoint",
    "create_log_proof",
    "leaf_hash",
    "parse_checkpoint",
    "parse_entry",
    "parse_log_key",
    "parse_log_proof",
    "verify_checkpoint",
    "verify_logged",
    "verify_one_logged",
]
