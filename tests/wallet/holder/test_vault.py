"""Sealing: only the passphrase opens, only at the place, and nothing shows the key."""

import pytest

from serving.randomness import SystemRandom
from wallet.holder.errors import WalletError
from wallet.holder.vault import Lock, UnsealedVault, Vault, create_lock, unlock

COST = 2**4


def vault() -> tuple[Lock, Vault]:
    return create_lock("correct horse", cost=COST, random=SystemRandom())


def test_there_and_back() -> None:
    lock, sealing = vault()
    sealed = sealing.seal(b"secret", "key 1")
    assert b"secret" not in sealed
    assert unlock(lock, "correct horse", random=SystemRandom()).open(sealed, "key 1") == b"secret"


def test_a_wrong_passphrase() -> None:
    lock, _ = vault()
    with pytest.raises(WalletError, match="passphrase"):
        unlock(lock, "wrong horse", random=SystemRandom())


def test_another_place() -> None:
    _, sealing = vault()
    with pytest.raises(WalletError):
        sealing.open(sealing.seal(b"secret", "key 1"), "key 2")


@pytest.mark.parametrize("position", [0, 12, -1])
def test_a_changed_bit(position: int) -> None:
    _, sealing = vault()
    sealed = bytearray(sealing.seal(b"secret", "key 1"))
    sealed[position] ^= 1
    with pytest.raises(WalletError):
        sealing.open(bytes(sealed), "key 1")


def test_bytes_that_are_no_seal() -> None:
    _, sealing = vault()
    with pytest.raises(WalletError):
        sealing.open(b"", "key 1")


def test_the_same_plaintext_seals_differently() -> None:
    _, sealing = vault()
    assert sealing.seal(b"secret", "key 1") != sealing.seal(b"secret", "key 1")


def test_without_a_passphrase_nothing_is_sealed() -> None:
    assert UnsealedVault().open(UnsealedVault().seal(b"secret", "key 1"), "key 1") == b"secret"
