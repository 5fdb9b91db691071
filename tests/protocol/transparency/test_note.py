"""C2SP signed-note v1 and tlog-checkpoint v1, with notes of a public log that others' software signed."""

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from protocol.encoding import b64_decode, b64_encode
from protocol.errors import LocalError, MalformedError, SignatureError, UntrustedError
from protocol.keys import PublicKey
from protocol.transparency.checkpoint import (
    Checkpoint,
    check_consistency,
    create_checkpoint,
    parse_checkpoint,
    verify_checkpoint,
)
from protocol.transparency.merkle import MerkleTree, leaf_hash
from protocol.transparency.note import LogKey, create_note, parse_log_key, verify_note
from tests.protocol.keys_for_tests import signing_key
from tests.vectors.reading import vectors

VECTORS = vectors("transparency/notes.json")
THEIRS = LogKey(
    VECTORS["name"], PublicKey.from_cryptography(load_der_public_key(b64_decode(VECTORS["spki"])))
)
KEY = signing_key("log")
NAME = "network.example/log"
OURS = LogKey(NAME, KEY.public_key)
NOTE = create_note("One line.\n\nAnother.\n", name=NAME, key=KEY)
TREE = MerkleTree(leaf_hash(str(number).encode()) for number in range(9))


def test_notes_of_a_public_log() -> None:
    assert len(VECTORS["notes"]) == 3
    for note in VECTORS["notes"]:
        assert note.startswith(verify_note(note, keys=[THEIRS]))
        with pytest.raises(SignatureError):
            verify_note(note.replace("sigstore.dev - 2", "sigstore.dev - 3", 1), keys=[THEIRS])


def test_a_public_log_s_checkpoint_reads_as_one() -> None:
    text = verify_note(VECTORS["notes"][0], keys=[THEIRS])
    assert parse_checkpoint(text).size == 75_408_393


def test_what_was_signed_is_read() -> None:
    assert verify_note(NOTE, keys=[OURS]) == "One line.\n\nAnother.\n"


def test_others_signatures_are_passed_over() -> None:
    witness = signing_key("witness")
    line = create_note("One line.\n\nAnother.\n", name="witness.example", key=witness).rsplit("\n\n", 1)[1]
    assert verify_note(NOTE + line, keys=[OURS])
    unknown = f"\u2014 {NAME} {b64_encode(b'0000' + bytes(64))}\n"
    assert verify_note(NOTE + unknown, keys=[OURS])


def test_a_note_without_a_known_signature() -> None:
    with pytest.raises(UntrustedError):
        verify_note(NOTE, keys=[LogKey(NAME, signing_key("another").public_key)])
    with pytest.raises(UntrustedError):
        verify_note(NOTE, keys=[LogKey("another.example", KEY.public_key)])


def test_one_bad_signature_of_a_known_key_refuses_the_note() -> None:
    other = create_note("Other text.\n", name=NAME, key=KEY).rsplit("\n\n", 1)[1]
    with pytest.raises(SignatureError):
        verify_note(NOTE + other, keys=[OURS])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "no signature\n",
        NOTE[:-1],
        NOTE.replace("\u2014", "-"),
        NOTE.replace("\n\n\u2014", "\n\u2014"),
        NOTE.replace("line", "line\t"),
        NOTE.replace("One", "\r"),
        NOTE + "\n",
        NOTE + "x" * (64 << 10),
        "text\n\n" + f"\u2014 {NAME} {b64_encode(bytes(64))}\n" * 65,
        f"text\n\n\u2014 {NAME} AAAA====\n",
    ],
)
def test_what_is_no_note(note: str) -> None:
    with pytest.raises(MalformedError):
        verify_note(note, keys=[OURS])


@pytest.mark.parametrize("signature", [b"", b"x", bytes(70), b"0\x06\x02\x01\x01\x02\x01\x01"])
def test_a_signature_that_is_none(signature: bytes) -> None:
    line = b64_encode(OURS.key_id + signature + b"" if signature else OURS.key_id + b"\0")
    with pytest.raises(SignatureError):
        verify_note(f"text\n\n\u2014 {NAME} {line}\n", keys=[OURS])


@pytest.mark.parametrize("text", ["no end", "control\x07\n", "carriage\r\n"])
def test_a_text_that_no_note_can_have(text: str) -> None:
    with pytest.raises(LocalError):
        create_note(text, name=NAME, key=KEY)


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "with\u00a0space", "line\nend"])
def test_a_name_that_no_log_can_have(name: str) -> None:
    with pytest.raises(LocalError):
        LogKey(name, KEY.public_key)


def test_a_key_in_one_line() -> None:
    assert parse_log_key(str(OURS)) == OURS
    assert parse_log_key(str(THEIRS)).key_id.hex() == "c0d23d6a"  # the beginning of that log's identifier


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        f"{NAME}+00000000+{str(OURS).rsplit('+', 1)[1]}",
        str(OURS).replace(NAME, "with space"),
        str(OURS)[:-4],
        str(OURS) + "AAAA",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  # Ed25519
        f"{NAME}+{OURS.key_id.hex()}+{b64_encode(bytes([2]) + b'not a key')}",
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_log_key(text)


def test_a_checkpoint_there_and_back() -> None:
    checkpoint = Checkpoint(NAME, 9, TREE.root())
    assert verify_checkpoint(create_checkpoint(checkpoint, KEY), keys=[OURS]) == checkpoint


def test_a_log_does_not_speak_for_another() -> None:
    note = create_note(f"other.example\n9\n{b64_encode(TREE.root())}\n", name=NAME, key=KEY)
    with pytest.raises(UntrustedError):
        verify_checkpoint(note, keys=[OURS])


@pytest.mark.parametrize(
    "text",
    [
        "name\n9\n",
        "\n9\n" + b64_encode(bytes(32)) + "\n",
        "name\n09\n" + b64_encode(bytes(32)) + "\n",
        "name\n-1\n" + b64_encode(bytes(32)) + "\n",
        "name\n9223372036854775808\n" + b64_encode(bytes(32)) + "\n",
        "name\n9\n" + b64_encode(bytes(31)) + "\n",
        "name\n9\n" + b64_encode(bytes(32)) + "\nextension\n",
        "name\n9\n" + b64_encode(bytes(32)),
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(MalformedError):
        parse_checkpoint(text)


def test_a_checkpoint_that_can_t_be() -> None:
    for wrong in (Checkpoint(NAME, -1, bytes(32)), Checkpoint(NAME, 1, b"short")):
        with pytest.raises(LocalError):
            create_checkpoint(wrong, KEY)


def test_growth_between_checkpoints() -> None:
    older, newer = Checkpoint(NAME, 4, TREE.root(4)), Checkpoint(NAME, 9, TREE.root())
    check_consistency(older, newer, TREE.consistency_proof(4))
    with pytest.raises(UntrustedError):
        check_consistency(Checkpoint("other", 4, TREE.root(4)), newer, TREE.consistency_proof(4))
