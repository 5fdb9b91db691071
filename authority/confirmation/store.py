"""The tables of confirmation and the statements on them.

The office writes documents and ID tokens; only whoever has the keys writes which of them were verified and
what each was used for. An ID token says who somebody is: it is deleted as soon as it was verified.
"""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Text, delete, func, or_, update
from sqlmodel import Field, Session, col, select

from authority.confirmation.document import Said, digest_of, subject_of, write_document
from authority.rights import office_may
from authority.store import Tables
from serving.database import compare_and_set, insert_given, insert_once, table_of


class PendingDecision(Tables, table=True):
    """A decision whose reviewer is at the provider. `form` is what they sent, as JSON."""

    __tablename__ = "office_pending_decision"
    __table_args__ = office_may(insert="*", delete=True)
    digest: str = Field(primary_key=True, max_length=64)
    person_id: str = Field(max_length=32)
    document: str = Field(sa_type=Text)
    form: str = Field(sa_type=Text)
    expires_at: int = Field(index=True, sa_type=BigInteger)


class Confirmation(Tables, table=True):
    """A document that somebody signed in for. `subject` is what it decides about."""

    __tablename__ = "office_confirmation"
    __table_args__ = office_may(insert="digest subject document id_token kept_at")
    digest: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=100, index=True)
    document: str = Field(sa_type=Text)
    id_token: str | None = Field(default=None, sa_type=Text)
    kept_at: int = Field(sa_type=BigInteger)
    problem: str | None = Field(default=None, sa_type=Text)


class Verified(Tables, table=True):
    """A document whose ID token was verified; what it was used for, and when that was done."""

    __tablename__ = "authority_verified_decision"
    __table_args__ = office_may()
    digest: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=100, index=True)
    decided_at: int = Field(sa_type=BigInteger)
    used_for: str | None = Field(default=None, max_length=100, unique=True)
    done_at: int | None = Field(default=None, sa_type=BigInteger)


class NotConfirmed(Tables, table=True):
    """Why whoever has the keys did not do what a proposal's row says."""

    __tablename__ = "authority_not_confirmed"
    __table_args__ = office_may()
    proposal_id: str = Field(primary_key=True, max_length=64)
    problem: str = Field(sa_type=Text)


# --- at the office


def keep_pending(session: Session, row: PendingDecision, *, now: int) -> None:
    """Keeps a decision until its reviewer comes back, and forgets those who did not."""
    rows = table_of(PendingDecision)
    session.execute(delete(rows).where(rows.c.expires_at <= now))
    session.add(row)


def take_pending(session: Session, digest: str, person_id: str, *, now: int) -> PendingDecision | None:
    """The decision that a person came back for: for exactly one caller, within its time."""
    found = session.get(PendingDecision, digest)
    c = table_of(PendingDecision).c
    mine = (c.digest == digest, c.person_id == person_id, c.expires_at > now)
    return found if compare_and_set(session, delete(table_of(PendingDecision)).where(*mine)) else None


def keep_confirmation(session: Session, row: Confirmation) -> None:
    """Keeps a document with its ID token."""
    session.execute(insert_given(row))


def find_not_confirmed(session: Session, proposal_id: str) -> str:
    """Why a decision about a proposal was not done; empty for no reason."""
    row = session.get(NotConfirmed, proposal_id)
    return row.problem if row else ""


# --- where the keys are


def to_verify(session: Session) -> Sequence[Confirmation]:
    """The documents whose ID token nobody has looked at, or not with success."""
    rows = select(Confirmation).where(col(Confirmation.id_token).is_not(None))
    return session.exec(rows.order_by(col(Confirmation.kept_at), col(Confirmation.digest))).all()


def documents_about(session: Session, subject: str) -> Sequence[str]:
    return session.exec(select(Confirmation.document).where(Confirmation.subject == subject)).all()


def note_verified(session: Session, digest: str, subject: str, *, decided_at: int) -> None:
    """Keeps that a document was verified, and deletes its ID token."""
    values = {"digest": digest, "subject": subject, "decided_at": decided_at}
    session.execute(insert_once(session, Verified).values(values))
    note_looked_at(session, digest, problem=None, is_over=True)


def note_looked_at(session: Session, digest: str, *, problem: str | None, is_over: bool) -> None:
    """Keeps what is wrong with an ID token, and deletes it where nobody looks at it again."""
    values = {"problem": problem} | ({"id_token": None} if is_over else {})
    session.execute(update(Confirmation).where(col(Confirmation.digest) == digest).values(**values))


def find_verified(session: Session, digest: str) -> Verified | None:
    return session.get(Verified, digest)


def newest_used(session: Session, subject: str, *, but: str) -> int:
    """When the newest decision about a subject was made of those that were used for anything else."""
    others = (Verified.subject == subject, col(Verified.used_for).is_not(None), Verified.used_for != but)
    return session.exec(select(func.max(Verified.decided_at)).where(*others)).one() or 0


def use_verified(session: Session, digest: str, used_for: str) -> bool:
    """Uses a verified document for one thing; False where it was used for another."""
    mine = or_(col(Verified.used_for).is_(None), col(Verified.used_for) == used_for)
    statement = update(Verified).where(col(Verified.digest) == digest, mine).values(used_for=used_for)
    return compare_and_set(session, statement)


def mark_done(session: Session, used_for: str, *, now: int) -> None:
    """Keeps that what a document was used for is done."""
    session.execute(update(Verified).where(col(Verified.used_for) == used_for).values(done_at=now))


def is_done(session: Session, used_for: str) -> bool:
    """Whether what a document was used for is done."""
    done = select(Verified.digest).where(Verified.used_for == used_for, col(Verified.done_at).is_not(None))
    return session.exec(done).first() is not None


def note_operator_confirmation(session: Session, said: Said, *, used_for: str, now: int) -> None:
    """Keeps what whoever has the keys decided: it needs no sign-in, and what is older comes too late."""
    document = write_document(said, random=used_for)  # the same may be decided twice in a second
    digest, subject = digest_of(document), subject_of(said)
    session.execute(
        insert_once(session, Confirmation).values(
            digest=digest, subject=subject, document=document, kept_at=now
        )
    )
    note_verified(session, digest, subject, decided_at=now)
    use_verified(session, digest, used_for)


def note_not_confirmed(session: Session, proposal_id: str, problem: str) -> None:
    """Keeps why a proposal's decision is not done, for the office to show; nothing takes it back."""
    if problem:
        session.merge(NotConfirmed(proposal_id=proposal_id, problem=problem))
    else:
        rows = table_of(NotConfirmed)
        session.execute(delete(rows).where(rows.c.proposal_id == proposal_id))
