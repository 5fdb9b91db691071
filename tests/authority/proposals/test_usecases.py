"""Who may propose, decide, appeal and adopt, and when; what was refused leaves everything as it was."""

from typing import Any

import pytest

from authority.actors import Actor, NotAllowedError, Role
from authority.member import Kind
from authority.people.store import Person, add_roles, keep_person
from authority.proposals import store
from authority.proposals.proposal import Proposal, State
from authority.refusal import RefusedError
from authority.usecases.adopt_question import adopt_question
from authority.usecases.appeal_decision import appeal_decision, decide_appeal
from authority.usecases.decide_proposal import MAX_APPROVAL, DecidedAlreadyError
from authority.usecases.export_decision import export_decision
from authority.usecases.remove_member import remove_member
from authority.usecases.set_status import set_status
from authority.usecases.withdraw_proposal import withdraw_proposal
from protocol.registration.question import SupervisoryAuthority
from protocol.trust_list.members import MemberStatus
from serving.errors import OperatorError
from tests.authority.network import DAY, NOW, claim_type, question
from tests.authority.proposals.world import (
    AUTHORITY,
    DEPARTMENT,
    OTHER,
    OWN,
    REFUSAL,
    REVIEWER,
    SECOND,
    SERVICE,
    World,
    approval,
    proposed,
    too_long,
)

NEW = "urn:pdx:claim:dwp:pip-moving-around-8:2"


def stored(world: World, proposal: Proposal) -> Proposal:
    with world.database.reading() as session:
        return store.find_proposal(session, proposal.id)


def suspend(world: World, kind: Kind, member_id: str) -> None:
    set_status(world.network.records, kind, member_id, MemberStatus.SUSPENDED, reason="a test", now=NOW)


def give_role(world: World, actor: Actor, organisation_id: str) -> None:
    with world.database.unit() as session:
        told = {"issuer": "provider", "subject": actor.person_id, "email": "", "name": ""}
        keep_person(session, Person(id=actor.person_id, **told))
        add_roles(session, actor.person_id, organisation_id, {Role.TECHNICAL})
        session.commit()


def appealed(world: World, proposal: Proposal, actor: Actor = SERVICE) -> Proposal:
    return appeal_decision(world.database, actor, proposal.id, "Namesakes live in one postcode.", now=NOW)


def decided_appeal(world: World, proposal: Proposal, actor: Actor = SECOND, **changes: Any) -> Proposal:
    verdict = approval(**changes)
    return decide_appeal(world.database, actor, proposal.id, verdict, authority_id=AUTHORITY, now=NOW)


def adopt(world: World, proposal: Proposal, actor: Actor = OTHER, now: int = NOW) -> None:
    adopt_question(world.database, actor, proposal.id, OWN, now=now)


def test_a_question_is_proposed_and_approved(world: World) -> None:
    proposal = world.submit(proposed())
    assert stored(world, proposal) == proposal
    approved = world.decide(proposal, approval())
    assert stored(world, proposal) == approved
    assert (approved.state, approved.final and approved.final.reviewer) == (State.APPROVED, "dan")


@pytest.mark.parametrize("left_out", ["purpose_code", "channels", "objection", "match", "needs"])
def test_what_a_proposal_leaves_out_is_named(world: World, left_out: str) -> None:
    empty = () if left_out in {"channels", "needs"} else None
    with pytest.raises(OperatorError, match=f'"{left_out}"'):
        world.submit(proposed().model_copy(update={left_out: empty}))


def test_everything_that_is_missing_is_named_at_once(world: World) -> None:
    with pytest.raises(OperatorError) as refusal:
        world.submit(question())
    assert len(str(refusal.value).splitlines()) == 6


def test_an_unknown_purpose_is_refused_with_those_that_are_known(world: World) -> None:
    with pytest.raises(OperatorError, match="use one of: parking-badge"):
        world.submit(proposed(purpose_code="curiosity"))


def test_only_who_acts_for_a_member_proposes(world: World) -> None:
    with pytest.raises(NotAllowedError):
        world.submit(proposed(), Actor("bob", "blue-badge", frozenset()))
    with pytest.raises(NotAllowedError):
        world.submit(proposed(), Actor("bob", "blue-badge", frozenset({Role.REVIEWER})))
    with pytest.raises(OperatorError, match="is not admitted as a service"):
        world.submit(proposed(), DEPARTMENT)
    with pytest.raises(OperatorError, match="is not admitted as a department"):
        world.submit(claim_type(version=2), SERVICE)
    suspend(world, Kind.SERVICE, "blue-badge")
    with pytest.raises(OperatorError, match="is suspended"):
        world.submit(proposed())


