"""What the office's own account may do with each table, and the SQL that lets it do just that.

The office and whoever has the keys use one database. Pages that many people reach are what gets broken into
first: their account must not be able to write what the keeper keeps. Each table says beside its columns what
the office's code needs (`office_may`); a table that says nothing is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Integer, MetaData, Table

_RIGHTS: Final = "office_rights"
#: Alembic's, which names the script that ran last: the office looks whether the tables are up to date.
SCHEMA_VERSION: Final = "authority_schema_version"


@dataclass(frozen=True, slots=True)
class OfficeRights:
    """What the office may do besides reading. `insert` and `update` are names of columns, or "*" for all."""

    insert: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: bool = False

    @property
    def columns(self) -> set[str]:
        """Every column that is named."""
        return {*self.insert, *self.update} - {"*"}


def office_may(*, insert: str = "", update: str = "", delete: bool = False) -> dict[str, Any]:
    """For a table's `__table_args__`: what the office may do; the columns are separated by spaces."""
    return {"info": {_RIGHTS: OfficeRights(tuple(insert.split()), tuple(update.split()), delete)}}


def rights_in(table: Table) -> OfficeRights:
    """What a table says; raises KeyError for one that says nothing."""
    return table.info[_RIGHTS]  # type: ignore[no-any-return]


def create_grants(metadata: MetaData, role: str, *, schema: str) -> str:
    """SQL for PostgreSQL that takes everything from a role and gives it what the office needs.

    One transaction, so that an office at work never has less; doing it twice changes nothing.
    """
    to = _quote(role)
    return "\n".join(["BEGIN;", *_statements(metadata, to, _quote(schema)), "COMMIT;"])


def _statements(metadata: MetaData, role: str, schema: str) -> Iterator[str]:
    for what in ("ALL TABLES IN SCHEMA", "ALL SEQUENCES IN SCHEMA", "SCHEMA"):
        yield f"REVOKE ALL ON {what} {schema} FROM {role};"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role};"
    yield f"GRANT SELECT ON {schema}.{_quote(SCHEMA_VERSION)} TO {role};"
    for table in metadata.sorted_tables:
        allowed, name = rights_in(table), f"{schema}.{_quote(table.name)}"
        yield f"GRANT {', '.join(_operations(allowed))} ON {name} TO {role};"
        if allowed.insert and (sequence := _sequence(table)):
            yield f"GRANT USAGE ON SEQUENCE {schema}.{_quote(sequence)} TO {role};"


def _operations(allowed: OfficeRights) -> Iterator[str]:
    yield "SELECT"
    for verb, columns in (("INSERT", allowed.insert), ("UPDATE", allowed.update)):
        if columns == ("*",):
            yield verb
        elif columns:
            yield f"{verb} ({', '.join(map(_quote, columns))})"
    if allowed.delete:
        yield "DELETE"


def _sequence(table: Table) -> str | None:
    """The sequence that PostgreSQL numbers a table's rows from, by the name that it gives it."""
    key = table.autoincrement_column
    return f"{table.name}_{key.name}_seq" if key is not None and isinstance(key.type, Integer) else None


def _quote(name: str) -> str:
    """An identifier as PostgreSQL takes any of them (its manual, §4.1.1)."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
