"""Whoever writes to the office's database decides nothing, and holds up nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from authority.confirmation.document import digest_of, subject_of, write_document
from authority.confirmation.store import Confirmation, NotConfirmed, Verified
from authority.confirmation.verify_decisions import KEPT_SECONDS
from authority.member import Kind
from authority.people.store import DecisionRow
from authority.proposals import store as proposals
from authority.proposals.proposal import Adoption, Decision, Proposal, State
from authority.usecases.adopt_question import adopt_question
from protocol.encoding import json_object
from protocol.trust_list.members import MemberStatus
from tests.authority.confirmation.office import ConfirmedOffice
from tests.authority.confirmation.test_confirming import (
    APPROVE,
    READMIT,
    SUSPEND,
    council,
    stored,
    submitted,
)
from tests.authority.network import DAY
from tests.authority.people.test_joining import REASON, details
from tests.authority.proposals.world import OTHER, OWN, approval, proposed

NOT = "not confirmed: "
NO_SIGN_IN = f"{NOT}no reviewer signed in for exactly this"


def forged(office: ConfirmedOffice, member_id: str = "council", **changes: Any) -> DecisionRow:
    one = details(
        id=member_id, name={"en": "Forged", "cy": "Ffug"}, addresses={"service": "https://f.example"}
    )
    values: dict[str, Any] = {
        "organisation_id": member_id,
        "state": "admitted",
        "reason": REASON,
        "details": one.model_dump_json(),
        "person_id": "somebody",
        "decided_at": office.clock.now(),
    }
    return DecisionRow(**(values | changes))


def decided(office: ConfirmedOffice) -> DecisionRow:
    """The council's admission, decided by a reviewer and not done yet."""
    office.applied()
    office.reviewer("rhys").admit()
    (row,) = office.rows(DecisionRow)
    assert isinstance(row, DecisionRow)
    return row


def other_is_admitted(office: ConfirmedOffice) -> None:
    """Whatever is tried, somebody else's decision is done in the same round."""
    office.applied("other")
    office.reviewer("ruth").admit("other")


def test_a_row_that_nobody_signed_in_for(office: ConfirmedOffice) -> None:
    office.applied()
    office.write(forged(office))
    other_is_admitted(office)
    assert office.keep() == [f"council: admitted could not be done: {NO_SIGN_IN}", "other: admitted"]
    assert council(office) is None
    assert office.keep() == []  # said once
    assert "Not confirmed, and not put into effect." in office.reviewer("rhys").get("/reviews/council")


def test_it_holds_up_no_decision_about_the_same_organisation(office: ConfirmedOffice) -> None:
    decided(office)
    office.keep()
    office.write(forged(office))
    office.reviewer("ruth").decide("/reviews/council", SUSPEND)
    assert office.keep() == [f"council: admitted could not be done: {NO_SIGN_IN}", "council: suspended"]


@pytest.mark.parametrize("changes", [{"details": "{"}, {"reason": ""}], ids=["details", "reason"])
def test_a_departure_that_can_not_be_done_holds_up_nothing(
    office: ConfirmedOffice, changes: dict[str, str]
) -> None:
    """Who leaves signs in for nothing; so nothing may wait for it, either."""
    decided(office)
    office.keep()
    office.write(forged(office, **({"state": "left"} | changes)))
    office.reviewer("ruth").decide("/reviews/council", SUSPEND)
    left, suspended = office.keep()
    assert left.startswith("council: left could not be done")
    assert suspended == "council: suspended"


ALTERED: dict[str, Callable[[DecisionRow], dict[str, Any]]] = {
    "reason": lambda _: {"reason": "Another reason altogether."},
    "details": lambda row: {"details": row.details.replace("https://council", "https://mallory")},
    "time": lambda row: {"decided_at": row.decided_at + 1},
    "person": lambda _: {"person_id": "somebody"},
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED.keys())
def test_a_row_that_says_something_else(
    office: ConfirmedOffice, change: Callable[[DecisionRow], dict[str, Any]]
) -> None:
    row = decided(office)
    office.write(DecisionRow(**(row.model_dump() | change(row))))
    assert office.keep() == [f"council: admitted could not be done: {NO_SIGN_IN}"]
    assert council(office) is None
    office.write(DecisionRow(**row.model_dump()))
    assert office.keep() == ["council: admitted"]


def test_another_state_than_was_decided(office: ConfirmedOffice) -> None:
    row = decided(office)
    office.keep()
    office.write(DecisionRow(**(row.model_dump() | {"id": None, "state": "suspended"})))
    assert office.keep() == [f"council: suspended could not be done: {NO_SIGN_IN}"]


def test_a_decision_that_is_moved_to_another_organisation(office: ConfirmedOffice) -> None:
    row = decided(office)
    mine = details(id="mallory", name={"en": "M", "cy": "M"}).model_dump_json()
    moved = {"id": None, "organisation_id": "mallory", "details": mine}
    evidence = office.confirmation()
    office.write(
        DecisionRow(**(row.model_dump() | moved)),
        Confirmation(**(evidence.model_dump() | {"digest": "0" * 64, "subject": "member mallory"})),
    )
    said = office.keep()
    assert f"mallory: admitted could not be done: {NO_SIGN_IN}" in said
    assert "failed: member mallory: not confirmed: the document is another one" in said
    assert "council: admitted" in said


