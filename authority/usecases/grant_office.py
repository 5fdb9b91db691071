"""Gives the SQL by which the office's account may do what the office's code does, and nothing else."""

from typing import Final

from sqlalchemy import MetaData

from authority.confirmation import store as confirmation
from authority.enrolment import store as enrolment
from authority.people import store as people
from authority.proposals import drafts
from authority.proposals import store as proposals
from authority.records import Records
from authority.rights import create_grants
from authority.store import Tables
from serving.errors import OperatorError

#: The modules whose tables the office and whoever has the keys share.
STORES: Final = (people, proposals, drafts, enrolment, confirmation)
TABLES: Final[MetaData] = Tables.metadata


def grant_office(records: Records, role: str, *, schema: str) -> str:
    """The tables are brought up to date first; raises OperatorError for a database without accounts."""
    if records.database.engine.dialect.name != "postgresql":
        text = "SQLite knows no accounts: who can write to the file can write everything; use PostgreSQL"
        raise OperatorError(text)
    return create_grants(TABLES, role, schema=schema)