def test_who_left_proposes_nothing(world: World) -> None:
    remove_member(world.network.records, Kind.SERVICE, "blue-badge", reason="a test", now=NOW)
    with pytest.raises(OperatorError, match="is not admitted"):
        world.submit(proposed())


def test_a_department_proposes_its_own_claim_types_in_newer_versions(world: World) -> None:
    with pytest.raises(OperatorError, match="raise the version"):
        world.submit(claim_type(), DEPARTMENT)
    with pytest.raises(OperatorError, match="is owned by hmrc"):
        world.submit(claim_type(owner="hmrc"), DEPARTMENT)
    over = {"from": "2026-01-01", "until": "2026-01-02"}
    with pytest.raises(OperatorError, match="last day is over"):
        world.submit(claim_type(version=2, effective=over), DEPARTMENT)
    assert world.newer_claim_type().state is State.APPROVED


def test_a_version_is_proposed_once(world: World) -> None:
    world.submit(proposed())
    with pytest.raises(OperatorError, match="raise the version"):
        world.submit(proposed())
    with pytest.raises(OperatorError, match="another organisation"):
        world.submit(proposed(version=2), OTHER)


def test_what_is_withdrawn_can_be_proposed_again(world: World) -> None:
    proposal = world.submit(proposed())
    with pytest.raises(NotAllowedError):
        withdraw_proposal(world.database, OTHER, proposal.id)
    assert withdraw_proposal(world.database, SERVICE, proposal.id).state is State.WITHDRAWN
    with pytest.raises(OperatorError, match="withdrawn already"):
        withdraw_proposal(world.database, SERVICE, proposal.id)
    with pytest.raises(DecidedAlreadyError):
        world.decide(proposal, approval())
    world.submit(proposed())


@pytest.mark.parametrize(
    "actor",
    [
        Actor("dan", "council-two", frozenset({Role.REVIEWER})),
        Actor("dan", "blue-badge", frozenset({Role.REVIEWER, Role.OWNER})),
        Actor("dan", AUTHORITY, frozenset({Role.OWNER, Role.TECHNICAL})),
        Actor("bob", AUTHORITY, frozenset({Role.REVIEWER})),
    ],
    ids=["of-another-member", "of-the-same-member", "no-reviewer", "who-proposed-it"],
)
def test_who_may_not_decide(world: World, actor: Actor) -> None:
    proposal = world.submit(proposed())
    with pytest.raises(NotAllowedError):
        world.decide(proposal, approval(), actor)
    assert stored(world, proposal) == proposal


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"reasons": "  "}, "give reasons"),
        ({"expires_at": None}, "until when"),
        ({"expires_at": NOW}, "ends after today"),
        ({"expires_at": NOW + MAX_APPROVAL + 1}, "within five years"),
        ({"conditions": "x" * 4001}, "at most 4000"),
    ],
)
def test_a_decision_that_may_not_be(world: World, changes: dict[str, Any], text: str) -> None:
    proposal = world.submit(proposed())
    with pytest.raises(OperatorError, match=text):
        world.decide(proposal, approval(**changes))
    assert stored(world, proposal) == proposal


def test_who_has_a_role_in_the_organisation_does_not_decide(world: World) -> None:
    """Whoever acts for it, in whatever role and whoever proposed: see `decide` for members."""
    proposal = world.submit(proposed())
    give_role(world, REVIEWER, "blue-badge")
    with pytest.raises(NotAllowedError, match="of their own"):
        world.decide(proposal, approval())
    refused = world.decide(proposal, REFUSAL, SECOND)
    appealed(world, refused)
    third = Actor("fay", AUTHORITY, frozenset({Role.REVIEWER}))
    give_role(world, third, "blue-badge")
    with pytest.raises(NotAllowedError, match="of their own"):
        decided_appeal(world, refused, third)
    assert stored(world, proposal).final == refused.final


def test_what_no_log_could_hold_is_refused_when_it_is_proposed(world: World) -> None:
    with pytest.raises(OperatorError, match="too long for the log"):
        world.submit(too_long(world))


