"""The wallet's file: the only tables of the headless holder.

One SQLite file in a directory that only its owner can read. Keys and credentials are sealed by the vault;
what stands in the clear is which department gave which type of claim, and when. Deleted rows are
overwritten (`secure_delete`).
"""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import delete, event, func, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col, select

from serving.database import Database, compare_and_set, migrate
from serving.randomness import Random, token
from wallet.holder.claims import ClaimStatus, Copy, HeldClaim, NewClaim, NewCopy
from wallet.holder.errors import WalletError
from wallet.holder.keys import HolderKey
from wallet.holder.limits import Limits
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.vault import Lock, UnsealedVault, Vault, create_lock, unlock

FILE_NAME = "wallet.sqlite"
_ONLY = 1  # the id in tables of one row


class WalletTables(SQLModel, registry=registry()):
    """The tables of the holder's file."""


class LockRow(WalletTables, table=True):
    __tablename__ = "wallet_lock"
    id: int = Field(primary_key=True)
    salt: bytes | None = None  # none: the wallet has no passphrase
    cost: int | None = None
    seal_check: bytes | None = None


class NetworkRow(WalletTables, table=True):
    __tablename__ = "wallet_network"
    id: int = Field(primary_key=True)
    settings: str
    trust_list: str | None = None
    trust_list_fetched_at: int | None = None


class DocumentRow(WalletTables, table=True):
    __tablename__ = "wallet_document"
    url: str = Field(primary_key=True)
    integrity: str = Field(primary_key=True)
    body: bytes
    kept_at: int = 0


class ClaimRow(WalletTables, table=True):
    __tablename__ = "wallet_claim"
    id: str = Field(primary_key=True)
    vct: str
    issuer_id: str
    issuer_url: str
    received_at: int
    expires_at: int | None = None
    status: str = ClaimStatus.VALID.value
    status_checked_at: int = 0


class CopyRow(WalletTables, table=True):
    __tablename__ = "wallet_copy"
    id: str = Field(primary_key=True)
    claim_id: str = Field(foreign_key="wallet_claim.id", index=True)
    position: int
    state: str = "fresh"  # or "spent"
    credential: bytes
    key: bytes


