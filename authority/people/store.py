"""The tables of the office: people and their roles, organisations, what they signed, what was decided.

Cookies and invitations are kept as digests. What may happen once is one statement that the database decides.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Text, UniqueConstraint, delete, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from authority.actors import Role
from authority.people.states import State
from authority.rights import office_may
from authority.store import Tables
from serving.database import compare_and_set, insert_given, insert_once, table_of
from serving.sign_in.sessions import SignInSession, digest

OPEN, ACCEPTED, REVOKED = "open", "accepted", "revoked"


class Person(Tables, table=True):
    """Somebody who signed in: the provider's word for them. `email` is empty unless it was verified."""

    __tablename__ = "office_person"
    __table_args__ = (
        UniqueConstraint("issuer", "subject", name="uq_office_person"),
        office_may(insert="*", update="email name"),
    )
    id: str = Field(primary_key=True, max_length=32)
    issuer: str = Field(max_length=255)
    subject: str = Field(max_length=255)
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)


class OfficeSession(Tables, SignInSession, table=True):
    """A person who is signed in; `subject` is the person's id."""

    __tablename__ = "office_session"
    __table_args__ = office_may(insert="*", update="used_at", delete=True)


class RoleRow(Tables, table=True):
    """What a person does for an organisation."""

    __tablename__ = "office_role"
    # nothing is updated; but who may not update a row may not lock it, either
    __table_args__ = office_may(insert="*", update="role", delete=True)
    person_id: str = Field(primary_key=True, max_length=32, foreign_key="office_person.id")
    organisation_id: str = Field(primary_key=True, max_length=64, index=True)
    role: str = Field(primary_key=True, max_length=16)


class Invitation(Tables, table=True):
    """Roles that wait for whoever has an email address; `invited_by` is empty for the operator."""

    __tablename__ = "office_invitation"
    __table_args__ = office_may(insert="*", update="state", delete=True)
    id: str = Field(primary_key=True, max_length=32)
    organisation_id: str = Field(max_length=64, index=True)
    email: str = Field(max_length=254)
    roles: str = Field(max_length=100)
    code_digest: str = Field(max_length=64, unique=True)
    invited_by: str = Field(max_length=32)
    expires_at: int = Field(sa_type=BigInteger)
    state: str = Field(max_length=16)

    @property
    def role_set(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in self.roles.split())


class Organisation(Tables, table=True):
    """An organisation that applied or wants to; `details` is the application as JSON."""

    __tablename__ = "office_organisation"
    __table_args__ = office_may(insert="*", update="state details changed_at", delete=True)
    id: str = Field(primary_key=True, max_length=64)
    state: str = Field(max_length=16, index=True)
    details: str = Field(sa_type=Text)
    changed_at: int = Field(sa_type=BigInteger)


class Signature(Tables, table=True):
    """Who signed which text of the agreement for an organisation."""

    __tablename__ = "office_signature"
    __table_args__ = office_may(insert="*", delete=True)
    organisation_id: str = Field(primary_key=True, max_length=64)
    version: str = Field(primary_key=True, max_length=16)
    language: str = Field(max_length=2)
    sha256: str = Field(max_length=64)
    person_id: str = Field(max_length=32)
    signed_at: int = Field(sa_type=BigInteger)


class Checklist(Tables, table=True):
    """An organisation's answers to the security checklist, as JSON."""

    __tablename__ = "office_checklist"
    __table_args__ = office_may(insert="*", update="version answers person_id answered_at", delete=True)
    organisation_id: str = Field(primary_key=True, max_length=64)
    version: str = Field(max_length=16)
    answers: str = Field(sa_type=Text)
    person_id: str = Field(max_length=32)
    answered_at: int = Field(sa_type=BigInteger)


class ChangeRow(Tables, table=True):
    """A change of what citizens see that a member asked for, the newest; `wanted` is JSON."""

    __tablename__ = "office_change"
    __table_args__ = office_may(insert="*", update="id wanted person_id asked_at", delete=True)
    organisation_id: str = Field(primary_key=True, max_length=64)
    id: str = Field(max_length=32)
    wanted: str = Field(sa_type=Text)
    person_id: str = Field(max_length=32)
    asked_at: int = Field(sa_type=BigInteger)


class DecisionRow(Tables, table=True):
    """What was decided about an organisation, and whether the keeper has done it.

    `details` is the application as it stood then: what is done is what was decided about.
    """

    __tablename__ = "office_decision"
    # not the number, which says in what order they are done; and what was decided is not taken back
    __table_args__ = office_may(insert="organisation_id state reason details person_id decided_at applied_at")
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(max_length=64, index=True)
    state: str = Field(max_length=16)
    reason: str = Field(sa_type=Text)
    details: str = Field(sa_type=Text)
    person_id: str = Field(max_length=32)
    decided_at: int = Field(sa_type=BigInteger)
    applied_at: int | None = Field(default=None, sa_type=BigInteger)
    problem: str | None = Field(default=None, sa_type=Text)


