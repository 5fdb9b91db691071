from typing import ClassVar

from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from serving.database import Spent


class Tables(SQLModel, registry=registry()):
    pass


class Ticket(Tables, table=True):
    __tablename__: ClassVar[str] = "tickets_ticket"
    id: int = Field(primary_key=True)
    state: str = "open"
    holder: str | None = None


class Seat(Tables, table=True):
    __tablename__: ClassVar[str] = "tickets_seat"
    id: int = Field(primary_key=True)
    ticket_id: int = Field(foreign_key="tickets_ticket.id")


class SpentNonce(Spent, Tables, table=True):
    __tablename__: ClassVar[str] = "tickets_spent_nonce"
