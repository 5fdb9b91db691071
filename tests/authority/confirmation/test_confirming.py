"""A reviewer signs in for a decision, and it is done; nothing else is."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from authority.cli import app
from authority.confirmation.document import digest_of, nonce_of
from authority.confirmation.store import Confirmation, PendingDecision, Verified
from authority.member import Kind, Member
from authority.people.change import change_member, find_change
from authority.people.store import DecisionRow
from authority.proposals import store as proposals
from authority.proposals.proposal import Proposal, State
from authority.settings import AuthoritySettings
from authority.usecases.adopt_question import adopt_question
from authority.usecases.appeal_decision import appeal_decision
from authority.usecases.set_status import set_status
from protocol.trust_list.members import MemberStatus
from tests.authority.confirmation.office import ADMIT, ConfirmedOffice
from tests.authority.network import DAY
from tests.authority.people.office import HTML, Office
from tests.authority.people.test_changing import owner
from tests.authority.people.test_joining import REASON, details
from tests.authority.proposals.test_review_pages import REFUSE, UNTIL
from tests.authority.proposals.world import OTHER, OWN, SERVICE, proposed

APPROVE = {"about": "proposal", "decision": "approve", "reasons": "No more than is needed.", **UNTIL}
SUSPEND = {"decision": "suspended", "seen": "admitted", "reason": REASON}
READMIT = {"decision": "admitted", "seen": "suspended", "reason": REASON}


def council(office: ConfirmedOffice) -> Member | None:
    return office.world.network.records.find_member(Kind.SERVICE, "council")


def submitted(office: ConfirmedOffice) -> Proposal:
    return office.world.submit(proposed(), now=office.clock.now())


def stored(office: ConfirmedOffice, proposal: Proposal) -> Proposal:
    with office.world.database.reading() as session:
        return proposals.find_proposal(session, proposal.id)


def test_who_decides_signs_in_for_it(office: ConfirmedOffice) -> None:
    office.applied()
    rhys = office.reviewer("rhys")
    assert "You sign in once more to confirm it." in rhys.get("/reviews/council")
    pressed = rhys.press("/reviews/council", ADMIT)
    assert office.rows(DecisionRow) == []
    (pending,) = office.rows(PendingDecision)
    asked = parse_qs(urlsplit(pressed.headers["location"]).query)
    assert asked["nonce"] == [nonce_of(pending.document)]
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert asked["code_challenge_method"] == ["S256"]
    back = rhys.browser.get(rhys.signs_in(pressed), headers=HTML)
    assert (back.status_code, back.headers["location"]) == (303, "/reviews/council")
    assert office.rows(PendingDecision) == []
    (row,) = office.rows(DecisionRow)
    assert (row.state, row.reason, row.decided_at) == ("admitted", REASON, office.clock.now())
    assert office.confirmation().id_token
    assert office.keep() == ["council: admitted"]
    assert office.keep() == []
    member = council(office)
    assert member is not None
    assert member.takes_part


def test_the_id_token_is_nowhere_and_goes_when_it_was_verified(office: ConfirmedOffice) -> None:
    office.applied()
    rhys = office.reviewer("rhys")
    rhys.admit()
    token = office.confirmation().id_token or "none"
    exported = rhys.get("/organisations/council/decisions.json")
    office.keep()
    row = office.confirmation()
    assert (row.id_token, row.problem, row.digest) == (None, None, digest_of(row.document))
    network = office.world.network
    everywhere = [*network.state().values(), exported.encode(), office.printed.getvalue().encode()]
    for part in token.split("."):
        assert not any(part.encode() in one for one in everywhere)
    state = network.state().items()
    assert [name for name, one in state if b"rhys" in one] == ["authority.yaml"]


def test_every_kind_of_decision(office: ConfirmedOffice) -> None:
    office.applied()
    rhys, ruth = office.reviewer("rhys"), office.reviewer("ruth")
    rhys.admit()
    assert office.keep() == ["council: admitted"]
    with office.world.database.reading() as session:
        assert find_change(session, "council") is None
    new = details(name={"en": "New name", "cy": "Enw newydd"}, addresses={"service": "https://n.example"})
    with office.world.database.reading() as session:
        row = office.rows(DecisionRow)[0]
    shown = details(**_seen(row)).seen.fingerprint
    change_member(office.deps, owner(office), new, shown=shown)
    with office.world.database.reading() as session:
        change = find_change(session, "council")
    assert change is not None
    form = {"decision": "approve", "change": change.id, "reason": REASON}
    assert ruth.decide("/reviews/council/change", form).status_code == 303
    assert ruth.decide("/reviews/council", SUSPEND).status_code == 303
    assert office.keep() == ["council: changed", "council: suspended"]
    assert rhys.decide("/reviews/council", READMIT).status_code == 303
    assert office.keep() == ["council: admitted"]
    member = council(office)
    assert member is not None
    assert (member.name.en, member.status) == ("New name", MemberStatus.ACTIVE)


def _seen(row: DecisionRow) -> dict[str, object]:
    read = details().model_validate_json(row.details)
    return {"name": read.name, "addresses": read.addresses}


def test_an_approval_is_registered_and_adopted(office: ConfirmedOffice) -> None:
    proposal = submitted(office)
    rhys = office.reviewer("rhys")
    answer = rhys.decide(f"/proposals/{proposal.id}/decision", APPROVE)
    assert (answer.status_code, stored(office, proposal).state) == (303, State.APPROVED)
    assert office.keep() == ["approved badge@1"]
    adopt_question(office.world.database, OTHER, proposal.id, OWN, now=office.clock.now())
    assert office.keep() == ["registered badge@1 for council-two"]
    assert office.confirmation().id_token is None
    assert "Not confirmed" not in rhys.get(f"/proposals/{proposal.id}")


def test_a_refusal_and_the_appeal_against_it(office: ConfirmedOffice) -> None:
    proposal, rhys = submitted(office), office.reviewer("rhys")
    path = f"/proposals/{proposal.id}/decision"
    assert rhys.decide(path, REFUSE).status_code == 303
    assert office.keep() == []
    appeal_decision(office.world.database, SERVICE, proposal.id, "Look again.", now=office.clock.now())
    assert office.reviewer("ruth").decide(path, {**APPROVE, "about": "appeal"}).status_code == 303
    assert office.keep() == ["approved badge@1"]
    assert all(one.id_token is None for one in office.rows(Confirmation))


def test_what_is_wrong_is_said_before_anybody_signs_in(office: ConfirmedOffice) -> None:
    office.applied()
    proposal, rhys = submitted(office), office.reviewer("rhys")
    assert rhys.press("/reviews/council", {**ADMIT, "reason": "short"}).status_code == 422
    assert rhys.press("/reviews/council", {**ADMIT, "seen": "suspended"}).status_code == 409
    assert rhys.press(f"/proposals/{proposal.id}/decision", {**APPROVE, "reasons": ""}).status_code == 422
    assert office.rows(PendingDecision) == []


def test_somebody_else_comes_back(office: ConfirmedOffice) -> None:
    office.applied()
    rhys = office.reviewer("rhys")
    back = rhys.signs_in(rhys.press("/reviews/council", ADMIT), "ruth")
    answer = rhys.browser.get(back, headers=HTML)
    assert answer.status_code == 403
    assert "Somebody else signed in" in answer.text
    assert office.rows(DecisionRow) == []


def test_the_way_back_is_good_once_and_in_the_browser_that_asked(office: ConfirmedOffice) -> None:
    office.applied()
    rhys = office.reviewer("rhys")
    back = rhys.signs_in(rhys.press("/reviews/council", ADMIT))
    assert office.reviewer("rhys").browser.get(back, headers=HTML).status_code == 401
    assert rhys.browser.get(back, headers=HTML).status_code == 303
    assert rhys.browser.get(back, headers=HTML).status_code == 401
    assert len(office.rows(DecisionRow)) == 1


def test_who_comes_back_too_late(office: ConfirmedOffice) -> None:
    office.applied()
    rhys = office.reviewer("rhys")
    back = rhys.signs_in(rhys.press("/reviews/council", ADMIT))
    office.clock.advance(600)
    answer = rhys.browser.get(back, headers=HTML)
    assert answer.status_code == 410
    assert "This decision is over" in answer.text
    assert office.rows(DecisionRow) == []


def test_of_two_reviewers_the_second_is_told(office: ConfirmedOffice) -> None:
    office.applied()
    rhys, ruth = office.reviewer("rhys"), office.reviewer("ruth")
    first, second = rhys.press("/reviews/council", ADMIT), ruth.press("/reviews/council", ADMIT)
    assert ruth.browser.get(ruth.signs_in(second), headers=HTML).status_code == 303
    assert rhys.browser.get(rhys.signs_in(first), headers=HTML).status_code == 409
    assert len(office.rows(DecisionRow)) == len(office.rows(Confirmation)) == 1


def test_a_proposal_that_was_decided_meanwhile(office: ConfirmedOffice) -> None:
    proposal, rhys, ruth = submitted(office), office.reviewer("rhys"), office.reviewer("ruth")
    path = f"/proposals/{proposal.id}/decision"
    pressed = rhys.press(path, APPROVE)
    ruth.decide(path, REFUSE)
    answer = rhys.browser.get(rhys.signs_in(pressed), headers=HTML)
    assert answer.status_code == 409
    assert "No more than is needed." in answer.text  # what they had written
    assert stored(office, proposal).state is State.REFUSED


def test_what_changed_meanwhile_is_not_decided(office: ConfirmedOffice) -> None:
    office.applied()
    rhys = office.reviewer("rhys")
    rhys.admit()
    office.keep()
    pressed = rhys.press("/reviews/council", SUSPEND)
    row = office.rows(DecisionRow)[0]
    new = details(**_seen(row), contact="other@council.example")
    change_member(office.deps, owner(office), new, shown=new.seen.fingerprint)
    answer = rhys.browser.get(rhys.signs_in(pressed), headers=HTML)
    assert answer.status_code == 409
    assert "It has changed meanwhile" in answer.text
    assert len(office.rows(DecisionRow)) == 1


def test_the_operators_own_decisions_need_no_sign_in(office: ConfirmedOffice) -> None:
    office.applied()
    rhys = office.reviewer("rhys")
    rhys.admit()
    office.keep()
    rhys.decide("/reviews/council", SUSPEND)
    rhys.decide("/reviews/council", READMIT)  # both still to be done when the operator suspends
    office.clock.advance(1)
    records = office.world.network.records
    args = (records, Kind.SERVICE, "council", MemberStatus.SUSPENDED)
    set_status(*args, reason="It kept answers.", now=office.clock.now())
    office.keep()
    member = council(office)
    assert member is not None
    assert member.status is MemberStatus.SUSPENDED
    operators = office.rows(DecisionRow)[-1]
    assert (operators.person_id, operators.problem) == ("operator", None)
    assert operators.applied_at


def test_the_keeper_says_once_that_nothing_is_confirmed(tmp_path: Path, office: ConfirmedOffice) -> None:
    said = "Decisions are not confirmed"
    directory = office.world.network.directory
    command = ["keep", "--once", "--directory", str(directory)]
    assert said not in CliRunner().invoke(app, command).output
    records = office.world.network.records
    records.save_settings(records.settings().model_copy(update={"reviewers": None}))
    assert CliRunner().invoke(app, command).output.count(said) == 1


def test_a_round_of_the_real_keeper(office: ConfirmedOffice) -> None:
    """`pdx authority keep --once`, as cron starts it, from the settings file on."""
    office.applied()
    office.reviewer("rhys").admit()
    command = ["keep", "--once", "--directory", str(office.world.network.directory)]
    run = CliRunner().invoke(app, command)
    assert "Done: council: admitted." in run.output
    assert council(office)


def test_without_the_settings_nothing_is_asked(office: ConfirmedOffice) -> None:
    """And with the operator's list alone nothing is done: the office has to send its reviewers."""
    settings = office.settings.model_copy(update={"confirm_decisions": False})
    object.__setattr__(office.deps, "settings", settings)
    office.applied()
    rhys = office.reviewer("rhys")
    assert rhys.press("/reviews/council", ADMIT).status_code == 303
    (said,) = office.keep()
    assert said.startswith("council: admitted could not be done: not confirmed: no reviewer signed in")
    assert "Not confirmed, and not put into effect." in rhys.get("/reviews/council")


