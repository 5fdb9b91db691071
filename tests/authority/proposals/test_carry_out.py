"""The keeper registers what was approved and adopted, once, says so in the log, and tells what fails."""

from typing import Any

from authority.member import Kind, Member
from authority.proposals import store
from authority.proposals.proposal import Adoption, Proposal, State
from authority.store import Tables
from authority.usecases.adopt_question import adopt_question
from authority.usecases.keep_network import keep_network
from authority.usecases.remove_member import remove_member
from authority.usecases.set_status import set_status
from protocol.registration.question import Question
from protocol.transparency import parse_entry
from protocol.trust_list.members import MemberStatus
from serving.clock import FixedClock
from serving.database import schema_differences
from tests.authority.enrolment.office import Office
from tests.authority.network import DAY, NOW, RANDOM, claim_type
from tests.authority.proposals.world import (
    DEPARTMENT,
    OTHER,
    OWN,
    REFUSAL,
    World,
    approval,
    proposed,
    too_long,
)

PEOPLE = ("ann", "bob", "cat", "dan", "eve")


def keep(world: World, now: int = NOW) -> list[str]:
    return keep_network(world.network.records, now=now, random=RANDOM)


def logged(world: World, event: str) -> list[dict[str, Any]]:
    entries = map(parse_entry, world.network.records.log().entries())
    return [dict(one.members()) for one in entries if one.event == event]


def member(world: World, name: str, kind: Kind = Kind.SERVICE) -> Member:
    found = world.network.records.find_member(kind, name)
    assert found is not None
    return found


def set_to(world: World, kind: Kind, name: str, status: MemberStatus) -> None:
    set_status(world.network.records, kind, name, status, reason="a test", now=NOW)


def adopted(world: World, proposal: Proposal) -> None:
    adopt_question(world.database, OTHER, proposal.id, OWN, now=NOW)


def state_of(world: World, proposal: Proposal) -> State:
    with world.database.reading() as session:
        return store.find_proposal(session, proposal.id).state


def test_an_approved_question_is_registered_once(world: World) -> None:
    keep(world)
    world.approved(proposed())
    assert keep(world) == ["approved badge@1", "trust list 2"]
    assert keep(world) == []
    (registration,) = member(world, "blue-badge").registrations
    assert registration.question.reference == "badge@1"
    assert registration.expires_at == registration.approved_until == NOW + 100 * DAY


def test_an_approval_is_logged_with_reasons_and_conditions_and_without_a_person(world: World) -> None:
    world.approved(proposed())
    keep(world)
    (entry,) = logged(world, "approval")
    assert entry["reasons"] == approval().reasons
    assert entry["conditions"] == approval().conditions
    assert (entry["organisation_id"], entry["reference"]) == ("PDXGB-blue-badge", "badge@1")
    assert not set(PEOPLE) & {value for value in entry.values() if isinstance(value, str)}


def test_a_refusal_is_neither_registered_nor_logged(world: World) -> None:
    world.decide(world.submit(proposed()), REFUSAL)
    keep(world)
    assert logged(world, "approval") == []
    assert member(world, "blue-badge").registrations == ()


def test_an_approved_claim_type_is_in_the_catalogue_beside_the_older_one(world: World) -> None:
    approved = world.newer_claim_type()
    assert keep(world) == [f"approved {approved.reference}", "trust list 1"]
    assert [one.version for one in member(world, "dwp", Kind.DEPARTMENT).claim_types] == [1, 2]
    assert [one["vct"] for one in logged(world, "claim-type")][-1] == approved.reference
    assert keep(world) == []


def test_an_adopted_question_is_registered_once_in_the_adopter_s_name(world: World) -> None:
    approved = world.approved(proposed())
    adopted(world, approved)
    assert "registered badge@1 for council-two" in keep(world)
    assert keep(world) == []
    (registration,) = member(world, "council-two").registrations
    assert registration.question.contact == OWN.contact
    assert registration.approved_until == NOW + 100 * DAY
    assert (world.network.records.public / "registrations/council-two/badge.jwt").is_file()


def test_another_contact_is_registered_anew(world: World) -> None:
    approved = world.approved(proposed())
    adopted(world, approved)
    keep(world)
    other = OWN.model_copy(update={"privacy_policy": "https://council-two.example/new"})
    adopt_question(world.database, OTHER, approved.id, other, now=NOW)
    assert keep(world) == ["registered badge@1 for council-two", "trust list 2"]


def test_a_suspended_member_s_waits_until_it_is_reinstated(world: World) -> None:
    adopted(world, world.approved(proposed()))
    set_to(world, Kind.SERVICE, "council-two", MemberStatus.SUSPENDED)
    assert keep(world) == ["approved badge@1", "trust list 1"]
    set_to(world, Kind.SERVICE, "council-two", MemberStatus.ACTIVE)
    assert keep(world) == ["registered badge@1 for council-two", "trust list 2"]


def test_who_left_registers_nothing(world: World) -> None:
    adopted(world, world.approved(proposed()))
    remove_member(world.network.records, Kind.SERVICE, "council-two", reason="a test", now=NOW)
    assert keep(world) == ["approved badge@1", "trust list 1"]