def test_a_row_that_is_copied(office: ConfirmedOffice) -> None:
    """An admission from before a suspension, once more."""
    row = decided(office)
    office.keep()
    office.clock.advance(1)
    office.reviewer("ruth").decide("/reviews/council", SUSPEND)
    office.keep()
    office.write(DecisionRow(**(row.model_dump() | {"id": None, "applied_at": None})))
    used = f"{NOT}what a reviewer signed in for was used before"
    assert office.keep() == [f"council: admitted could not be done: {used}"]
    member = council(office)
    assert member is not None
    assert member.status is MemberStatus.SUSPENDED


def test_a_decision_that_was_held_back(office: ConfirmedOffice) -> None:
    """Let take part again by a reviewer, and kept for after the next suspension."""
    decided(office)
    rhys = office.reviewer("rhys")
    rhys.decide("/reviews/council", SUSPEND)
    office.keep()
    rhys.decide("/reviews/council", READMIT)
    held = office.rows(DecisionRow)[-1]
    with office.world.database.unit() as session:
        session.delete(held)
        session.commit()
    office.keep()
    office.clock.advance(60)
    office.write(forged(office, state="suspended"))  # so that the pages let the reviewer do it again
    rhys.decide("/reviews/council", SUSPEND)
    office.keep()
    office.write(DecisionRow(**held.model_dump()))
    (said,) = office.keep()
    assert said == f"council: admitted could not be done: {NOT}something was decided since then"


def test_somebody_who_is_a_reviewer_only_by_the_database(office: ConfirmedOffice) -> None:
    office.applied()
    assert office.reviewer("mallory").admit().status_code == 303
    other_is_admitted(office)
    said = office.keep()
    assert "failed: member council: not confirmed: whoever signed in is not one of `reviewers`" in said
    assert f"council: admitted could not be done: {NO_SIGN_IN}" in said
    assert "other: admitted" in said
    assert office.keep() == []
    office.name_reviewers(subjects={"ruth", "mallory"})  # the operator forgot one
    assert office.keep() == ["council: admitted"]


def test_a_sign_in_for_another_decision(office: ConfirmedOffice) -> None:
    decided(office)
    (evidence,) = office.rows(Confirmation)
    row = forged(office, "mallory")
    said = {**json_object(evidence.document.encode()), "organisation": "mallory"}
    said.pop("random")
    said |= {"details_sha256": digest_of(row.details), "person": "somebody", "at": row.decided_at}
    document = write_document(said, random="x")
    mine = Confirmation(
        digest=digest_of(document),
        subject=subject_of(said),
        document=document,
        id_token=evidence.id_token,
        kept_at=0,
    )
    office.write(row, mine)
    told = office.keep()
    assert "failed: member mallory: not confirmed: the sign-in was for something else" in told
    assert f"mallory: admitted could not be done: {NO_SIGN_IN}" in told
    assert "council: admitted" in told


def test_a_sign_in_at_another_client_of_the_same_provider(office: ConfirmedOffice) -> None:
    decided(office)
    office.name_reviewers(client_id="another")
    assert office.keep()[0] == "failed: member council: not confirmed: the sign-in was for another client"
    assert council(office) is None


def test_a_provider_that_is_away(office: ConfirmedOffice) -> None:
    decided(office)
    records = office.world.network.records
    there = records.settings().reviewers
    assert there is not None
    office.name_reviewers(issuer="http://localhost:9")
    assert office.keep()[0] == "failed: member council: not confirmed: the provider's keys can't be had"
    office.name_reviewers(issuer=there.issuer)
    assert office.keep() == ["council: admitted"]


def test_a_token_that_nobody_could_verify_is_deleted_after_a_week(office: ConfirmedOffice) -> None:
    office.applied()
    office.reviewer("mallory").admit()
    office.keep()
    assert office.confirmation().id_token
    office.clock.advance(KEPT_SECONDS)
    office.keep()
    assert office.confirmation().id_token is None


# --- proposals


def approved(office: ConfirmedOffice) -> Proposal:
    proposal = submitted(office)
    office.reviewer("rhys").decide(f"/proposals/{proposal.id}/decision", APPROVE)
    return stored(office, proposal)


def rewritten(office: ConfirmedOffice, before: Proposal, **changes: Any) -> Proposal:
    with office.world.database.unit() as session:
        after = proposals.replace(session, before, before.model_copy(update=changes))
        session.commit()
    assert after
    return after


def altered(proposal: Proposal, **changes: Any) -> Decision:
    assert proposal.decision
    return proposal.decision.model_copy(update=changes)


def registered(office: ConfirmedOffice, member_id: str = "blue-badge") -> list[str]:
    member = office.world.network.records.find_member(Kind.SERVICE, member_id)
    return [one.question.reference for one in member.registrations] if member else []


