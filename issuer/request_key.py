"""The key to which wallets may encrypt credential requests (OpenID4VCI 1.0 §10), sealed in the keystore."""

import os
from pathlib import Path

from protocol.errors import LocalError
from protocol.jose.jwe import DecryptionKey
from serving.keystore import Keystore, KeystoreError
from serving.randomness import Random, token

FILE = "request-encryption.sealed"
_CONTEXT = b"credential request encryption"


def create_request_key(directory: Path, keystore: Keystore, random: Random) -> None:
    """Makes the key once; one that exists stays."""
    sealed = keystore.seal(DecryptionKey.generate(token(random, 12)).to_secret_bytes(), _CONTEXT)
    try:
        file = os.open(directory / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(file, "wb") as stream:
        stream.write(sealed)


def load_request_key(directory: Path, keystore: Keystore) -> DecryptionKey | None:
    """The key, None where the department has none; raises KeystoreError for one that can't be opened."""
    path = directory / FILE
    if not path.exists():
        return None
    try:
        return DecryptionKey.from_secret_bytes(keystore.open(path.read_bytes(), _CONTEXT))
    except (OSError, LocalError):
        raise KeystoreError(f"the keystore's {FILE} can't be read") from None