def test_one_failure_is_told_and_holds_up_nothing_else(world: World) -> None:
    world.approved(claim_type(id="other", version=1), DEPARTMENT, expires_at=None)
    conflicting = claim_type(id="other", version=1, validity={"days": 7})
    world.network.admit_department(claim_types=(conflicting,))  # by the command, meanwhile
    world.approved(proposed())
    done = keep(world)
    (failure,) = [text for text in done if text.startswith("failed: urn:pdx:claim:dwp:other:1: ")]
    assert "approved badge@1" in done
    assert keep(world) == [failure]


def test_an_approved_question_that_no_wallet_could_take_is_set_aside(world: World) -> None:
    """Approved before it was looked at: nothing of it is logged, and the others' list comes out."""
    bad, good = world.approved(proposed()), world.approved(proposed(id="other"))
    rewrite(world, bad, bad.model_copy(update={"question": too_long(world)}))
    done = keep(world)
    assert "failed: badge@1: too long for the log" in done
    assert {f"approved {good.reference}", "trust list 1"} <= set(done)
    assert [one["reference"] for one in logged(world, "approval")] == ["other@1"]
    assert keep(world) == ["failed: badge@1: too long for the log"]


def test_what_cannot_be_read_is_told_and_holds_up_nothing_else(world: World) -> None:
    """An address that was allowed once, for example."""
    bad, good = world.approved(proposed()), world.approved(proposed(id="other"))
    adopted(world, good)
    http = "http://blue-badge.example/privacy"
    assert bad.question is not None
    rewrite(world, bad, bad.model_copy(update={"question": with_address(bad.question, http)}))
    (adoption,) = adoptions(world)
    changed = adoption.model_copy(update={"question": with_address(adoption.question, http)})
    with world.database.unit() as session:
        store.save_adoption(session, changed)
        session.commit()
    done = keep(world)
    assert "approved other@1" in done
    assert [text for text in done if text.startswith("failed: ")] == [
        f"failed: the proposal {bad.id} can't be read and is set aside",
        "failed: the adoption of other by council-two can't be read and is set aside",
    ]


def rewrite(world: World, before: Proposal, after: Proposal) -> None:
    with world.database.unit() as session:
        assert store.replace(session, before, after)
        session.commit()


def adoptions(world: World) -> list[Adoption]:
    with world.database.reading() as session:
        return store.read_adoptions(session)


def with_address(question: Question, address: str) -> Question:
    return question.model_copy(update={"privacy_policy": address})


def test_a_question_on_a_superseded_claim_type_goes_on_until_its_registration_ends(world: World) -> None:
    world.approved(proposed())
    keep(world)
    world.newer_claim_type()
    keep(world)
    assert [one.question.reference for one in member(world, "blue-badge").registrations] == ["badge@1"]
    assert keep(world, NOW + 90 * DAY)[-1].startswith("trust list")
    assert [one.expires_at for one in member(world, "blue-badge").registrations] == [NOW + 100 * DAY]


def test_an_expired_approval_is_not_renewed_and_holds_up_no_list(world: World) -> None:
    approved = world.approved(proposed())
    adopted(world, approved)
    keep(world)
    done = keep(world, NOW + 100 * DAY)
    assert "the approval of badge@1 ended" in done
    assert done[-1] == "trust list 2"
    assert state_of(world, approved) is State.EXPIRED
    assert member(world, "blue-badge").registrations == ()
    assert member(world, "council-two").registrations == ()
    assert keep(world, NOW + 100 * DAY) == []
    assert not (world.network.records.public / "registrations/blue-badge/badge.jwt").exists()


def test_a_long_approval_is_renewed_up_to_its_end(world: World) -> None:
    world.approved(proposed(), expires_at=NOW + 200 * DAY)
    keep(world)
    assert [one.expires_at for one in member(world, "blue-badge").registrations] == [NOW + 180 * DAY]
    keep(world, NOW + 150 * DAY)
    assert [one.expires_at for one in member(world, "blue-badge").registrations] == [NOW + 200 * DAY]
    assert "service blue-badge" not in keep(world, NOW + 199 * DAY)


def test_what_is_approved_and_supersedes_before_the_keeper_came_is_logged_both(world: World) -> None:
    world.approved(proposed())
    world.approved(proposed(version=2))
    keep(world)
    assert [one["reference"] for one in logged(world, "approval")] == ["badge@1", "badge@2"]
    assert [one.question.version for one in member(world, "blue-badge").registrations] == [2]
    assert keep(world) == []


def test_anybody_sees_what_can_be_adopted(world: World) -> None:
    world.approved(proposed())
    keep(world)
    before = get(world, "/api/questions")["questions"]
    assert [one["reference"] for one in before] == ["badge@1"]
    assert not any(name in str(before) for name in ("'dan'", "'bob'"))
    assert get(world, "/api/questions", now=NOW + 100 * DAY)["questions"] == []
    newer = world.newer_claim_type()
    keep(world)
    assert get(world, "/api/questions")["questions"] == []
    first, second = get(world, "/api/claim-types")["claim_types"]
    assert (first["superseded_by"], second["vct"]) == (newer.reference, newer.reference)
    assert "superseded_by" not in second


def test_the_scripts_make_the_tables(world: World) -> None:
    assert schema_differences(world.database, Tables.metadata) == []


def get(world: World, path: str, now: int = NOW) -> Any:
    """From the office as it is, at some moment."""
    return Office(world.network, clock=FixedClock(now)).client.get(path).json()