def test_an_approval_that_nobody_signed_in_for(office: ConfirmedOffice) -> None:
    proposal = submitted(office)
    values: dict[str, Any] = {"approved": True, "reviewer": "x", "reasons": "x", "at": office.clock.now()}
    rewritten(office, proposal, state=State.APPROVED, decision=Decision(**values))
    other = office.world.submit(proposed(id="badge-two"), now=office.clock.now())
    rhys = office.reviewer("rhys")
    rhys.decide(f"/proposals/{other.id}/decision", APPROVE)
    assert sorted(office.keep()) == ["approved badge-two@1", f"failed: badge@1: {NO_SIGN_IN}"]
    assert registered(office) == ["badge-two@1"]
    assert "Not confirmed, and not put into effect." in rhys.get(f"/proposals/{proposal.id}")
    assert "Not confirmed" not in rhys.get(f"/proposals/{other.id}")


CHANGES: dict[str, Callable[[Proposal], dict[str, Any]]] = {
    "expiry": lambda one: {"decision": altered(one, expires_at=(one.approved_until or 0) + 365 * DAY)},
    "reasons": lambda one: {"decision": altered(one, reasons="Other reasons")},
    "conditions": lambda one: {"decision": altered(one, conditions="None")},
    "question": lambda _: {"question": proposed(["family_name"])},
    "whose": lambda _: {"organisation_id": "council-two"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_approval_of_something_else(
    office: ConfirmedOffice, change: Callable[[Proposal], dict[str, Any]]
) -> None:
    proposal = approved(office)
    after = rewritten(office, proposal, **change(proposal))
    assert office.keep() == [f"failed: badge@1: {NO_SIGN_IN}"]
    assert registered(office) == []
    rewritten(office, after, **_as_it_was(proposal))
    assert office.keep() == ["approved badge@1"]
    assert office.rows(NotConfirmed) == []


def _as_it_was(proposal: Proposal) -> dict[str, Any]:
    names = ("decision", "question", "organisation_id")
    return {name: getattr(proposal, name) for name in names}


def test_an_approval_that_is_carried_out_again(office: ConfirmedOffice) -> None:
    proposal = approved(office)
    office.keep()
    rewritten(office, stored(office, proposal), carried_out_at=None)
    assert office.keep() == [f"failed: badge@1: {NOT}it was carried out before"]


def test_an_adoption_of_what_was_never_approved(office: ConfirmedOffice) -> None:
    """Said to be approved and carried out, in the one place where the office can write that."""
    proposal = submitted(office)
    now = office.clock.now()
    values: dict[str, Any] = {"approved": True, "reviewer": "x", "reasons": "x", "at": now}
    decision = Decision(**values, expires_at=now + 100 * DAY)
    rewritten(office, proposal, state=State.APPROVED, decision=decision, carried_out_at=now)
    adopt_question(office.world.database, OTHER, proposal.id, OWN, now=now)
    assert office.keep() == [f"failed: badge@1 for council-two: {NO_SIGN_IN}"]
    assert registered(office, "council-two") == []


def test_an_adoption_of_another_question(office: ConfirmedOffice) -> None:
    proposal = approved(office)
    office.keep()
    now = office.clock.now()
    asked = proposed(["family_name"]).model_copy(
        update={name: getattr(OWN, name) for name in type(OWN).model_fields}
    )
    adoption = Adoption(
        organisation_id="council-two", proposal_id=proposal.id, question=asked, adopted_by="x", adopted_at=now
    )
    with office.world.database.unit() as session:
        proposals.save_adoption(session, adoption)
        session.commit()
    text = "the question is not the one that was approved"
    assert office.keep() == [f"failed: badge@1 for council-two: {NOT}{text}"]
    assert registered(office, "council-two") == []


def test_what_was_approved_before_reviewers_were_named_can_be_adopted(office: ConfirmedOffice) -> None:
    records = office.world.network.records
    settings = records.settings()
    records.save_settings(settings.model_copy(update={"reviewers": None}))
    now = office.clock.now()
    proposal = submitted(office)
    office.world.decide(proposal, approval(expires_at=now + 100 * DAY), now=now)
    office.keep()
    records.save_settings(settings)
    adopt_question(office.world.database, OTHER, proposal.id, OWN, now=now)
    assert office.keep() == ["registered badge@1 for council-two"]
    assert office.rows(Verified) == []


def test_a_decision_about_a_member_is_none_about_a_proposal(office: ConfirmedOffice) -> None:
    row = decided(office)
    office.keep()
    (verified,) = office.rows(Verified)
    assert verified.subject == f"member {row.organisation_id}"
    proposal = submitted(office)
    values: dict[str, Any] = {"approved": True, "reviewer": "x", "reasons": "x", "at": row.decided_at}
    rewritten(office, proposal, state=State.APPROVED, decision=Decision(**values))
    evidence = office.confirmation()
    copy = Confirmation(
        **(evidence.model_dump() | {"digest": "1" * 64, "subject": f"proposal {proposal.id}"})
    )
    office.write(copy)
    assert f"failed: badge@1: {NO_SIGN_IN}" in office.keep()