# --- people and roles


def keep_person(session: Session, person: Person) -> Person:
    """The person of a provider's subject, with the address and name that the provider gives now."""
    told = {"email": person.email, "name": person.name}
    session.execute(insert_once(session, Person).values(person.model_dump()))
    c = table_of(Person).c
    mine = (c.issuer == person.issuer, c.subject == person.subject)
    session.execute(update(table_of(Person)).where(*mine).values(told))
    return session.exec(select(Person).where(*mine)).one()


def roles_of(session: Session, person_id: str, organisation_id: str) -> frozenset[Role]:
    """What a person does for one organisation."""
    rows = session.exec(
        select(RoleRow.role).where(RoleRow.person_id == person_id, RoleRow.organisation_id == organisation_id)
    )
    return frozenset(Role(role) for role in rows)


def organisations_of(session: Session, person_id: str) -> list[str]:
    """The organisations for which a person does anything."""
    query = select(RoleRow.organisation_id).where(RoleRow.person_id == person_id).distinct()
    return sorted(session.exec(query))


def people_of(session: Session, organisation_id: str) -> list[tuple[Person, Role]]:
    """Who does what for an organisation."""
    query = select(Person, RoleRow.role).where(
        RoleRow.person_id == Person.id, RoleRow.organisation_id == organisation_id
    )
    rows = session.exec(query.order_by(col(Person.name), col(Person.id), col(RoleRow.role)))
    return [(person, Role(role)) for person, role in rows]


def add_roles(session: Session, person_id: str, organisation_id: str, roles: Iterable[Role]) -> None:
    """Gives a person roles; those that it has, it keeps."""
    for role in roles:
        values = {"person_id": person_id, "organisation_id": organisation_id, "role": role.value}
        session.execute(insert_once(session, RoleRow).values(values))


def remove_role(session: Session, person_id: str, organisation_id: str, role: Role) -> bool:
    """Takes a role away; False where the person has not got it."""
    c = table_of(RoleRow).c
    mine = (c.person_id == person_id, c.organisation_id == organisation_id, c.role == role.value)
    return compare_and_set(session, delete(table_of(RoleRow)).where(*mine))


def lock_owners(session: Session, organisation_id: str) -> list[str]:
    """The owners, whom nobody else changes until this unit of work ends."""
    query = select(RoleRow.person_id).where(
        RoleRow.organisation_id == organisation_id, RoleRow.role == Role.OWNER.value
    )
    return list(session.exec(query.with_for_update()))


# --- invitations


def find_invitation(session: Session, code: str, *, now: int) -> Invitation | None:
    """The invitation that a code opens now."""
    query = select(Invitation).where(Invitation.code_digest == digest(code), Invitation.state == OPEN)
    return session.exec(query.where(col(Invitation.expires_at) > now)).first()


def open_invitations(session: Session, organisation_id: str, *, now: int) -> list[Invitation]:
    query = select(Invitation).where(Invitation.organisation_id == organisation_id, Invitation.state == OPEN)
    return list(session.exec(query.where(col(Invitation.expires_at) > now).order_by(col(Invitation.email))))


def close_invitation(session: Session, invitation_id: str, organisation_id: str, *, state: str) -> bool:
    """Ends an open invitation; True for exactly one caller."""
    c = table_of(Invitation).c
    mine = (c.id == invitation_id, c.organisation_id == organisation_id, c.state == OPEN)
    return compare_and_set(session, update(table_of(Invitation)).where(*mine).values(state=state))


def revoke_invitations_of(session: Session, person_id: str, organisation_id: str) -> None:
    """Ends what somebody who is no longer an owner has promised."""
    c = table_of(Invitation).c
    mine = (c.invited_by == person_id, c.organisation_id == organisation_id, c.state == OPEN)
    session.execute(update(table_of(Invitation)).where(*mine).values(state=REVOKED))


# --- organisations and decisions


def add_organisation(session: Session, row: Organisation) -> bool:
    """Takes an id for an organisation; True for exactly one caller."""
    statement = insert_once(session, Organisation).values(row.model_dump())
    return session.execute(statement.returning(table_of(Organisation).c.id)).first() is not None


def change_organisation(
    session: Session, organisation_id: str, *, expected: Sequence[str], **values: Any
) -> bool:
    """Changes an organisation that is in one of the expected states."""
    c = table_of(Organisation).c
    mine = (c.id == organisation_id, c.state.in_(expected))
    return compare_and_set(session, update(table_of(Organisation)).where(*mine).values(**values))