@pytest.mark.parametrize("unseen", ["\u202e", "\u200b", "\u00ad", "\x07", "\u2066", "\u200d"])
def test_what_nobody_could_see_is_not_proposed_or_adopted(world: World, unseen: str) -> None:
    hidden = {"en": f"To check{unseen} all of it", "cy": "Gwirio"}
    for document, actor in (
        (proposed(purpose=hidden), SERVICE),
        (claim_type(version=2, statement=hidden), DEPARTMENT),
    ):
        with pytest.raises(RefusedError, match="can't be seen"):
            world.submit(document, actor)
    approved = world.approved(
        proposed(purpose={"en": "Two\r\nlines, 1\u00a0000 of them", "cy": "Dwy linell"})
    )
    supervisor = SupervisoryAuthority(name=f"A{unseen}B", email="help@supervisor.example")
    own = OWN.model_copy(update={"supervisory_authority": supervisor})
    with pytest.raises(RefusedError, match="can't be seen"):
        adopt_question(world.database, OTHER, approved.id, own, now=NOW)


def test_a_serious_finding_must_be_answered(world: World) -> None:
    too_long = proposed(retention={"days": 400, "text": {"en": "Long", "cy": "Hir"}})
    proposal = world.submit(too_long)
    with pytest.raises(OperatorError, match="The answer is kept for 400 days"):
        world.decide(proposal, approval(answers={"kept_longer_than_norm": " "}))
    answers = {"kept_longer_than_norm": "A court ordered it."}
    decision = world.decide(proposal, approval(answers=answers)).decision
    assert decision is not None
    assert ([one.name for one in decision.findings], decision.answers) == (list(answers), answers)


def test_a_refusal_needs_no_answers_and_no_end(world: World) -> None:
    long = proposed(retention={"days": 400, "text": {"en": "Long", "cy": "Hir"}})
    refused = world.decide(world.submit(long), REFUSAL)
    assert (refused.state, refused.final and refused.final.expires_at) == (State.REFUSED, None)


def test_a_refusal_is_appealed_against_and_decided_by_another(world: World) -> None:
    proposal = world.decide(world.submit(proposed()), REFUSAL)
    with pytest.raises(OperatorError, match="no appeal"):
        decided_appeal(world, proposal)
    with pytest.raises(NotAllowedError):
        appealed(world, proposal, OTHER)
    appealed(world, proposal)
    with pytest.raises(OperatorError, match="and once"):
        appealed(world, proposal)
    with pytest.raises(NotAllowedError, match="who refused it"):
        decided_appeal(world, proposal, REVIEWER)
    approved = decided_appeal(world, proposal)
    assert (approved.state, approved.final and approved.final.reviewer) == (State.APPROVED, "eve")
    with pytest.raises(DecidedAlreadyError):
        decided_appeal(world, proposal, Actor("fay", AUTHORITY, frozenset({Role.REVIEWER})))
    adopt(world, approved)


def test_an_appeal_can_be_turned_down(world: World) -> None:
    proposal = world.decide(world.submit(proposed()), REFUSAL)
    appealed(world, proposal)
    refused = decided_appeal(world, proposal, approved=False)
    assert (refused.state, refused.final and refused.final.approved) == (State.REFUSED, False)
    with pytest.raises(OperatorError, match="and once"):
        appealed(world, proposal)


def test_an_appeal_does_not_win_over_what_was_proposed_since(world: World) -> None:
    proposal = world.decide(world.submit(proposed()), REFUSAL)
    appealed(world, proposal)
    world.submit(proposed())
    with pytest.raises(OperatorError, match="raise the version"):
        decided_appeal(world, proposal)
    assert stored(world, proposal).state is State.REFUSED


def test_only_a_refusal_is_appealed_against(world: World) -> None:
    proposal = world.approved(proposed())
    with pytest.raises(OperatorError, match="only a refusal"):
        appealed(world, proposal)


def test_a_newer_version_supersedes_the_older_one(world: World) -> None:
    first = world.approved(proposed())
    world.approved(proposed(version=2))
    assert stored(world, first).state is State.SUPERSEDED
    with pytest.raises(OperatorError, match="adopt that one"):
        adopt(world, first)


