"""The reviewers' pages: what waits, one proposal with all that it is judged by, and the decision about it."""

import html
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from authority.actors import Role
from authority.proposals.proposal import Proposal, State
from authority.usecases.appeal_decision import appeal_decision
from tests.authority.network import DAY, NOW, WORDS, claim_type
from tests.authority.people.office import HTML
from tests.authority.proposals.office import ProposalsOffice
from tests.authority.proposals.world import DEPARTMENT, OTHER, REFUSAL, SERVICE, approval, proposed

UNTIL = {"until-day": "1", "until-month": "6", "until-year": "2027"}
APPROVE = {"about": "proposal", "decision": "approve", "reasons": "No more than is needed.", **UNTIL}
REFUSE = {"about": "proposal", "decision": "refuse", "reasons": "The postcode would do."}
LONG = {"days": 400, "text": WORDS}


@pytest.fixture
def office(tmp_path: Path, on_postgres: str) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path, database=on_postgres) as office:
        office.people()
        yield office


def page_of(office: ProposalsOffice, proposal: Proposal, name: str = "rhys") -> str:
    """As it reads, without the entities."""
    return html.unescape(office.browser(name).get(f"/proposals/{proposal.id}").text)


def decide(office: ProposalsOffice, proposal: Proposal, form: dict[str, Any], name: str = "rhys") -> Any:
    return office.browser(name).post(f"/proposals/{proposal.id}/decision", form)


def test_the_longest_waiting_comes_first_and_appeals_are_marked(office: ProposalsOffice) -> None:
    refused = office.world.decide(office.world.submit(proposed(id="refused"), now=NOW - 10), REFUSAL)
    office.world.submit(proposed(id="newer"), now=NOW + 20)
    office.world.submit(proposed(id="older"), now=NOW)
    appeal_decision(office.world.database, SERVICE, refused.id, "Look again.", now=NOW + 10)
    page = office.browser("rhys").get("/proposals").text
    assert page.index("older@1") < page.index("refused@1") < page.index("newer@1")
    assert page.count("Appealed") == 1
    assert "Blue Badge team" in page


def test_a_proposal_is_shown_with_all_that_it_is_judged_by(office: ProposalsOffice) -> None:
    office.world.approved(proposed(id="frugal", title={"en": "Frugal", "cy": "Cynnil"}))
    proposal = office.world.submit(proposed(id="greedy", retention=LONG), OTHER)
    page = page_of(office, proposal)
    assert "Second council" in page
    assert "The answer is kept for 400 days. The norm for this purpose is 90." in page
    assert "How it differs from frugal@1, approved for the same purpose" in page
    assert "<del>90</del>" in page
    assert "<ins>400</ins>" in page
    assert "published in the public log for good" in page


def test_a_new_version_is_compared_with_the_one_before(office: ProposalsOffice) -> None:
    office.world.approved(proposed())
    second = office.world.submit(proposed(["family_name"], version=2))
    page = page_of(office, second)
    assert "What changed since badge@1" in page
    assert "<del>English words</del>" not in page.split("<ins>")[0].split("What changed")[0]


def test_it_is_approved_with_reasons_conditions_and_an_end(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    answer = decide(office, proposal, APPROVE | {"conditions": "Officers are trained."})
    assert answer.headers["location"] == f"/proposals/{proposal.id}"
    decided = office.only_proposal()
    assert (decided.state, decided.final and decided.final.conditions) == (
        State.APPROVED,
        "Officers are trained.",
    )
    page = page_of(office, proposal)
    assert "1 June 2027" in page
    assert "Your decision" not in page


def test_a_claim_type_is_decided_on_without_an_end(office: ProposalsOffice) -> None:
    proposal = office.world.submit(claim_type(version=2, statement={"en": "New", "cy": "Newydd"}), DEPARTMENT)
    page = page_of(office, proposal)
    assert "A service must see that the claim belongs to the person." in page
    form = {**APPROVE, "until-day": "", "until-month": "", "until-year": ""}
    assert decide(office, proposal, form).status_code == 303
    assert office.only_proposal().approved_until is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"decision": ""}, "decision"),
        ({"reasons": " "}, "reasons"),
        ({"until-month": "13"}, "until"),
        ({"until-day": "", "until-month": "", "until-year": ""}, "until"),
        ({}, "answer:kept_longer_than_norm"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    office: ProposalsOffice, changes: dict[str, str], field: str
) -> None:
    proposal = office.world.submit(proposed(retention=LONG))
    answer = decide(office, proposal, {**APPROVE, **changes, "conditions": "These stay."})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert "These stay." in answer.text
    assert office.only_proposal() == proposal


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"until-year": "2026", "until-day": "1"}, "Enter a day after today, and within five years"),
        ({"until-year": "2036"}, "Enter a day after today, and within five years"),
        ({"reasons": "x" * 4001}, "Shorten your texts"),
    ],
)
def test_what_may_not_be_decided_is_said_in_words(
    office: ProposalsOffice, changes: dict[str, str], text: str
) -> None:
    proposal = office.world.submit(proposed())
    answer = decide(office, proposal, {**APPROVE, **changes})
    assert (answer.status_code, text in answer.text) == (422, True)
    assert office.only_proposal() == proposal


