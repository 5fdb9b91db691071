"""Signed notes: C2SP signed-note v1, with ECDSA on P-256 (signature type 0x02) alone.

An ECDSA signature is the one that old phones' browsers can check; its key ID is the hash of the public key.
A note may carry signatures of others (witnesses, other algorithms), which are passed over.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from protocol.encoding import b64_decode, b64_encode
from protocol.errors import LocalError, MalformedError, SignatureError, UntrustedError
from protocol.keys import PublicKey, SigningKey

MAX_NOTE_BYTES: Final = 64 << 10
MAX_SIGNATURES: Final = 64
ECDSA: Final = 0x02

_CODE: Final = "bad_note"
_COORDINATE: Final = 32
# Not empty, no plus, no space of Unicode's, nothing that ends a line.
_NAME: Final = re.compile(r"[^\s+\x00-\x20\x7f]{1,256}")
_SIGNATURE_LINE: Final = re.compile(r"\u2014 ([^\s+]{1,256}) ([A-Za-z0-9+/=]{8,8192})")


@dataclass(frozen=True, slots=True)
class LogKey:
    """Who signs: the name in the signature's line, and the key."""

    name: str
    public_key: PublicKey

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise LocalError("a log's name has no space and no plus", code="bad_log_name")

    @property
    def key_id(self) -> bytes:
        """Four bytes: the beginning of SHA-256 over the key in SubjectPublicKeyInfo."""
        return self.public_key.spki_sha256()[:4]

    def __str__(self) -> str:
        """The verifier key in one line: name, key ID in hex, type and key in base64, joined by a plus."""
        return f"{self.name}+{self.key_id.hex()}+{b64_encode(bytes([ECDSA]) + self.public_key.to_spki())}"


def parse_log_key(text: str) -> LogKey:
    """Read a verifier key's line; raises MalformedError, also for another algorithm."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
        raise MalformedError("not a log's key", code="bad_log_key")
    encoded = b64_decode(parts[2], max_bytes=1024)
    if encoded[:1] != bytes([ECDSA]):
        raise MalformedError("the log's key is of another kind", code="bad_log_key")
    try:
        key = LogKey(parts[0], PublicKey.from_cryptography(load_der_public_key(encoded[1:])))
    except ValueError:
        raise MalformedError("not a log's key", code="bad_log_key") from None
    if str(key) != text:  # the key ID, and one form for one key
        raise MalformedError("the log's key has another ID", code="bad_log_key")
    return key


def create_note(text: str, *, name: str, key: SigningKey) -> str:
    """Sign a text that ends in a newline; raises LocalError for one that a note can't have."""
    if not text.endswith("\n") or _has_control(text):
        raise LocalError("a note's text ends in a newline and has no other control character")
    signer = LogKey(name, key.public_key)
    raw = key.sign(text.encode())
    halves = (int.from_bytes(half, "big") for half in (raw[:_COORDINATE], raw[_COORDINATE:]))
    return f"{text}\n\u2014 {name} {b64_encode(signer.key_id + encode_dss_signature(*halves))}\n"


def verify_note(note: str, *, keys: Sequence[LogKey]) -> str:
    """Give the note's text if one of `keys` signed it.

    Raises MalformedError, UntrustedError without a signature by a known key, SignatureError for a bad one.
    """
    text, signatures = _split(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed = False
    for name, signature in signatures:
        key = known.get((name, signature[:4]))
        if key is not None:  # the others MUST be ignored
            key.public_key.verify(_raw_signature(signature[4:]), text.encode())
            signed = True
    if not signed:
        raise UntrustedError("no known log signed this", code="unknown_log")
    return text


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MAX_NOTE_BYTES or _has_control(note):
        raise MalformedError("not a signed note", code=_CODE)
    text, blank, lines = note.rpartition("\n\n")
    signatures = lines.split("\n")
    if not blank or signatures.pop() or not 1 <= len(signatures) <= MAX_SIGNATURES:
        raise MalformedError("not a signed note", code=_CODE)
    return f"{text}\n", [_signature(line) for line in signatures]


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise MalformedError("a note's signature has not the right form", code=_CODE)
    signature = b64_decode(match[2])
    if len(signature) < 5:
        raise MalformedError("a note's signature has not the right form", code=_CODE)
    return match[1], signature


def _raw_signature(der: bytes) -> bytes:
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
    except (ValueError, OverflowError):
        raise SignatureError("the log's signature does not verify") from None


def _has_control(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)
