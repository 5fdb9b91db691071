"""Sealing of what the wallet keeps: private keys and claims, by a key derived from the citizen's passphrase.

scrypt (RFC 7914) derives the key, AES-256-GCM (NIST SP 800-38D) seals; each value is bound to its place by
the associated data, so that sealed values can't be exchanged for one another. Without a passphrase only the
file's permissions protect the wallet: that is for tests and demos, and `pdx wallet` says so.
"""

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from serving.randomness import Random
from wallet.holder.errors import WalletError

NONCE_BYTES = 12
SALT_BYTES = 16
_CHECK = b"pdx wallet"


class Vault(Protocol):
    """Seals bytes to a place (`context`) and opens them only there."""

    def seal(self, plaintext: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes: ...


@dataclass(frozen=True)
class Lock:
    """What is stored in the clear so that a passphrase can be tried: no secret."""

    salt: bytes
    cost: int  # scrypt's N, memory is 128 * 8 * N bytes
    check: bytes  # a known text, sealed


class UnsealedVault:
    """Keeps values as they are; the wallet directory's permissions are the only protection."""

    def seal(self, plaintext: bytes, context: str) -> bytes:  # noqa: ARG002
        return plaintext

    def open(self, sealed: bytes, context: str) -> bytes:  # noqa: ARG002
        return sealed


class PassphraseVault:
    """Seals with AES-256-GCM under a key that only the passphrase yields; shows nothing of it."""

    def __init__(self, key: bytes, random: Random) -> None:
        self._aead = AESGCM(key)
        self._random = random

    def seal(self, plaintext: bytes, context: str) -> bytes:
        nonce = self._random.bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plaintext, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Raises WalletError `wrong_passphrase` when key, place or bytes are not the sealed ones."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise WalletError("wrong_passphrase") from error


def create_lock(passphrase: str, *, cost: int, random: Random) -> tuple[Lock, Vault]:
    """Makes a new lock and the vault behind it."""
    salt = random.bytes(SALT_BYTES)
    vault = PassphraseVault(_derive(passphrase, salt, cost), random)
    return Lock(salt=salt, cost=cost, check=vault.seal(_CHECK, "check")), vault


def unlock(lock: Lock, passphrase: str, *, random: Random) -> Vault:
    """Opens the vault; raises WalletError `wrong_passphrase`."""
    vault = PassphraseVault(_derive(passphrase, lock.salt, lock.cost), random)
    vault.open(lock.check, "check")
    return vault


def _derive(passphrase: str, salt: bytes, cost: int) -> bytes:
    # what was not UTF-8 in the environment comes as surrogates (PEP 383) and goes back to its bytes
    secret = passphrase.encode("utf-8", "surrogateescape")
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(secret)
