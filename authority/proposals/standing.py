"""What a proposal, a decision and an adoption are judged by, as it stands in the database at this moment."""

from collections.abc import Collection

import orjson
from sqlmodel import Session, col, select

from authority.consistency import Catalogue, catalogue
from authority.member import Kind as MemberKind
from authority.member import Member, MemberName
from authority.proposals.catalogue import with_all
from authority.proposals.proportionality import Finding, Network, check_proportionality
from authority.proposals.proposal import Kind, Proposal, State
from authority.proposals.purposes import load_purposes
from authority.proposals.store import read_proposals
from authority.refusal import RefusedError
from authority.store import MemberRow, find_member
from protocol.registration.question import Question
from serving.database import wait_for


def check_standing(session: Session, kind: MemberKind, member_id: str) -> Member:
    """The member, as `read_standing`; nobody else at the office decides about it until this unit ends.

    Whoever has the keys may suspend it meanwhile, and looks at that again before anything is done.
    """
    # On PostgreSQL whoever decides about the same member waits here, and then reads what was decided. It is
    # not the member's row that is locked: the office may not write that, and so may not lock it.
    wait_for(session, f"{kind.value} {member_id}")
    return read_standing(session, kind, member_id)


def read_standing(session: Session, kind: MemberKind, member_id: str) -> Member:
    """The member; raises RefusedError unless it is admitted and not suspended."""
    member = find_member(session, kind, member_id)
    if member is None or member.has_left:
        raise RefusedError(f"{member_id} is not admitted as a {kind.value}; apply first", code="not_admitted")
    if not member.takes_part:
        text = f"{member_id} is suspended; nothing can be proposed or adopted until it is not"
        raise RefusedError(text, code="member_suspended")
    return member


def known_claim_types(session: Session) -> Catalogue:
    """Every claim type that is registered, or approved and about to be."""
    approved = read_proposals(session, State.APPROVED, kind=Kind.CLAIM_TYPE)
    found = [one.claim_type for one in approved if one.claim_type is not None]
    return with_all(registered_claim_types(session), found)


def registered_claim_types(session: Session) -> Catalogue:
    """Every claim type that is registered. The services, with all that they registered, are not read."""
    ids = session.exec(select(MemberRow.id).where(col(MemberRow.kind) == MemberKind.DEPARTMENT.value))
    departments = (find_member(session, MemberKind.DEPARTMENT, one) for one in sorted(ids))
    return catalogue(one for one in departments if one is not None)


def names_of(session: Session, member_ids: Collection[str]) -> dict[str, MemberName]:
    """What members are called, by id; nothing else of them is read, since that may be much."""
    rows = session.exec(select(MemberRow).where(col(MemberRow.id).in_(member_ids)))
    return {row.id: MemberName.model_validate(orjson.loads(row.document)["name"]) for row in rows}


def approved_questions(session: Session, now: int) -> list[Proposal]:
    """The approvals of questions that are in force."""
    found = read_proposals(session, State.APPROVED, kind=Kind.QUESTION)
    return [one for one in found if one.is_in_force(now)]


def findings_about(session: Session, proposal: Proposal, *, now: int) -> tuple[Finding, ...]:
    """What the checks find in a proposal; a claim type asks nobody for anything."""
    return findings_about_question(session, proposal.question, now=now) if proposal.question else ()


def findings_about_question(session: Session, question: Question, *, now: int) -> tuple[Finding, ...]:
    approved = [one.question for one in approved_questions(session, now) if one.question is not None]
    network = Network(known_claim_types(session), approved, load_purposes())
    return check_proportionality(question, network)
