"""The tables of enrolment and the statements on them. Of codes and receipts only digests stand here."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from pydantic import ValidationError
from sqlalchemy import BigInteger, Text, update
from sqlmodel import Field, Session, col, select

from authority.enrolment.admission import Admission
from authority.member import Purpose
from authority.refusal import RefusedError
from authority.rights import office_may
from authority.store import Tables
from serving.database import Spent, compare_and_set
from serving.errors import OperatorError

PENDING, CERTIFIED, REFUSED = "pending", "certified", "refused"


class EnrolmentRow(Tables, table=True):
    """A link for one member: open, until it was used (`receipt`: the digest of that one) or ended."""

    __tablename__ = "authority_enrolment"
    # who may be admitted by a link is for whoever has the keys to say: never `admission`
    __table_args__ = office_may(
        insert="digest kind member_id created_by created_at expires_at", update="receipt ended_at"
    )

    digest: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=32)
    member_id: str = Field(max_length=64, index=True)
    admission: str | None = Field(default=None, sa_type=Text)
    created_by: str = Field(max_length=128)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    receipt: str | None = Field(default=None, max_length=64)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class CertificateRequestRow(Tables, table=True):
    """Certification requests of one server, and what became of them. `requests`, `chains`: PEM by purpose."""

    __tablename__ = "authority_certificate_request"
    __table_args__ = office_may(insert="receipt id kind member_id requests asked_at state")

    receipt: str = Field(primary_key=True, max_length=64)
    id: str = Field(max_length=32, unique=True)
    kind: str = Field(max_length=32)
    member_id: str = Field(max_length=64)
    requests: str = Field(sa_type=Text)
    asked_at: int = Field(sa_type=BigInteger)
    state: str = Field(max_length=16, index=True)
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
    reason: str | None = Field(default=None, sa_type=Text)
    chains: str | None = Field(default=None, sa_type=Text)


class SpentRenewal(Spent, Tables, table=True):
    """The `jti` of renewals that were used."""

    __tablename__ = "authority_spent_renewal"
    __table_args__ = office_may(insert="*", delete=True)


def digest(secret: str) -> str:
    """What is kept of a code or a receipt."""
    return sha256(secret.encode()).hexdigest()


def find_enrolment(session: Session, code: str) -> EnrolmentRow | None:
    return session.get(EnrolmentRow, digest(code))


def use_enrolment(session: Session, code: str, receipt: str, *, now: int) -> bool:
    """Uses a link up: True for exactly one caller, within its time."""
    expected = (
        col(EnrolmentRow.digest) == digest(code),
        col(EnrolmentRow.receipt).is_(None),
        col(EnrolmentRow.ended_at).is_(None),
        col(EnrolmentRow.expires_at) > now,
    )
    return compare_and_set(session, update(EnrolmentRow).where(*expected).values(receipt=digest(receipt)))


def end_enrolment(session: Session, code_digest: str, member_id: str, *, now: int) -> bool:
    """Ends a link that nobody used: True for exactly one caller, and for no link that was used."""
    expected = (
        col(EnrolmentRow.digest) == code_digest,
        col(EnrolmentRow.member_id) == member_id,
        col(EnrolmentRow.receipt).is_(None),
        col(EnrolmentRow.ended_at).is_(None),
        col(EnrolmentRow.expires_at) > now,
    )
    return compare_and_set(session, update(EnrolmentRow).where(*expected).values(ended_at=now))


def enrolments_of(session: Session, member_id: str, *, most: int) -> Sequence[EnrolmentRow]:
    """An organisation's links, the newest first."""
    rows = select(EnrolmentRow).where(EnrolmentRow.member_id == member_id)
    newest = rows.order_by(col(EnrolmentRow.created_at).desc(), col(EnrolmentRow.digest))
    return session.exec(newest.limit(most)).all()


def find_request(session: Session, receipt: str) -> CertificateRequestRow | None:
    return session.get(CertificateRequestRow, digest(receipt))


def pending_requests(session: Session) -> Sequence[CertificateRequestRow]:
    """What waits to be certified, the oldest first."""
    rows = select(CertificateRequestRow).where(CertificateRequestRow.state == PENDING)
    return session.exec(rows.order_by(col(CertificateRequestRow.asked_at))).all()


def decide_request(
    session: Session,
    row: CertificateRequestRow,
    state: str,
    *,
    now: int,
    reason: str | None = None,
    chains: Mapping[str, str] | None = None,
) -> bool:
    """Says what became of a request, once; False where somebody else did."""
    expected = (
        col(CertificateRequestRow.receipt) == row.receipt,
        col(CertificateRequestRow.state) == PENDING,
    )
    values = {"state": state, "decided_at": now, "reason": reason}
    written = json.dumps(dict(chains)) if chains is not None else None
    statement = update(CertificateRequestRow).where(*expected).values(**values, chains=written)
    return compare_and_set(session, statement)


def write_requests(requests: Mapping[str, bytes]) -> str:
    return json.dumps({purpose: one.decode("ascii") for purpose, one in requests.items()})


def requests_of(row: CertificateRequestRow) -> dict[Purpose, bytes]:
    """The requests by purpose; raises RefusedError for what can't be read, so that it holds nobody up."""
    try:
        return {Purpose(purpose): one.encode() for purpose, one in json.loads(row.requests).items()}
    except (ValueError, AttributeError):
        raise RefusedError("the request is damaged in the database; send another") from None


def chains_of(row: CertificateRequestRow) -> dict[str, str]:
    return dict(json.loads(row.chains or "{}"))


def write_admission(admission: Admission | None) -> str | None:
    return admission.model_dump_json(by_alias=True, exclude_none=True) if admission else None


def admission_behind(session: Session, row: CertificateRequestRow) -> Admission | None:
    """What the link behind a request admits a member with, if one is; raises OperatorError.

    The request does not say it: the office writes requests, and only whoever has the keys admits.
    """
    expected = (
        col(EnrolmentRow.receipt) == row.receipt,
        col(EnrolmentRow.kind) == row.kind,
        col(EnrolmentRow.member_id) == row.member_id,
    )
    enrolment = session.exec(select(EnrolmentRow).where(*expected)).first()
    return admission_of(enrolment) if enrolment else None


def admission_of(row: EnrolmentRow) -> Admission | None:
    """What the member is admitted with once it is certified; raises OperatorError for a damaged row."""
    if row.admission is None:
        return None
    try:
        return Admission.model_validate_json(row.admission)
    except ValidationError:
        raise OperatorError(f"an enrolment of {row.member_id} is damaged in the database") from None