def test_an_older_version_is_not_approved_after_a_newer_one(world: World) -> None:
    older = world.submit(proposed())
    world.approved(proposed(version=2))
    with pytest.raises(OperatorError, match="badge@2 is approved already"):
        world.decide(older, approval())


def test_a_superseded_claim_type_is_refused_with_the_new_one_s_name(world: World) -> None:
    waiting = world.submit(proposed())
    approved = world.approved(proposed(id="other-badge"))
    world.newer_claim_type()
    with pytest.raises(OperatorError, match=f"superseded by {NEW}"):
        world.submit(proposed(id="third-badge"))
    with pytest.raises(OperatorError, match=f"superseded by {NEW}"):
        world.decide(waiting, approval())
    with pytest.raises(OperatorError, match=f"superseded by {NEW}"):
        adopt(world, approved)
    world.submit(proposed(id="third-badge", claim=NEW))


def test_what_no_claim_carries_can_t_be_proposed(world: World) -> None:
    with pytest.raises(OperatorError, match="can't disclose birthdate"):
        world.submit(proposed(["birthdate"]))
    with pytest.raises(OperatorError, match="no department issues"):
        world.submit(proposed(claim="urn:pdx:claim:dwp:none:1"))


def test_an_adopted_question_differs_only_in_who_answers_for_it(world: World) -> None:
    approved = world.approved(proposed())
    adoption = adopt_question(world.database, OTHER, approved.id, OWN, now=NOW)
    names = {"contact", "privacy_policy", "supervisory_authority"}
    assert approved.question is not None
    assert adoption.question.model_dump(exclude=names) == approved.question.model_dump(exclude=names)
    assert adoption.question.contact == OWN.contact


def test_what_can_t_be_adopted(world: World) -> None:
    waiting = world.submit(proposed())
    with pytest.raises(OperatorError, match="not an approved question"):
        adopt(world, waiting)
    approved = world.decide(waiting, approval())
    with pytest.raises(OperatorError, match="this approval has ended"):
        adopt(world, approved, now=NOW + 100 * DAY)
    with pytest.raises(OperatorError, match="is your own"):
        adopt(world, approved, SERVICE)
    with pytest.raises(OperatorError, match="not an approved question"):
        adopt(world, world.newer_claim_type())


@pytest.mark.parametrize(
    "actor",
    [
        Actor("cat", "council-two", frozenset({Role.REVIEWER})),
        Actor("cat", "council-two", frozenset()),
    ],
)
def test_who_may_not_adopt(world: World, actor: Actor) -> None:
    approved = world.approved(proposed())
    with pytest.raises(NotAllowedError):
        adopt(world, approved, actor)


def test_members_out_of_standing_adopt_nothing(world: World) -> None:
    approved = world.approved(proposed())
    with pytest.raises(OperatorError, match="is not admitted as a service"):
        adopt(world, approved, DEPARTMENT)
    suspend(world, Kind.SERVICE, "council-two")
    with pytest.raises(OperatorError, match="is suspended"):
        adopt(world, approved)


def test_a_suspended_member_s_proposal_is_not_approved(world: World) -> None:
    proposal = world.submit(proposed())
    suspend(world, Kind.SERVICE, "blue-badge")
    with pytest.raises(OperatorError, match="is suspended"):
        world.decide(proposal, approval())


def exported(world: World, actor: Actor, proposal: Proposal) -> dict[str, Any]:
    return export_decision(world.database, actor, proposal.id, authority_id=AUTHORITY, now=NOW)


def test_a_decision_is_exported_with_all_that_its_reviewer_saw(world: World) -> None:
    long = proposed(retention={"days": 400, "text": {"en": "Long", "cy": "Hir"}})
    proposal = world.submit(long)
    assert [one["code"] for one in exported(world, REVIEWER, proposal)["findings"]] == [
        "kept_longer_than_norm"
    ]
    world.decide(proposal, REFUSAL)
    appealed(world, proposal)
    whole = exported(world, SECOND, proposal)
    assert whole["decision"]["reviewer"] == "dan"
    assert [one["code"] for one in whole["decision"]["findings"]] == ["kept_longer_than_norm"]
    assert whole["question"]["retention"]["days"] == 400
    assert whole["appeal"]["text"] == "Namesakes live in one postcode."
    assert "reviewer" not in exported(world, SERVICE, proposal)["decision"]
    with pytest.raises(NotAllowedError):
        exported(world, OTHER, proposal)
