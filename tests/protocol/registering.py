"""A registrar's two steps in one, for tests that are not about the log between them."""

from typing import Any

from protocol.keys import SigningKey
from protocol.registration.certificate import sign_registration, write_registration
from protocol.registration.question import Question
from protocol.transparency import (
    Checkpoint,
    Entry,
    Event,
    LogKey,
    LogProof,
    MerkleTree,
    create_checkpoint,
    create_log_proof,
    leaf_hash,
)
from tests.protocol.keys_for_tests import signing_key

LOG_NAME = "authority.example.org/log"
_LOG_SIGNING_KEY = signing_key("log")
LOG_KEY = LogKey(LOG_NAME, _LOG_SIGNING_KEY.public_key)


def create_registration_certificate(
    question: Question, key: SigningKey, *, x5c: tuple[bytes, ...], logged: bool = False, **words: Any
) -> str:
    """The certificate, with the proof of a log that holds it among others if it is `logged`."""
    payload = write_registration(question, **words)
    proof = log_proof(payload) if logged else None
    return sign_registration(payload, key, x5c=x5c, log_proof=proof)


def log_proof(payload: bytes, *, event: str = Event.REGISTRATION.value) -> str:
    """A proof that the log at `LOG_NAME` holds a registration."""
    entries = [b"change\n{}", bytes(Entry(event, payload)), b"change\n{}"]
    tree = MerkleTree(map(leaf_hash, entries))
    checkpoint = create_checkpoint(Checkpoint(LOG_NAME, len(tree), tree.root()), _LOG_SIGNING_KEY)
    return create_log_proof(LogProof(1, tuple(tree.inclusion_proof(1)), checkpoint))