def lock_organisation(session: Session, organisation_id: str) -> None:
    """Lets nobody else change an organisation until this unit of work ends."""
    session.exec(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update()).first()


def spoke_for(session: Session, organisation_id: str) -> frozenset[str]:
    """The ids of those who signed or answered for an organisation, or asked for its change that waits."""
    tables: tuple[type[Signature | Checklist | ChangeRow], ...] = (Signature, Checklist, ChangeRow)
    people = (select(one.person_id).where(one.organisation_id == organisation_id) for one in tables)
    return frozenset(person for query in people for person in session.exec(query))


def end_change(session: Session, organisation_id: str, change_id: str) -> bool:
    """Takes a change that was asked for off the desk; True for exactly one caller."""
    c = table_of(ChangeRow).c
    mine = (c.organisation_id == organisation_id, c.id == change_id)
    return compare_and_set(session, delete(table_of(ChangeRow)).where(*mine))


def forget_change(session: Session, organisation_id: str) -> None:
    """Takes whatever change an organisation asked for off the desk."""
    rows = table_of(ChangeRow)
    session.execute(delete(rows).where(rows.c.organisation_id == organisation_id))


def organisations_to_change(session: Session) -> list[Organisation]:
    """The organisations that wait for a decision about a change, the longest waiting first."""
    query = select(Organisation).where(Organisation.id == ChangeRow.organisation_id)
    return list(session.exec(query.order_by(col(ChangeRow.asked_at), col(Organisation.id))))


def count_drafts(session: Session, person_id: str) -> int:
    """How many applications a person owns that were not sent; who counts the same waits for this unit."""
    session.exec(select(Person.id).where(Person.id == person_id).with_for_update()).first()
    mine = (RoleRow.person_id == person_id, RoleRow.role == Role.OWNER.value)
    query = select(func.count()).select_from(RoleRow).where(*mine)
    drafts = query.where(RoleRow.organisation_id == Organisation.id, Organisation.state == State.DRAFT.value)
    return session.exec(drafts).one()


def purge_drafts(session: Session, *, before: int) -> None:
    """Forgets the applications that were never sent and that nobody has touched since `before`.

    With each goes all that hangs on its short name: whoever takes that next shall find nothing.
    """
    c = table_of(Organisation).c
    ended = delete(table_of(Organisation)).where(c.state == State.DRAFT.value, c.changed_at <= before)
    for organisation_id in session.execute(ended.returning(c.id)).scalars().all():
        lock_owners(session, organisation_id)  # waits for who is taking up an invitation: its role goes, too
        for table in (Invitation, RoleRow, Signature, Checklist):
            rows = table_of(table)
            session.execute(delete(rows).where(rows.c.organisation_id == organisation_id))


def organisations_in(session: Session, states: Iterable[str]) -> list[Organisation]:
    """The organisations in one of these states, the longest waiting first."""
    query = select(Organisation).where(col(Organisation.state).in_(list(states)))
    return list(session.exec(query.order_by(col(Organisation.changed_at), col(Organisation.id))))


def decisions_on(session: Session, organisation_id: str) -> list[DecisionRow]:
    """What was decided about an organisation, in order."""
    query = select(DecisionRow).where(DecisionRow.organisation_id == organisation_id)
    return list(session.exec(query.order_by(col(DecisionRow.id))))


def decisions_to_apply(session: Session) -> list[DecisionRow]:
    """What the keeper has not done yet, in order."""
    query = select(DecisionRow).where(col(DecisionRow.applied_at).is_(None))
    return list(session.exec(query.order_by(col(DecisionRow.id))))


def has_decisions_to_apply(session: Session, organisation_id: str) -> bool:
    """Whether the keeper has something left to do about an organisation."""
    return any(one.organisation_id == organisation_id for one in decisions_to_apply(session))


def add_decision(session: Session, row: DecisionRow) -> int:
    """Writes a decision down and gives its number."""
    statement = insert_given(row).returning(table_of(DecisionRow).c.id)
    return int(session.execute(statement).scalar_one())


def mark_applied(session: Session, decision_id: int, *, now: int | None, problem: str | None = None) -> bool:
    """Notes that a decision was done, or what stood in its way."""
    c = table_of(DecisionRow).c
    waiting = (c.id == decision_id, c.applied_at.is_(None))
    values = {"applied_at": now, "problem": problem}
    return compare_and_set(session, update(table_of(DecisionRow)).where(*waiting).values(values))


def replace_row(session: Session, row: SQLModel) -> None:
    """Puts a row in place of the one with its key."""
    session.merge(row)
