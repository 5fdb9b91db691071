"""The tables of proposals and adoptions, and the statements on them."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy import Text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from authority.proposals.proposal import Adoption, Kind, Proposal, State
from authority.refusal import RefusedError
from authority.rights import office_may
from authority.store import Tables
from serving.database import compare_and_set
from serving.errors import OperatorError
from serving.settings import Model

ModelT = TypeVar("ModelT", bound=Model)

#: In these states nobody else may propose the same version.
HOLDING = {State.SUBMITTED, State.APPROVED, State.SUPERSEDED, State.EXPIRED}


class ProposalRow(Tables, table=True):
    """A proposal; `document` is the whole of it as JSON. `revision` counts its changes: see `replace`.

    `version_held` is its reference while nobody else may have it, and nothing afterwards.
    """

    __tablename__ = "authority_proposal"
    __table_args__ = office_may(insert="*", update="state version_held revision document")

    id: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=32)
    organisation_id: str = Field(max_length=64, index=True)
    state: str = Field(max_length=32, index=True)
    version_held: str | None = Field(default=None, max_length=200, unique=True)
    revision: int
    document: str = Field(sa_type=Text)


class AdoptionRow(Tables, table=True):
    """The question of this id that a member adopted; `document` is the adoption as JSON."""

    __tablename__ = "authority_adoption"
    __table_args__ = office_may(insert="*", update="document")

    organisation_id: str = Field(primary_key=True, max_length=64)
    question_id: str = Field(primary_key=True, max_length=64)
    document: str = Field(sa_type=Text)


def add_proposal(session: Session, proposal: Proposal) -> None:
    """Writes a new proposal; raises RefusedError where its version is proposed already. Commits nothing."""
    fixed = {"id": proposal.id, "kind": proposal.kind.value, "organisation_id": proposal.organisation_id}
    session.add(ProposalRow.model_validate({**fixed, **_columns(proposal), "revision": 0}))
    _flush(session)


def find_proposal(session: Session, proposal_id: str) -> Proposal:
    """Raises RefusedError for no such proposal."""
    row = session.get(ProposalRow, proposal_id)
    if row is None:
        raise RefusedError("there is no such proposal", code="no_proposal")
    return _read(row)


def read_proposals(
    session: Session, *states: State, organisation_id: str | None = None, kind: Kind | None = None
) -> list[Proposal]:
    """Those in the states (all of them without one), the oldest first; without what can't be read."""
    # what another process wrote since this unit of work read a row counts
    statement = select(ProposalRow).execution_options(populate_existing=True)
    if states:
        statement = statement.where(col(ProposalRow.state).in_([one.value for one in states]))
    if organisation_id is not None:
        statement = statement.where(ProposalRow.organisation_id == organisation_id)
    if kind is not None:
        statement = statement.where(ProposalRow.kind == kind.value)
    found = _readable(Proposal, [row.document for row in session.exec(statement)])
    return sorted(found, key=lambda one: (one.submitted_at, one.version, one.id))


def replace(session: Session, before: Proposal, after: Proposal) -> Proposal | None:
    """Puts `after` in place of `before` and gives it; nothing where somebody changed it since it was read.

    Commits nothing.
    """
    changed = after.model_copy(update={"revision": before.revision + 1})
    statement = (
        update(ProposalRow)
        .where(col(ProposalRow.id) == before.id, col(ProposalRow.revision) == before.revision)
        .values(**_columns(changed), revision=changed.revision)
    )
    try:
        return changed if compare_and_set(session, statement) else None
    except IntegrityError:
        raise _taken() from None


def save_adoption(session: Session, adoption: Adoption) -> None:
    """Puts an adoption in place of the one of this question; commits nothing."""
    document = adoption.model_dump_json(by_alias=True, exclude_none=True)
    key = {"organisation_id": adoption.organisation_id, "question_id": adoption.question.id}
    session.merge(AdoptionRow(**key, document=document))
    try:
        session.flush()
    except IntegrityError:
        text = "this question was adopted a moment ago; look at it again"
        raise RefusedError(text, code="decided") from None


def read_adoptions(session: Session, organisation_id: str | None = None) -> list[Adoption]:
    statement = _all_adoptions()
    if organisation_id is not None:
        statement = statement.where(AdoptionRow.organisation_id == organisation_id)
    return _readable(Adoption, [row.document for row in session.exec(statement)])


def unreadable(session: Session) -> list[str]:
    """What the lists above leave out, in words for the operator."""
    proposals = session.exec(select(ProposalRow).order_by(ProposalRow.id))
    adoptions = session.exec(_all_adoptions())
    damaged = [f"the proposal {row.id}" for row in proposals if not _readable(Proposal, [row.document])]
    return damaged + [
        f"the adoption of {row.question_id} by {row.organisation_id}"
        for row in adoptions
        if not _readable(Adoption, [row.document])
    ]


def _columns(proposal: Proposal) -> dict[str, str | None]:
    """What may change of a proposal."""
    return {
        "state": proposal.state.value,
        "version_held": proposal.reference if proposal.state in HOLDING else None,
        "document": proposal.model_dump_json(by_alias=True, exclude_none=True),
    }


def _all_adoptions() -> SelectOfScalar[AdoptionRow]:
    return select(AdoptionRow).order_by(col(AdoptionRow.organisation_id), col(AdoptionRow.question_id))


def _readable(model: type[ModelT], documents: Iterable[str]) -> list[ModelT]:
    """One damaged row must not stop everybody else: the keeper tells of it (`unreadable`)."""
    found = []
    for document in documents:
        with suppress(OperatorError):
            found.append(_parsed(model, document))
    return found


def _read(row: ProposalRow) -> Proposal:
    return _parsed(Proposal, row.document)


def _parsed(model: type[ModelT], document: str) -> ModelT:
    try:
        return model.model_validate_json(document)
    except ValidationError:
        raise OperatorError("a proposal is damaged in the database; restore it") from None


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise _taken() from None


def _taken() -> RefusedError:
    return RefusedError(
        "this version is proposed or approved already; raise the version", code="version_taken"
    )