class Store:
    """Opens the wallet's file; every method is one unit of work."""

    def __init__(self, database: Database, vault: Vault, random: Random) -> None:
        self._database = database
        self._vault = vault
        self._random = random

    def close(self) -> None:
        self._database.close()

    # --- the network

    def network(self) -> NetworkSettings:
        """Raises WalletError `network_not_set`."""
        row = self._network_row()
        if row is None:
            raise WalletError("network_not_set")
        return NetworkSettings.model_validate_json(row.settings)

    def set_network(self, settings: NetworkSettings) -> None:
        """Sets the network; the trust list of another one is forgotten."""
        with self._database.unit() as session:
            row = session.get(NetworkRow, _ONLY) or NetworkRow(id=_ONLY, settings="")
            if row.settings and _list_source(row.settings) != _list_source(settings.model_dump_json()):
                row.trust_list, row.trust_list_fetched_at = None, None
            row.settings = settings.model_dump_json()
            session.add(row)
            session.commit()

    def trust_list(self) -> tuple[str, int] | None:
        """The newest trust list that was verified, and when it was fetched."""
        row = self._network_row()
        if row is None or row.trust_list is None or row.trust_list_fetched_at is None:
            return None
        return row.trust_list, row.trust_list_fetched_at

    def keep_trust_list(self, trust_list: str, *, fetched_at: int) -> None:
        values = {"trust_list": trust_list, "trust_list_fetched_at": fetched_at}
        with self._database.unit() as session:
            session.exec(update(NetworkRow).where(col(NetworkRow.id) == _ONLY).values(values))
            session.commit()

    def _network_row(self) -> NetworkRow | None:
        with self._database.reading() as session:
            return session.get(NetworkRow, _ONLY)

    # --- documents that never change, because their digest is known

    def document(self, url: str, integrity: str) -> bytes | None:
        with self._database.reading() as session:
            row = session.get(DocumentRow, (url, integrity))
            return row.body if row else None

    def keep_document(self, url: str, integrity: str, body: bytes, *, kept_at: int = 0) -> None:
        with self._database.unit() as session:
            session.merge(DocumentRow(url=url, integrity=integrity, body=body, kept_at=kept_at))
            session.commit()

    def forget_documents(self, beginning: str, *, kept_before: int) -> None:
        """Deletes the documents whose address begins so and that were kept before that time."""
        old = col(DocumentRow.url).startswith(beginning, autoescape=True)
        with self._database.unit() as session:
            session.exec(delete(DocumentRow).where(old, col(DocumentRow.kept_at) < kept_before))
            session.commit()

    # --- claims and their copies

    def claims(self) -> tuple[HeldClaim, ...]:
        """All claims, oldest first."""
        left = func.count(col(CopyRow.id))
        fresh = (col(CopyRow.claim_id) == col(ClaimRow.id)) & (col(CopyRow.state) == "fresh")
        query = select(ClaimRow, left).join(CopyRow, fresh, isouter=True).group_by(col(ClaimRow.id))
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(ClaimRow.received_at), col(ClaimRow.id))).all()
            return tuple(_held_claim(row, count) for row, count in rows)

    def add_claims(
        self, claims: Sequence[tuple[NewClaim, Collection[str]]], *, received_at: int
    ) -> tuple[str, ...]:
        """Stores batches, each with the ids of the claims that it renews, all in one step; returns the new
        ids.
        """
        with self._database.unit() as session:
            added = tuple(self._add_claim(session, *one, received_at=received_at) for one in claims)
            session.commit()
        return added

    def _add_claim(
        self, session: Session, claim: NewClaim, renewed: Collection[str], *, received_at: int
    ) -> str:
        for old in renewed:
            _delete_claim(session, old)
        claim_id = token(self._random, 12)
        session.add(_claim_row(claim, claim_id, received_at))
        session.flush()
        session.add_all(self._copy_rows(claim, claim_id))
        return claim_id

    def remove_claim(self, claim_id: str) -> bool:
        """Forgets a claim and its copies; False if there is none of this id."""
        with self._database.unit() as session:
            removed = _delete_claim(session, claim_id)
            session.commit()
            return removed

    def set_status(self, claim_id: str, status: ClaimStatus, *, checked_at: int) -> None:
        """Notes what the department's list says of a claim."""
        self._update_claim(claim_id, status=status.value, status_checked_at=checked_at)

    def doubt_status(self, claim_id: str) -> None:
        """Makes the claim's status due to be looked at; what is known of it stays."""
        self._update_claim(claim_id, status_checked_at=0)

    def _update_claim(self, claim_id: str, **values: str | int) -> None:
        with self._database.unit() as session:
            session.exec(update(ClaimRow).where(col(ClaimRow.id) == claim_id).values(values))
            session.commit()

    def fresh_copy(self, claim_id: str) -> Copy | None:
        """The next unspent copy of a claim, opened; the sender still has to spend it."""
        fresh = (col(CopyRow.claim_id) == claim_id) & (col(CopyRow.state) == "fresh")
        with self._database.reading() as session:
            row = session.exec(select(CopyRow).where(fresh).order_by(col(CopyRow.position)).limit(1)).first()
            return self._open_copy(row) if row else None

    def spend_copy(self, copy_id: str) -> bool:
        """Marks a copy as spent: True for exactly one caller."""
        fresh = (col(CopyRow.id) == copy_id) & (col(CopyRow.state) == "fresh")
        with self._database.unit() as session:
            won = compare_and_set(session, update(CopyRow).where(fresh).values(state="spent"))
            session.commit()
            return won

    def delete_spent_copies(self) -> None:
        with self._database.unit() as session:
            session.exec(delete(CopyRow).where(col(CopyRow.state) == "spent"))
            session.commit()

    def _copy_rows(self, claim: NewClaim, claim_id: str) -> list[CopyRow]:
        return [self._copy_row(claim_id, position, copy) for position, copy in enumerate(claim.copies)]

    def _copy_row(self, claim_id: str, position: int, copy: NewCopy) -> CopyRow:
        copy_id = token(self._random, 12)
        return CopyRow(
            id=copy_id,
            claim_id=claim_id,
            position=position,
            credential=self._vault.seal(copy.credential.encode(), f"credential {copy_id}"),
            key=self._vault.seal(copy.key.to_secret_bytes(), f"key {copy_id}"),
        )

    def _open_copy(self, row: CopyRow) -> Copy:
        return Copy(
            id=row.id,
            claim_id=row.claim_id,
            credential=self._vault.open(row.credential, f"credential {row.id}").decode(),
            key=HolderKey.from_secret_bytes(self._vault.open(row.key, f"key {row.id}")),
        )


