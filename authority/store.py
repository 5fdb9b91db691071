"""The authority's tables and the statements on them.

What the network consists of stands in the database: it is read by whoever serves pages, and written by
whoever has the keys. The keys themselves never do.
"""

import json
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Text
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col, select

from authority.member import Kind, Member, Registration
from authority.rights import office_may
from serving.errors import OperatorError


class Tables(SQLModel, registry=registry()):
    """The authority's own metadata, apart from every other part's."""


class MemberRow(Tables, table=True):
    """A member of one kind. `document`: the whole of it as JSON, so that there is never half of one."""

    __tablename__ = "authority_member"
    __table_args__ = office_may()

    kind: str = Field(primary_key=True, max_length=32)
    id: str = Field(primary_key=True, max_length=64)
    document: str = Field(sa_type=Text)


#: Members that were read before, each beside the very document that it was read from, by kind and id.
KnownMembers = dict[tuple[str, str], tuple[str, Member]]


def read_members(session: Session, known: KnownMembers | None = None) -> list[Member]:
    """All members, by kind and id. `known` saves reading what did not change, and is brought up to date."""
    rows = session.exec(select(MemberRow).order_by(col(MemberRow.kind), col(MemberRow.id)))
    return [_member(row, known) for row in rows]


def find_member(
    session: Session, kind: Kind, member_id: str, known: KnownMembers | None = None
) -> Member | None:
    row = session.get(MemberRow, (kind.value, member_id))
    return _member(row, known) if row else None


def members_of(session: Session, member_id: str) -> list[Member]:
    """What one organisation is in the network, also what it has been: one for each kind."""
    found = (find_member(session, kind, member_id) for kind in Kind)
    return [member for member in found if member is not None]


def save_member(session: Session, member: Member) -> None:
    """Puts a member in place of the one of its kind and id; commits nothing."""
    document = member.model_dump_json(by_alias=True, exclude_none=True)
    session.merge(MemberRow(kind=member.kind.value, id=member.id, document=document))


def _member(row: MemberRow, known: KnownMembers | None) -> Member:
    present = (known or {}).get((row.kind, row.id))
    if present is not None and present[0] == row.document:
        return present[1]
    try:
        member = _parsed(row.document)
    except ValidationError:
        raise OperatorError(f"the {row.kind} {row.id} is damaged in the database; restore it") from None
    if known is not None:
        known[row.kind, row.id] = (row.document, member)
    return member


def _parsed(document: str) -> Member:
    """A member; a registration of it whose question can't be read any more is set aside.

    Raises ValidationError for whatever else can't be read.
    """
    try:
        return Member.model_validate_json(document)
    except ValidationError:
        written = _written(document)
        aside = [one for one in written.get("registrations", ()) if not _is_readable(one)]
        if not aside:
            raise
        written["registrations"] = [one for one in written["registrations"] if one not in aside]
        written["unreadable"] = [*written.get("unreadable", ()), *map(_set_aside, aside)]
        return Member.model_validate_json(json.dumps(written))


def _written(document: str) -> dict[str, Any]:
    try:
        written = json.loads(document)
    except ValueError:
        return {}
    return written if isinstance(written, dict) else {}


def _is_readable(registration: object) -> bool:
    try:
        Registration.model_validate_json(json.dumps(registration))
    except ValidationError:
        return False
    return True


def _set_aside(registration: object) -> dict[str, Any]:
    """Of what can't be read, the little that has to be known; without that the member is damaged."""
    question = registration.get("question") if isinstance(registration, dict) else None
    named = question if isinstance(question, dict) else {}
    return {
        "question_id": named.get("id"),
        "version": named.get("version"),
        "document": json.dumps(registration),
    }
