"""Enrolment links at the office: an organisation's people make one, see what became of each, and end one."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from sqlmodel import Session

from authority.actors import OPERATOR, Actor, check_role
from authority.enrolment import store
from authority.enrolment.accept_requests import is_vouched_for
from authority.enrolment.create_enrolment import ENROLLING, create_enrolment
from authority.enrolment.store import CertificateRequestRow, EnrolmentRow
from authority.member import Kind, Member, Purpose
from authority.office.deps import Deps
from authority.people.store import Person
from authority.refusal import RefusedError
from authority.store import members_of
from protocol.enrolment.link import EnrolmentLink, create_enrolment_link
from protocol.x509.validity import certificate_ends
from serving.errors import ApiError

SHOWN: Final = 20  # links on a page; older ones are of no use to anybody


class LinkState(StrEnum):
    """What became of a link."""

    OPEN = "open"
    EXPIRED = "expired"
    ENDED = "ended"  # by somebody, or with the role of whoever made it
    PENDING = "pending"  # used; the keeper has not certified yet
    CERTIFIED = "certified"
    REFUSED = "refused"  # used, and the keeper did not certify: `reason`


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link without its code. `made_by` is empty for whoever runs the network; times are Unix seconds."""

    digest: str
    kind: str
    made_by: str
    made_at: int
    expires_at: int
    state: LinkState
    reason: str


@dataclass(frozen=True, slots=True)
class ListedCertificate:
    """The newest certificate for a purpose; `expires_at` in Unix seconds."""

    kind: str
    purpose: str
    expires_at: int
    by_request: bool


def make_link(deps: Deps, actor: Actor, kind: Kind) -> str:
    """A link for one of a member's servers; nobody can be shown it again.

    Raises NotAllowedError, or ApiError 409 for what the organisation is not, or not at the moment.
    """
    now, random = deps.clock.now(), deps.random
    with deps.database.unit() as session:
        try:
            code = create_enrolment(session, actor, kind, actor.organisation_id, now=now, random=random)
        except RefusedError as refusal:
            raise ApiError(409, "conflict", str(refusal), page="no_link") from None
        session.commit()
    deps.log.info("enrolment_link_made", organisation=actor.organisation_id, person=actor.person_id)
    return create_enrolment_link(EnrolmentLink(deps.settings.base_url, code, deps.root.fingerprint(SHA256())))


def end_link(deps: Deps, actor: Actor, digest: str) -> None:
    """Ends a link that nobody used; raises NotAllowedError, or ApiError 409 where there is none to end."""
    check_role(actor, *ENROLLING, organisation_id=actor.organisation_id)
    with deps.database.unit() as session:
        if not store.end_enrolment(session, digest, actor.organisation_id, now=deps.clock.now()):
            raise ApiError(409, "conflict", page="link_not_open")
        session.commit()
    deps.log.info("enrolment_link_ended", organisation=actor.organisation_id, person=actor.person_id)


def list_links(session: Session, organisation_id: str, *, now: int) -> list[ListedLink]:
    """An organisation's links, the newest first."""
    rows = store.enrolments_of(session, organisation_id, most=SHOWN)
    return [_listed(session, row, now) for row in rows]


def list_certificates(session: Session, organisation_id: str) -> list[ListedCertificate]:
    """What the organisation's servers hold, by kind."""
    return [one for member in members_of(session, organisation_id) for one in _certificates(member)]


def _listed(session: Session, row: EnrolmentRow, now: int) -> ListedLink:
    request = session.get(CertificateRequestRow, row.receipt) if row.receipt else None
    return ListedLink(
        digest=row.digest,
        kind=row.kind,
        made_by=_name(session, row.created_by),
        made_at=row.created_at,
        expires_at=row.expires_at,
        state=LinkState(request.state) if request else _unused(session, row, now),
        reason=(request.reason or "") if request else "",
    )


def _unused(session: Session, row: EnrolmentRow, now: int) -> LinkState:
    if row.ended_at is not None or not is_vouched_for(session, row):
        return LinkState.ENDED
    return LinkState.EXPIRED if row.expires_at <= now else LinkState.OPEN


def _name(session: Session, person_id: str) -> str:
    person = session.get(Person, person_id) if person_id != OPERATOR else None
    return (person.name or person.email or person.id) if person else ""


def _certificates(member: Member) -> Iterator[ListedCertificate]:
    for purpose in Purpose:
        held = member.certified(purpose)
        if held is not None:
            ends = certificate_ends(held.leaf)
            yield ListedCertificate(member.kind.value, purpose.value, ends, held.by_request)