def open_store(directory: Path, *, passphrase: str | None, random: Random, limits: Limits) -> Store:
    """Opens the wallet in this directory, or makes one there.

    Raises WalletError `passphrase_needed`, `wrong_passphrase`, `wallet_unprotected` or `wallet_unusable`.
    """
    with ExitStack() as opened:
        opened.enter_context(readable_file())
        database = opened.enter_context(closing(Database(f"sqlite:///{_private_file(directory)}")))
        event.listen(database.engine, "connect", _overwrite_deleted)
        migrate(database, "wallet")
        store = Store(database, _open_vault(database, passphrase, random, limits.scrypt_cost), random)
        store.delete_spent_copies()  # a process may have died between sending a copy and deleting it
        opened.pop_all()  # it is the caller's to close
        return store


@contextmanager
def readable_file() -> Iterator[None]:
    """Raises WalletError `wallet_unusable` where the wallet's file can't be read or written."""
    try:
        yield
    except SQLAlchemyError as error:
        raise WalletError("wallet_unusable", detail=type(error).__name__) from error


def _private_file(directory: Path) -> Path:
    file = directory / FILE_NAME
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite gives its side files the same mode
        file.chmod(0o600)
    except OSError as error:
        raise WalletError("wallet_unusable", detail=type(error).__name__) from error
    return file


def _overwrite_deleted(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _open_vault(database: Database, passphrase: str | None, random: Random, cost: int) -> Vault:
    with database.unit() as session:
        row = session.get(LockRow, _ONLY)
        if row is not None:
            return _unlock(row, passphrase, random)
        row, vault = _new_lock(passphrase, random, cost)
        session.add(row)
        session.commit()
        return vault


def _new_lock(passphrase: str | None, random: Random, cost: int) -> tuple[LockRow, Vault]:
    if not passphrase:
        return LockRow(id=_ONLY), UnsealedVault()
    lock, vault = create_lock(passphrase, cost=cost, random=random)
    return LockRow(id=_ONLY, salt=lock.salt, cost=lock.cost, seal_check=lock.check), vault


def _unlock(row: LockRow, passphrase: str | None, random: Random) -> Vault:
    if row.salt is None or row.cost is None or row.seal_check is None:
        if passphrase:
            raise WalletError("wallet_unprotected")
        return UnsealedVault()
    if not passphrase:
        raise WalletError("passphrase_needed")
    return unlock(Lock(salt=row.salt, cost=row.cost, check=row.seal_check), passphrase, random=random)


def _list_source(settings: str) -> tuple[str, tuple[str, ...]]:
    parsed = NetworkSettings.model_validate_json(settings)
    return parsed.trust_list_url, parsed.root_certificates


def _held_claim(row: ClaimRow, copies_left: int) -> HeldClaim:
    values = row.model_dump() | {"status": ClaimStatus(row.status)}
    return HeldClaim(**values, copies_left=copies_left)


def _claim_row(claim: NewClaim, claim_id: str, received_at: int) -> ClaimRow:
    return ClaimRow(
        id=claim_id,
        vct=claim.vct,
        issuer_id=claim.issuer_id,
        issuer_url=claim.issuer_url,
        received_at=received_at,
        expires_at=claim.expires_at,
        status_checked_at=received_at,
    )


def _delete_claim(session: Session, claim_id: str) -> bool:
    session.exec(delete(CopyRow).where(col(CopyRow.claim_id) == claim_id))
    return compare_and_set(session, delete(ClaimRow).where(col(ClaimRow.id) == claim_id))
