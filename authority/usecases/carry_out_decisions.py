"""Does what reviewers approved and members adopted: registers it, and says so in the log.

One failure is told and holds up nothing else; doing it twice does nothing the second time.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from authority import store as members
from authority.confirmation.document import used_for_proposal
from authority.confirmation.store import is_done, mark_done
from authority.confirmation.verify_decisions import check_proposal_decision
from authority.confirmation.verify_id_token import NotConfirmedError
from authority.consistency import check_member
from authority.member import Kind as MemberKind
from authority.member import Member, Registration
from authority.proposals import store
from authority.proposals.proposal import Adoption, Decision, Proposal, State
from authority.records import Records
from authority.register import check_registrable, new_questions, register_questions, with_claim_types
from authority.transparency.chronicle import entries_of_change, entry_of_approval
from authority.usecases.adopt_question import Own
from protocol.errors import ProtocolError
from protocol.registration.question import Question
from serving.errors import OperatorError
from serving.randomness import Random

FAILED: Final = "failed: "  # how the words begin for what was not done

# Gives what was done, or nothing where nothing was to do.
Work = Callable[[], str | None]


def carry_out_decisions(records: Records, *, now: int, random: Random) -> list[str]:  # noqa: ARG001
    """Gives what was done and what failed, in words for the operator."""
    with records.locked():
        done = [_told(name, work) for name, work in _work(records, now)]
        with records.database.reading() as session:
            unreadable = store.unreadable(session)
        aside = [f"{FAILED}{name} can't be read and is set aside" for name in unreadable]
        return [text for text in done if text is not None] + aside + _unreadable(records)


def _unreadable(records: Records) -> list[str]:
    """Registrations from before such words were refused: no wallet takes them, and nothing waits for them."""
    return [
        f"{FAILED}the question {one.question_id}@{one.version} of the {member.kind.value} {member.id}"
        " can't be read and is set aside; likely an address in it has no https. Let the service propose it"
        f" again as version {one.version + 1}, or admit it with that"
        for member in records.members()
        for one in member.unreadable
    ]


def _work(records: Records, now: int) -> Iterator[tuple[str, Work]]:
    """What is to do, one after the other: an adoption rests on an approval that stands in the log."""
    with records.database.reading() as session:
        approved = store.read_proposals(session, State.APPROVED, State.SUPERSEDED, State.EXPIRED)
    for proposal in approved:
        if proposal.carried_out_at is None:
            yield proposal.reference, partial(_carry_out, records, proposal, now)
    with records.database.reading() as session:
        approved = store.read_proposals(session, State.APPROVED, State.SUPERSEDED)
        adoptions = store.read_adoptions(session)
    by_id = {one.id: one for one in approved if one.carried_out_at is not None}
    for adoption in adoptions:
        if adoption.proposal_id in by_id:
            work = partial(_adopt, records, adoption, by_id[adoption.proposal_id], now)
            yield f"{adoption.question.reference} for {adoption.organisation_id}", work
    for proposal in approved:
        if proposal.state is State.APPROVED and proposal.has_ended(now):
            yield proposal.reference, partial(_expire, records, proposal)


def _told(name: str, work: Work) -> str | None:
    try:
        return work()
    except (OperatorError, ProtocolError) as error:
        return f"{FAILED}{name}: {error}"


def _carry_out(records: Records, proposal: Proposal, now: int) -> str | None:
    decision = proposal.final
    if decision is None or not decision.approved:
        return None
    member = _active(records, proposal.kind.member_kind, proposal.organisation_id)
    if member is None:
        return None  # when it is reinstated, this is done
    check_proposal_decision(records, proposal)
    _check_not_done(records, proposal)
    if proposal.claim_type is not None:
        _register_claim_type(records, member, proposal, decision, now)
    if proposal.question is not None:
        _register_question(records, member, proposal, decision, now)
    return f"approved {proposal.reference}"


def _register_claim_type(
    records: Records, member: Member, proposal: Proposal, decision: Decision, now: int
) -> None:
    updated = with_claim_types(member, [proposal.claim_type] if proposal.claim_type else [])
    check_member(updated, [*records.members(), updated])
    entries = entries_of_change(member, updated, now=now)
    records.log().append([entry_of_approval(proposal, decision), *entries])
    _save(records, updated, proposal, now)


def _register_question(
    records: Records, member: Member, proposal: Proposal, decision: Decision, now: int
) -> None:
    wanted = _questions_due(member, proposal)
    check_member(member, records.members(), wanted)
    check_registrable(member, wanted, now=now)
    log = records.log()
    log.append([entry_of_approval(proposal, decision)])
    ends = {one.id: decision.expires_at for one in wanted}
    updated = register_questions(records, log, member, wanted, now=now, approved_until=ends)
    _save(records, updated, proposal, now)


def _questions_due(member: Member, proposal: Proposal) -> list[Question]:
    # What was superseded before it was registered was approved all the same, and only the log says so.
    is_due = proposal.state is State.APPROVED and proposal.question is not None
    return new_questions(member, [proposal.question] if is_due and proposal.question else [])


def _save(records: Records, member: Member, proposal: Proposal, now: int) -> None:
    done = proposal.model_copy(update={"carried_out_at": now})
    with records.database.unit() as session:
        members.save_member(session, member)
        if store.replace(session, proposal, done) is None:
            raise OperatorError("it changed meanwhile, and is done in the next round")
        mark_done(session, used_for_proposal(proposal), now=now)
        session.commit()


def _adopt(records: Records, adoption: Adoption, proposal: Proposal, now: int) -> str | None:
    member = _active(records, MemberKind.SERVICE, adoption.organisation_id)
    until = proposal.approved_until
    if member is None or proposal.has_ended(now) or _is_registered(member, adoption, until):
        return None
    _check_approved(records, adoption, proposal)
    question = adoption.question
    check_member(member, records.members(), [question])
    check_registrable(member, [question], now=now)
    ends = {question.id: until}
    updated = register_questions(records, records.log(), member, [question], now=now, approved_until=ends)
    records.save_member(updated)
    return f"registered {question.reference} for {member.id}"


def _check_not_done(records: Records, proposal: Proposal) -> None:
    """What says that it was done stands beside the decision, where the office writes: look elsewhere, too."""
    with records.database.reading() as session:
        was_done = is_done(session, used_for_proposal(proposal))
    if was_done:
        raise NotConfirmedError("not confirmed: it was carried out before")


def _check_approved(records: Records, adoption: Adoption, proposal: Proposal) -> None:
    """The question is the one that was approved: by what was registered for its proposer, which only this
    part writes, or by a reviewer's sign-in. Raises NotConfirmedError.
    """
    if records.settings().reviewers is None:
        return
    question = proposal.question
    own = {name: getattr(adoption.question, name) for name in Own.model_fields}
    if question is None or question.model_copy(update=own) != adoption.question:
        raise NotConfirmedError("not confirmed: the question is not the one that was approved")
    proposer = records.find_member(MemberKind.SERVICE, proposal.organisation_id)
    until = proposal.approved_until
    registered = [(one.question, one.approved_until) for one in proposer.registrations] if proposer else []
    if (question, until) not in registered:
        check_proposal_decision(records, proposal)


def _is_registered(member: Member, adoption: Adoption, until: int | None) -> bool:
    for one in member.registrations:
        if one.question.id == adoption.question.id:
            return _is_as_adopted(one, adoption, until) or one.question.version > adoption.question.version
    return False


def _is_as_adopted(registration: Registration, adoption: Adoption, until: int | None) -> bool:
    return registration.question == adoption.question and registration.approved_until == until


def _expire(records: Records, proposal: Proposal) -> str | None:
    with records.database.unit() as session:
        if store.replace(session, proposal, proposal.moved(State.EXPIRED)) is None:
            return None  # somebody changed it; the next round looks again
        session.commit()
    return f"the approval of {proposal.reference} ended"


def _active(records: Records, kind: MemberKind, member_id: str) -> Member | None:
    member = records.find_member(kind, member_id)
    return member if member is not None and member.takes_part else None