def test_each_serious_finding_is_answered(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed(retention=LONG))
    assert decide(office, proposal, APPROVE | {"answer:kept_longer_than_norm": "A court."}).status_code == 303
    assert "The reviewer’s answer: A court." in page_of(office, proposal)


def test_of_two_reviewers_the_other_sees_the_decision_and_what_they_wrote(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    assert decide(office, proposal, REFUSE, "rhys").status_code == 303
    late = decide(office, proposal, APPROVE | {"conditions": "My long thoughts."}, "ruth")
    assert late.status_code == 409
    page = html.unescape(late.text)
    assert "Something was decided meanwhile" in page
    assert "The postcode would do." in page
    assert "My long thoughts." in page
    assert "No more than is needed." in page
    assert office.only_proposal().state is State.REFUSED


def test_of_two_reviewers_at_once_one_wins_and_loses_nothing(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    browsers = {name: office.browser(name) for name in ("rhys", "ruth")}
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda name: browsers[name].post(
                    f"/proposals/{proposal.id}/decision", REFUSE | {"reasons": f"The reasons of {name}."}
                ),
                browsers,
            )
        )
    assert sorted(one.status_code for one in answers) == [303, 409]
    (loser,) = [one for one in answers if one.status_code == 409]
    assert {"The reasons of rhys.", "The reasons of ruth."} <= {
        text for text in ("The reasons of rhys.", "The reasons of ruth.") if text in loser.text
    }


def test_an_appeal_is_decided_by_another(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    decide(office, proposal, REFUSE, "rhys")
    appeal_decision(office.world.database, SERVICE, proposal.id, "Namesakes live there.", now=NOW)
    assert "Another reviewer has to decide." in page_of(office, proposal, "rhys")
    assert decide(office, proposal, APPROVE | {"about": "appeal"}, "rhys").status_code == 403
    page = page_of(office, proposal, "ruth")
    assert "Decide on the appeal" in page
    assert "Namesakes live there." in page
    # a page from before the appeal decides nothing
    assert decide(office, proposal, APPROVE, "ruth").status_code == 409
    assert decide(office, proposal, APPROVE | {"about": "appeal"}, "ruth").status_code == 303
    assert office.only_proposal().state is State.APPROVED
    assert "The appeal was allowed." in page_of(office, proposal)


def test_who_acts_for_the_organisation_can_t_decide(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    office.actor("rhys", "blue-badge", Role.TECHNICAL)
    assert "Another reviewer has to decide." in page_of(office, proposal)
    assert decide(office, proposal, APPROVE).status_code == 403
    assert office.only_proposal() == proposal


def test_only_reviewers_see_and_decide(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    path = f"/proposals/{proposal.id}"
    for name in ("owen", "carys", "nobody"):
        browser = office.browser(name)
        for one in ("/proposals", path, f"{path}/decision.json"):
            assert browser.get(one).status_code == 403
        assert browser.post(f"{path}/decision", APPROVE).status_code == 403
    assert office.only_proposal() == proposal
    assert office.browser("rhys").get(f"{path}/decision.json").json()["id"] == proposal.id
    assert office.browser("rhys").get("/proposals/nothing").status_code == 404


def test_forms_of_other_sites_and_sessions_do_nothing(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    rhys = office.browser("rhys")
    path = f"/proposals/{proposal.id}/decision"
    assert rhys.client.post(path, data={**APPROVE, "csrf": "x"}, headers=HTML).status_code == 403
    assert rhys.post(path, APPROVE, origin="https://evil.example").status_code == 403
    assert office.only_proposal() == proposal


def test_a_superseded_claim_type_is_said_in_words(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    office.world.newer_claim_type()
    answer = decide(office, proposal, APPROVE)
    assert answer.status_code == 422
    assert "can’t be asked like this" in html.unescape(answer.text)
    assert "No more than is needed." in answer.text


def test_no_text_of_a_member_becomes_markup_and_nothing_of_it_is_logged(office: ProposalsOffice) -> None:
    hostile = {"en": "<b id=owned>canary", "cy": "<i>canary"}
    proposal = office.world.submit(proposed(title=hostile, purpose=hostile, law=hostile))
    page = office.browser("rhys").get(f"/proposals/{proposal.id}").text
    assert "<b id=owned>" not in page
    decide(office, proposal, REFUSE | {"reasons": "canary"})
    assert "canary" not in office.printed.getvalue()
    assert "proposal_decided" in office.printed.getvalue()


def test_what_ends_is_told(office: ProposalsOffice) -> None:
    proposal = office.world.approved(proposed(), expires_at=NOW + DAY)
    assert approval().reasons in page_of(office, proposal)
    assert "Takes effect within the hour" in page_of(office, proposal)
