"""C2SP tlog-proof v1, and the entries it is about."""

import pytest

from protocol.errors import BindingError, LocalError, MalformedError, SignatureError, UntrustedError
from protocol.transparency.checkpoint import Checkpoint, create_checkpoint
from protocol.transparency.entry import MAX_ENTRY_BYTES, Entry, Event, create_entry, parse_entry
from protocol.transparency.merkle import MerkleTree, leaf_hash
from protocol.transparency.note import LogKey
from protocol.transparency.proof import LogProof, create_log_proof, parse_log_proof, verify_logged
from tests.protocol.keys_for_tests import signing_key

KEY = signing_key("log")
NAME = "network.example/log"
OURS = LogKey(NAME, KEY.public_key)
ENTRIES = [bytes(create_entry(Event.ADMISSION, {"number": number})) for number in range(7)]
TREE = MerkleTree(map(leaf_hash, ENTRIES))
CHECKPOINT = create_checkpoint(Checkpoint(NAME, len(TREE), TREE.root()), KEY)


def proof_of(index: int) -> str:
    return create_log_proof(LogProof(index, tuple(TREE.inclusion_proof(index)), CHECKPOINT))


def test_every_entry_is_proven() -> None:
    for index, entry in enumerate(ENTRIES):
        assert verify_logged(entry, proof_of(index), keys=[OURS]).size == 7


def test_a_proof_there_and_back() -> None:
    parsed = parse_log_proof(proof_of(3))
    assert (parsed.index, parsed.checkpoint) == (3, CHECKPOINT)
    assert create_log_proof(parsed) == proof_of(3)


def test_the_only_entry_has_an_empty_path() -> None:
    tree = MerkleTree([leaf_hash(b"only\n{}")])
    checkpoint = create_checkpoint(Checkpoint(NAME, 1, tree.root()), KEY)
    verify_logged(b"only\n{}", create_log_proof(LogProof(0, (), checkpoint)), keys=[OURS])


def test_another_entry_is_not_proven() -> None:
    with pytest.raises(BindingError):
        verify_logged(ENTRIES[2], proof_of(3), keys=[OURS])


def test_another_log_is_not_believed() -> None:
    with pytest.raises(UntrustedError):
        verify_logged(ENTRIES[3], proof_of(3), keys=[LogKey(NAME, signing_key("other").public_key)])
    with pytest.raises(UntrustedError):
        verify_logged(ENTRIES[3], proof_of(3), keys=[])


def test_a_checkpoint_changed_after_signing() -> None:
    with pytest.raises(SignatureError):
        verify_logged(ENTRIES[3], proof_of(3).replace(f"{NAME}\n7\n", f"{NAME}\n8\n"), keys=[OURS])


@pytest.mark.parametrize(
    "text",
    [
        "",
        proof_of(3).replace("@v1", "@v2"),
        proof_of(3).replace("index 3", "index 03"),
        proof_of(3).replace("index 3", "index -3"),
        proof_of(3).replace("index 3\n", ""),
        proof_of(3).replace("index 3", "extra AAAA\nindex 3"),
        proof_of(3).split("\n\n")[0],
        proof_of(3).replace("index 3\n", "index 3\nnot base64!\n"),
        proof_of(3).replace("index 3\n", "index 3\n" + "AAAA\n" * 70),
        proof_of(3).replace("index 3\n", "index 3\nAAAA\n"),
        proof_of(3) + "x" * (64 << 10),
    ],
)
def test_what_is_no_proof(text: str) -> None:
    with pytest.raises(MalformedError):
        verify_logged(ENTRIES[3], text, keys=[OURS])


def test_an_entry_there_and_back() -> None:
    entry = create_entry(Event.CLAIM_TYPE, {"vct": "urn:pdx:claim:dwp:x:1"})
    assert parse_entry(bytes(entry)) == entry
    assert entry.members() == {"vct": "urn:pdx:claim:dwp:x:1"}


@pytest.mark.parametrize(
    "data", [b"", b"admission", b"\n{}", b"Admission\n{}", b"admission\n[]", b"admission\n{} x", b"a b\n{}"]
)
def test_what_is_no_entry(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_entry(data)


def test_an_entry_that_no_bundle_can_hold() -> None:
    body = b'{"text":"' + b"x" * MAX_ENTRY_BYTES + b'"}'
    with pytest.raises(LocalError):
        bytes(Entry("change", body))
