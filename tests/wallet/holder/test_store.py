"""The wallet's file: who can read it, what stands in it, what is spent once, and what a crash leaves."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from serving.database import Database, schema_differences
from serving.randomness import SystemRandom
from tests.wallet.department import CODE
from tests.wallet.world import LIMITS, World
from wallet.holder.claims import NewClaim, NewCopy
from wallet.holder.errors import WalletError
from wallet.holder.keys import create_holder_key
from wallet.holder.store import FILE_NAME, Store, WalletTables, open_store

PASSPHRASE = "correct horse"


def opened(home: Path, passphrase: str | None = None) -> Store:
    return open_store(home, passphrase=passphrase, random=SystemRandom(), limits=LIMITS)


def claim(copies: int = 2) -> NewClaim:
    made = tuple(NewCopy(f"credential-{n}", create_holder_key()) for n in range(copies))
    return NewClaim("urn:x", "PDXGB-dwp", "https://dwp.example", None, made)


def everything(home: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(home.iterdir()))


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    home = tmp_path / "wallet"
    store = opened(home)
    store.add_claims([(claim(), ())], received_at=1)
    assert home.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in home.iterdir()} == {0o600}


def test_a_directory_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    opened(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_the_tables_are_those_of_the_migrations(tmp_path: Path) -> None:
    opened(tmp_path).close()
    database = Database(f"sqlite:///{tmp_path / FILE_NAME}")
    assert schema_differences(database, WalletTables.metadata) == []


def test_claims_and_copies_there_and_back(tmp_path: Path) -> None:
    made = claim()
    (claim_id,) = opened(tmp_path).add_claims([(made, ())], received_at=7)
    store = opened(tmp_path)
    (held,) = store.claims()
    assert (held.id, held.vct, held.received_at, held.copies_left) == (claim_id, "urn:x", 7, 2)
    copy = store.fresh_copy(claim_id)
    assert copy is not None
    assert copy.credential == "credential-0"
    assert copy.key.public_key == made.copies[0].key.public_key


def test_with_a_passphrase_neither_keys_nor_claims_can_be_read(tmp_path: Path) -> None:
    made = claim()
    opened(tmp_path, PASSPHRASE).add_claims([(made, ())], received_at=7)
    found = everything(tmp_path)
    assert b"credential-0" not in found
    assert made.copies[0].key.to_secret_bytes() not in found


def test_without_one_they_can(tmp_path: Path) -> None:
    """So that the test above can fail."""
    made = claim()
    opened(tmp_path).add_claims([(made, ())], received_at=7)
    assert b"credential-0" in everything(tmp_path)
    assert made.copies[0].key.to_secret_bytes() in everything(tmp_path)


@pytest.mark.parametrize(
    ("made_with", "opened_with", "code"),
    [
        (PASSPHRASE, None, "passphrase_needed"),
        (PASSPHRASE, "wrong horse", "wrong_passphrase"),
        (None, PASSPHRASE, "wallet_unprotected"),
    ],
)
def test_a_wallet_that_does_not_open(
    tmp_path: Path, made_with: str | None, opened_with: str | None, code: str
) -> None:
    opened(tmp_path, made_with).close()
    with pytest.raises(WalletError) as caught:
        opened(tmp_path, opened_with)
    assert caught.value.code == code
    assert opened(tmp_path, made_with).claims() == ()


def test_a_passphrase_of_any_bytes_opens(tmp_path: Path) -> None:
    passphrase = os.fsdecode(b"\xff\xfe horse")  # as the environment gives what is not UTF-8
    opened(tmp_path, passphrase).close()
    assert opened(tmp_path, passphrase).claims() == ()


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WalletError) as caught:
        opened(tmp_path / "file" / "wallet")
    assert caught.value.code == "wallet_unusable"


def test_a_file_that_is_no_wallet(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("something else")
    with pytest.raises(WalletError) as caught:
        opened(tmp_path)
    assert caught.value.code == "wallet_unusable"
    assert (tmp_path / FILE_NAME).read_text() == "something else"


def test_a_copy_is_spent_by_exactly_one(tmp_path: Path) -> None:
    (claim_id,) = opened(tmp_path).add_claims([(claim(1), ())], received_at=1)
    stores = [opened(tmp_path) for _ in range(4)]
    copy = stores[0].fresh_copy(claim_id)
    assert copy is not None
    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(lambda store: store.spend_copy(copy.id), stores))
    assert won.count(True) == 1


def test_a_spent_copy_is_gone_once_the_wallet_opens_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    (claim_id,) = store.add_claims([(claim(2), ())], received_at=1)
    copy = store.fresh_copy(claim_id)
    assert copy is not None
    assert store.spend_copy(copy.id)
    store.close()
    assert opened(tmp_path).claims()[0].copies_left == 1
    database = Database(f"sqlite:///{tmp_path / FILE_NAME}")
    with database.reading() as session:
        assert session.connection().execute(text("SELECT count(*) FROM wallet_copy")).scalar() == 1


def test_deleted_copies_are_overwritten(tmp_path: Path) -> None:
    made = claim(1)
    store = opened(tmp_path)
    store.add_claims([(made, ())], received_at=1)
    store.remove_claim(store.claims()[0].id)
    store.close()
    assert made.copies[0].key.to_secret_bytes() not in everything(tmp_path)


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    store = opened(tmp_path)
    (old,) = store.add_claims([(claim(), ())], received_at=1)
    broken = NewClaim("urn:x", "PDXGB-dwp", "https://dwp.example", None, (claim().copies[0], _broken()))
    with pytest.raises(OSError, match="no space"):
        store.add_claims([(broken, (old,))], received_at=2)
    assert [held.id for held in store.claims()] == [old]


class _NoSpace(NewCopy):
    def __getattribute__(self, name: str) -> object:
        if name == "credential":
            raise OSError("no space left on device")
        return super().__getattribute__(name)


def _broken() -> NewCopy:
    return _NoSpace("x", create_holder_key())


def test_removing_what_is_not_there(tmp_path: Path) -> None:
    assert not opened(tmp_path).remove_claim("nothing")


def test_a_network_is_needed(tmp_path: Path) -> None:
    with pytest.raises(WalletError) as caught:
        opened(tmp_path).network()
    assert caught.value.code == "network_not_set"


def test_another_network_forgets_the_trust_list(world: World) -> None:
    store = world.store()
    store.set_network(world.settings())
    store.keep_trust_list("list", fetched_at=1)
    store.set_network(world.settings(unregistered="allow"))
    assert store.trust_list() == ("list", 1)
    store.set_network(world.settings(trust_list_url="https://other.example/list.jwt"))
    assert store.trust_list() is None


def test_a_sealed_wallet_works_like_any_other(world: World) -> None:
    holder = world.holder(passphrase=PASSPHRASE)
    holder.add_offer(world.department.offer_link(), CODE)
    again = world.unconnected_holder(passphrase=PASSPHRASE)
    assert again.show(world.service.link(), consent=lambda _asked: True).outcome == "shown"
