"""The pages on which an organisation proposes and follows what it proposed; refused without a role."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authority.proposals.proposal import State
from tests.authority.network import NOW, VCT
from tests.authority.people.office import HTML, Browser
from tests.authority.proposals.office import PROPOSE, QUESTION, SERVICE, ProposalsOffice
from tests.authority.proposals.world import REFUSAL, approval, proposed
from tests.authority.proposals.world import SERVICE as BOB


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path) as office:
        office.people()
        yield office


def sent(browser: Browser, go: str, *, step: str = "terms", **changes: Any) -> Any:
    return browser.post(PROPOSE, {**QUESTION, **changes, "step": step, "go": go})


def test_a_question_is_written_checked_and_sent(office: ProposalsOffice) -> None:
    owen = office.browser("owen")
    assert "Propose a question" in owen.get(SERVICE).text
    assert owen.get(PROPOSE).status_code == 200
    first = sent(owen, "next", step="what")
    assert (first.status_code, "Which details you need" in first.text) == (200, True)
    assert "Why you need “English words”, in English" in first.text
    last = sent(owen, "next", step="details")
    assert "Law, time and how to reach you" in last.text
    checked = sent(owen, "check")
    assert "To decide on a badge" in checked.text
    assert "I benderfynu ar fathodyn" in checked.text
    assert "Nothing was found." in checked.text
    answer = sent(owen, "submit")
    proposal = office.only_proposal()
    assert answer.headers["location"] == f"{SERVICE}/{proposal.id}"
    question = proposal.question
    assert question is not None
    assert question.reference == "badge@1"
    assert question.paths == {("family_name",)}
    assert question.channels == ("online", "telephone")
    page = owen.get(f"{SERVICE}/{proposal.id}").text
    assert "Waits for a reviewer" in page
    assert "18 November 2026" in page


def test_each_step_carries_what_the_others_have(office: ProposalsOffice) -> None:
    owen = office.browser("owen")
    page = sent(owen, "next", step="what").text
    for name in ("title-en", "law-cy", "claim-1"):
        assert f'type="hidden" name="{name}"' in page
    assert 'type="hidden" name="match-en"' not in page
    back = sent(owen, "back", step="details").text
    assert re.search(r'value="A badge"|>A badge<', back)
    assert 'type="hidden" name="match-en"' in back
    added = sent(owen, "add", step="what").text
    assert "Way 2: all of these together" in added
    assert 'name="alternatives" value="2"' in added


@pytest.mark.parametrize(
    ("step", "changes", "field"),
    [
        ("what", {"title-cy": ""}, "title-cy"),
        ("what", {"id": "Not so"}, "id"),
        ("what", {"version": "0"}, "version"),
        ("what", {"purpose_code": "curiosity"}, "purpose_code"),
        ("what", {"claim-1": []}, "claim-1"),
        ("details", {"why-cy:family_name": ""}, "why-cy:family_name"),
        ("details", {"match": ""}, "match"),
        ("details", {"optional:family_name": "yes"}, "asked"),
        ("terms", {"privacy_policy": "http://blue-badge.example/privacy"}, "privacy_policy"),
        ("terms", {"email": ""}, "email"),
        ("terms", {"days": "many"}, "days"),
        ("terms", {"channel": []}, "channel"),
        ("terms", {"objection-en": " "}, "objection-en"),
        ("terms", {"supervisor-email": ""}, "supervisor-email"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    office: ProposalsOffice, step: str, changes: dict[str, Any], field: str
) -> None:
    answer = sent(office.browser("owen"), "check" if step == "terms" else "next", step=step, **changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert "A badge" in answer.text
    assert "Mae ffeil" in answer.text
    assert answer.text.count("There is a problem") == 1


def test_findings_are_shown_before_it_is_sent_with_what_to_do(office: ProposalsOffice) -> None:
    page = sent(office.browser("owen"), "check", days="400").text
    assert "The answer is kept for 400 days. The norm for this purpose is 90." in page
    assert "Keep the answer for a shorter time" in page


def test_what_can_t_be_proposed_is_said_in_both_languages(office: ProposalsOffice) -> None:
    owen = office.browser("owen")
    sent(owen, "submit")
    again = sent(owen, "submit")
    assert (again.status_code, "Enter a higher version" in again.text) == (422, True)
    welsh = owen.client.post(PROPOSE + "?lang=cy", data=_marked(owen, "submit"), headers=HTML).text
    assert "Rhowch fersiwn uwch" in welsh
    assert '<span lang="en">This version is proposed or approved already; raise the version.</span>' in welsh


def _marked(browser: Browser, go: str) -> dict[str, Any]:
    mark = re.search(r'name="csrf" value="([^"]+)"', browser.get("/").text)
    assert mark
    return {**QUESTION, "csrf": mark[1], "step": "terms", "go": go}


def test_a_refusal_is_read_appealed_against_and_exported(office: ProposalsOffice) -> None:
    owen = office.browser("owen")
    proposal = office.world.submit(proposed())
    office.world.decide(proposal, REFUSAL)
    path = f"{SERVICE}/{proposal.id}"
    page = owen.get(path).text
    assert "A reviewer refused it" in page
    assert REFUSAL.reasons in page
    assert "dan" not in page.split("<main")[1]
    empty = owen.post(f"{path}/appeal", {"text": " "})
    assert (empty.status_code, "Enter why it should be looked at again" in empty.text) == (422, True)
    assert owen.post(f"{path}/appeal", {"text": "Namesakes live there."}).status_code == 303
    page = owen.get(path).text
    assert "Another reviewer looks at it again" in page
    assert "Namesakes live there." in page
    assert owen.post(f"{path}/appeal", {"text": "Again."}).status_code == 409
    exported = owen.get(f"{path}/decision.json").json()
    assert exported["decision"]["reasons"] == REFUSAL.reasons
    assert "reviewer" not in exported["decision"]


def test_it_is_withdrawn_before_a_decision_and_not_after(office: ProposalsOffice) -> None:
    owen = office.browser("owen")
    proposal = office.world.submit(proposed())
    assert owen.post(f"{SERVICE}/{proposal.id}/withdraw").status_code == 303
    assert office.only_proposal().state is State.WITHDRAWN
    second = office.world.approved(proposed())
    refused = owen.post(f"{SERVICE}/{second.id}/withdraw")
    assert (refused.status_code, "Something was decided meanwhile" in refused.text) == (409, True)
    assert approval().conditions in refused.text


def test_a_new_version_begins_with_the_old_one(office: ProposalsOffice) -> None:
    first = office.world.approved(proposed())
    owen = office.browser("owen")
    page = owen.get(f"{PROPOSE}?from={first.id}").text
    assert 'name="version" type="text" value="2"' in page or 'value="2"' in page
    assert f'value="{VCT}" checked' in page or "checked" in page
    fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    assert ("ask:family_name", VCT) in fields


def test_what_the_form_can_t_say_goes_on_as_a_file(office: ProposalsOffice) -> None:
    """A claim that one way asks for more of than another: the form would ask for the most in both."""
    bare = {"claim": VCT, "attributes": []}
    named = {"claim": VCT, "attributes": [["family_name"], ["address", "postal_code"]]}
    first = office.world.approved(proposed(any_of=[{"all_of": [bare]}, {"all_of": [named]}]))
    owen = office.browser("owen")
    answer = owen.get(f"{PROPOSE}?from={first.id}")
    assert answer.headers["location"] == f"/organisations/blue-badge/propose/file?from={first.id}"
    page = html.unescape(owen.get(answer.headers["location"]).text)
    assert '"version": 2' in page
    assert '"attributes": []' in page


def test_only_its_own_people_see_and_change_an_organisation_s_proposals(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    for name in ("carys", "rhys", "nobody"):
        browser = office.browser(name)
        for path in (SERVICE, f"{SERVICE}/{proposal.id}", f"{SERVICE}/{proposal.id}/decision.json", PROPOSE):
            assert browser.get(path).status_code == 403
        assert sent(browser, "submit").status_code == 403
        for verb in ("withdraw", "appeal"):
            assert browser.post(f"{SERVICE}/{proposal.id}/{verb}", {"text": "x"}).status_code == 403
    # another organisation's under one's own address
    own = "/organisations/council-two/proposals"
    assert office.browser("carys").get(f"{own}/{proposal.id}").status_code == 404
    assert office.browser("carys").post(f"{own}/{proposal.id}/withdraw").status_code == 404
    assert office.only_proposal() == proposal


def test_forms_of_other_sites_and_sessions_do_nothing(office: ProposalsOffice) -> None:
    owen = office.browser("owen")
    proposal = office.world.submit(proposed())
    for path in (f"{SERVICE}/{proposal.id}/withdraw", PROPOSE):
        plain = owen.client.post(path, data={**QUESTION, "go": "submit", "csrf": "x"}, headers=HTML)
        assert plain.status_code == 403
        assert owen.post(path, {"go": "submit"}, origin="https://evil.example").status_code == 403
    assert office.only_proposal() == proposal


def test_without_a_session_one_signs_in_first(office: ProposalsOffice) -> None:
    client = office.network.client(base_url="http://localhost:8405")
    assert client.get(SERVICE, headers=HTML).status_code == 401


def test_the_list_says_how_each_stands(office: ProposalsOffice) -> None:
    office.world.approved(proposed())
    office.world.submit(proposed(id="other"), BOB, NOW + 60)
    page = office.browser("owen").get(SERVICE).text
    assert page.index("other@1") < page.index("badge@1")
    assert "Approved" in page
    assert "Waits for a decision" in page
    assert "Propose a claim type" not in page
    assert "Propose a claim type" in office.browser("dilys").get("/organisations/dwp/proposals").text
