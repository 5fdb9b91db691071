from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col, select

from serving.database import Database, Spent, compare_and_set, purge_spent, spend


class Tables(SQLModel, registry=registry()):
    pass


class Ticket(Tables, table=True):
    __tablename__ = "test_ticket"
    id: int = Field(primary_key=True)
    state: str = "open"


class SpentNonce(Spent, Tables, table=True):
    __tablename__ = "test_spent_nonce"


def test_x(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/x.sqlite")
    Tables.metadata.create_all(db.engine)
    assert set(Tables.metadata.tables) == {"test_ticket", "test_spent_nonce"}
    with db.unit() as s:
        s.add(Ticket(id=1))
    with db.reading() as s:
        assert s.exec(select(Ticket)).all() == []
    with db.unit() as s:
        s.add(Ticket(id=1))
        s.commit()
    close = update(Ticket).where(col(Ticket.id) == 1, col(Ticket.state) == "open").values(state="closed")
    with db.unit() as s:
        assert compare_and_set(s, close)
        assert not compare_and_set(s, close)
        assert spend(s, SpentNonce, "a", 5)
        assert not spend(s, SpentNonce, "a", 5)
        s.commit()
    with db.unit() as s:
        assert not spend(s, SpentNonce, "a", 5)
        assert purge_spent(s, SpentNonce, now=5) == 0
        assert purge_spent(s, SpentNonce, now=6) == 1
        assert spend(s, SpentNonce, "a", 5)
    with db.reading() as s, pytest.raises(OperationalError, match="readonly"):
        spend(s, SpentNonce, "b", 5)
    with db.unit() as s:
        assert spend(s, SpentNonce, "b", 5)
