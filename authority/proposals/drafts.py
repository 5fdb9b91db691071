"""What was typed of a proposal and not sent yet. An organisation has it: each of its people goes on with it.

A draft is bounded (`MAX_SIZE`), there are few of them, and one that nobody saves for 30 days ends. Who saves
names the revision that they saw: what somebody else saved since is never written over unseen.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Text, delete, not_, update
from sqlmodel import Field, Session, col, func, select

from authority.actors import Actor, Role, check_role
from authority.member import Kind as MemberKind
from authority.people.store import Person, RoleRow
from authority.proposals.proposal import Kind
from authority.refusal import RefusedError
from authority.rights import office_may
from authority.store import Tables, members_of
from serving.database import Database, compare_and_set, table_of
from serving.randomness import Random, token

Pairs = Sequence[tuple[str, str]]

DRAFT_SECONDS: Final = 30 * 86_400
MAX_OF_PERSON: Final = 10  # over all organisations
MAX_OF_ORGANISATION: Final = 30
MAX_SIZE: Final = 256 * 1024  # bytes of JSON: as much as a form may be
MAX_FIELDS: Final = 600
MAX_SAVERS: Final = 50  # whose last revision is remembered
_PROPOSERS: Final = frozenset({Role.OWNER, Role.TECHNICAL})
_TRIES: Final = 3  # against a person's own other window


class DraftKind(StrEnum):
    """By which form it is written."""

    QUESTION = "question"
    CLAIM_TYPE = "claim-type"
    FILE = "file"


class DraftRow(Tables, table=True):
    """A draft. `entries`: the form's fields as pairs, `saved_by`: revisions by person; both are JSON."""

    __tablename__ = "authority_proposal_draft"
    __table_args__ = office_may(insert="*", update="revision changed_at entries saved_by", delete=True)
    id: str = Field(primary_key=True, max_length=32)
    organisation_id: str = Field(max_length=64, index=True)
    person_id: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=16)
    revision: int
    changed_at: int = Field(sa_type=BigInteger, index=True)
    entries: str = Field(sa_type=Text)
    saved_by: str = Field(sa_type=Text)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as somebody read it.

    `person_id` began it; `saved_by` has the last revision of each person, `saver` the name of who saved last;
    `changed_at` is in Unix seconds.
    """

    id: str
    organisation_id: str
    person_id: str
    kind: DraftKind
    revision: int
    changed_at: int
    pairs: Pairs
    saved_by: Mapping[str, int]
    saver: str = ""

    @property
    def ends_at(self) -> int:
        """When it ends unless somebody saves it before; Unix seconds."""
        return self.changed_at + DRAFT_SECONDS

    def title(self, language: str) -> str:
        """The title that was typed, in the other language where this one has none; empty for none."""
        values = dict(self.pairs)
        other = "en" if language == "cy" else "cy"
        return values.get(f"title-{language}", "").strip() or values.get(f"title-{other}", "").strip()

    def is_changed_by_others(self, person_id: str, *, since: int) -> bool:
        """Whether anybody else has saved it after a revision."""
        return any(revision > since for person, revision in self.saved_by.items() if person != person_id)


class DraftChangedError(Exception):
    """Somebody else saved the draft meanwhile; `draft` is how it stands now."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("somebody else saved this draft meanwhile")
        self.draft = draft


def begin_draft(
    database: Database, actor: Actor, kind: DraftKind, pairs: Pairs, *, now: int, random: Random
) -> Draft:
    """Keeps the first entries.

    Raises NotAllowedError; RefusedError for who is no member, for too many drafts and for too much text.
    """
    check_role(actor, *_PROPOSERS, organisation_id=actor.organisation_id)
    draft = Draft(
        id=token(random, 16),
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        kind=kind,
        revision=1,
        changed_at=now,
        pairs=pairs,
        saved_by={actor.person_id: 1},
    )
    row = DraftRow.model_validate({**_key(draft), **_columns(draft)})
    with database.unit() as session:
        _check_member(session, actor.organisation_id)
        session.execute(delete(table_of(DraftRow)).where(_is_over(now)))
        _check_number(session, actor)
        session.add(row)
        session.commit()
    return draft


def save_draft(
    database: Database,
    actor: Actor,
    draft_id: str,
    change: Callable[[Pairs], Pairs],
    *,
    seen: int,
    now: int,
) -> Draft | None:
    """Changes the entries of a draft whose revision `seen` somebody worked on; None where it is gone.

    What the person saved in between, in another window or before they went back, is no obstacle. Raises
    DraftChangedError where somebody else did; NotAllowedError, RefusedError for too much text.
    """
    check_role(actor, *_PROPOSERS, organisation_id=actor.organisation_id)
    tries = 0
    while True:
        with database.unit() as session:
            draft = find_draft(session, actor, draft_id, now=now)
            if draft is None:
                return None
            if tries == _TRIES or draft.is_changed_by_others(actor.person_id, since=seen):
                raise DraftChangedError(draft)
            saved = _next(draft, actor.person_id, change(draft.pairs), now=now)
            if _replace(session, draft, saved):
                session.commit()
                return saved
        tries += 1