def test_the_settings_that_can_be() -> None:
    base = {"name": {"en": "A", "cy": "B"}, "base_url": "https://network.example"}
    good = {"issuer": "https://login.example", "client_id": "office", "addresses": ["rhys@example.org"]}
    assert AuthoritySettings.model_validate({**base, "reviewers": good}).reviewers
    for change, text in (
        ({"addresses": []}, "name the reviewers"),
        ({"addresses": ["Rhys@example.org"]}, "small letters"),
        ({"issuer": "http://localhost:1"}, "must begin with https"),
    ):
        with pytest.raises(ValueError, match=text):
            AuthoritySettings.model_validate({**base, "reviewers": {**good, **change}})


def test_the_office_needs_a_provider_for_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="confirm_decisions needs oidc"):
        Office(tmp_path, database=f"sqlite:///{tmp_path}/x.sqlite", oidc=None, confirm_decisions=True)


def test_a_verified_document_is_used_for_one_thing(office: ConfirmedOffice) -> None:
    office.applied()
    office.reviewer("rhys").admit()
    office.keep()
    (verified,) = office.rows(Verified)
    (row,) = office.rows(DecisionRow)
    assert (verified.used_for, verified.subject) == (f"decision {row.id}", "member council")
    assert office.clock.now() + DAY > verified.decided_at