def find_draft(session: Session, actor: Actor, draft_id: str, *, now: int) -> Draft | None:
    """A draft of the organisation's that has not ended; raises NotAllowedError."""
    check_role(actor, *_PROPOSERS, organisation_id=actor.organisation_id)
    row = session.get(DraftRow, draft_id, populate_existing=True)
    if row is None or row.organisation_id != actor.organisation_id:
        return None
    draft = _draft(session, row)
    return draft if draft.ends_at > now else None


def drafts_for(session: Session, actor: Actor, *, now: int) -> list[Draft]:
    """The organisation's drafts, the last changed first; none for who may not propose."""
    if not actor.roles & _PROPOSERS:
        return []
    query = select(DraftRow).where(DraftRow.organisation_id == actor.organisation_id, not_(_is_over(now)))
    rows = session.exec(query.order_by(col(DraftRow.changed_at).desc(), col(DraftRow.id)))
    return [_draft(session, row) for row in rows]


def delete_draft(database: Database, actor: Actor, draft_id: str, *, revision: int | None = None) -> bool:
    """Forgets a draft of the organisation's, with `revision` only if it still is at that one.

    False where there was none. Raises NotAllowedError.
    """
    check_role(actor, *_PROPOSERS, organisation_id=actor.organisation_id)
    c = table_of(DraftRow).c
    wanted = [c.id == draft_id, c.organisation_id == actor.organisation_id]
    if revision is not None:
        wanted.append(c.revision == revision)
    with database.unit() as session:
        is_deleted = compare_and_set(session, delete(table_of(DraftRow)).where(*wanted))
        session.commit()
    return is_deleted


def _next(draft: Draft, person_id: str, pairs: Pairs, *, now: int) -> Draft:
    revision = draft.revision + 1
    others = [(person, at) for person, at in draft.saved_by.items() if person != person_id]
    known = sorted(others, key=lambda one: one[1])[-MAX_SAVERS + 1 :]
    saved_by = {**dict(known), person_id: revision}
    return replace(draft, revision=revision, changed_at=now, pairs=pairs, saved_by=saved_by)


def _replace(session: Session, before: Draft, after: Draft) -> bool:
    rows = table_of(DraftRow)
    mine = (rows.c.id == before.id, rows.c.revision == before.revision)
    return compare_and_set(session, update(rows).where(*mine).values(**_columns(after)))


def _is_over(now: int) -> ColumnElement[bool]:
    return table_of(DraftRow).c.changed_at <= now - DRAFT_SECONDS


def _check_member(session: Session, organisation_id: str) -> None:
    """Only a member has drafts: nobody else takes its short name, and so nobody inherits them."""
    kinds: set[MemberKind] = {kind.member_kind for kind in Kind}
    if not any(one.kind in kinds and not one.has_left for one in members_of(session, organisation_id)):
        raise RefusedError(f"{organisation_id} is no department or service yet", code="not_admitted")


def _check_number(session: Session, actor: Actor) -> None:
    # Who begins another one at the same moment, for the organisation or as the same person, waits here.
    roles = select(RoleRow.person_id).where(RoleRow.organisation_id == actor.organisation_id)
    session.exec(roles.order_by(RoleRow.person_id, RoleRow.role).with_for_update()).all()
    session.exec(select(Person.id).where(Person.id == actor.person_id).with_for_update()).first()
    for column, value, most in (
        (DraftRow.person_id, actor.person_id, MAX_OF_PERSON),
        (DraftRow.organisation_id, actor.organisation_id, MAX_OF_ORGANISATION),
    ):
        if session.exec(select(func.count()).select_from(DraftRow).where(column == value)).one() >= most:
            raise RefusedError("send or delete one of the drafts first", code="too_many_drafts")


def _key(draft: Draft) -> dict[str, str]:
    return {
        "id": draft.id,
        "organisation_id": draft.organisation_id,
        "person_id": draft.person_id,
        "kind": draft.kind.value,
    }


def _columns(draft: Draft) -> dict[str, Any]:
    entries = json.dumps(list(draft.pairs), ensure_ascii=False)
    if len(entries.encode()) > MAX_SIZE or len(draft.pairs) > MAX_FIELDS:
        raise RefusedError("shorten it: together this is more than can be saved", code="draft_too_long")
    return {
        "revision": draft.revision,
        "changed_at": draft.changed_at,
        "entries": entries,
        "saved_by": json.dumps(dict(draft.saved_by)),
    }


def _draft(session: Session, row: DraftRow) -> Draft:
    saved_by: dict[str, int] = json.loads(row.saved_by)
    person = session.get(Person, max(saved_by, key=lambda one: saved_by[one]))
    return Draft(
        id=row.id,
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        kind=DraftKind(row.kind),
        revision=row.revision,
        changed_at=row.changed_at,
        pairs=[(str(name), str(value)) for name, value in json.loads(row.entries)],
        saved_by=saved_by,
        saver=(person.name or person.email) if person else "",
    )
