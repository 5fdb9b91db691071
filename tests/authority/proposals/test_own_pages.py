"""The pages on which an organisation proposes and follows what it proposed; refused without a role."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authority.proposals.proposal import State
from tests.authority.network import NOW, VCT
from tests.authority.people.office import HTML, URL
from tests.authority.proposals.office import (
    PROPOSE,
    QUESTION,
    SERVICE,
    ProposalsOffice,
    Writer,
    write_question,
)
from tests.authority.proposals.world import REFUSAL, approval, proposed
from tests.authority.proposals.world import SERVICE as BOB


@pytest.fixture
def office(tmp_path: Path, on_postgres: str) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path, database=on_postgres) as office:
        office.people()
        yield office


def writer(office: ProposalsOffice, name: str = "owen", path: str = PROPOSE) -> Writer:
    return Writer(office.browser(name), path)


def test_a_question_is_written_checked_and_sent(office: ProposalsOffice) -> None:
    owen = writer(office, path=SERVICE)
    assert "Propose a question" in owen.text
    assert owen.open(PROPOSE).status_code == 200
    owen.press("next", **QUESTION)
    assert "Which details you need" in owen.text
    assert "Why you need “English words”, in English" in owen.text
    owen.press("next", **QUESTION)
    assert "Law, time and how to reach you" in owen.text
    owen.press("check", **QUESTION)
    assert "To decide on a badge" in owen.text
    assert "I benderfynu ar fathodyn" in owen.text
    assert "Nothing was found." in owen.text
    owen.press()
    proposal = office.only_proposal()
    assert owen.path == f"{SERVICE}/{proposal.id}"
    question = proposal.question
    assert question is not None
    assert question.reference == "badge@1"
    assert question.paths == {("family_name",)}
    assert question.channels == ("online", "telephone")
    assert "Waits for a reviewer" in owen.text
    assert "18 November 2026" in owen.text


def test_nothing_is_carried_in_the_pages_and_another_way_is_added(office: ProposalsOffice) -> None:
    owen = writer(office)
    owen.press("add", **QUESTION)
    assert "Way 2: all of these together" in owen.text
    assert 'name="alternatives" value="2"' in owen.text
    owen.press("next", **{**QUESTION, "alternatives": "2"})
    hidden = re.findall(r'type="hidden" name="([^"]+)"', owen.text.split("<main")[1])
    assert sorted(hidden) == ["csrf", "revision"]
    owen.press("back", **QUESTION)
    assert re.search(r">A badge</textarea>", owen.text)
    owen.press("next", **QUESTION)
    assert "Mae ffeil" in owen.text


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
    owen = writer(office)
    write_question(owen, until=step)
    owen.press("check" if step == "terms" else "next", **{**QUESTION, **changes})
    assert f'href="#{field}"' in owen.text
    assert f'id="{field}"' in owen.text
    assert "<title>Error: " in owen.text
    assert {"what": "A badge", "details": "There is a file", "terms": "An Act"}[step] in owen.text
    assert owen.text.count("There is a problem") == 1
    owen.press("stay", language="cy", **{**QUESTION, **changes})
    assert '<html lang="cy"' in owen.text
    assert {"what": "A badge", "details": "There is a file", "terms": "An Act"}[step] in owen.text


def test_findings_are_shown_before_it_is_sent_with_what_to_do(office: ProposalsOffice) -> None:
    owen = writer(office)
    write_question(owen, days="400")
    assert "The answer is kept for 400 days. The norm for this purpose is 90." in owen.text
    assert "Keep the answer for a shorter time" in owen.text


def test_what_can_t_be_proposed_is_said_in_both_languages(office: ProposalsOffice) -> None:
    owen = writer(office)
    write_question(owen)
    owen.press()
    owen.open(PROPOSE)
    write_question(owen)
    again = owen.press()
    assert (again.status_code, "Enter a higher version" in again.text) == (422, True)
    assert "<title>Error: " in owen.text
    assert "A badge" in owen.text
    owen.open(SERVICE)
    owen.open(place_of_draft(owen) + "/check")
    owen.press(language="cy")
    assert "Rhowch fersiwn uwch" in owen.text
    said = '<span lang="en">This version is proposed or approved already; raise the version.</span>'
    assert said in owen.text


def place_of_draft(at: Writer) -> str:
    """Where the list of drafts leads."""
    found = re.search(r'href="(/organisations/[^"]+/propose/[a-z-]+/[\w-]+)"', at.text)
    assert found
    return found[1]


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
    assert "<title>Error: " in empty.text
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


def test_a_new_version_begins_with_the_old_one_in_every_step(office: ProposalsOffice) -> None:
    first = office.world.approved(proposed())
    owen = writer(office, path=f"{PROPOSE}?from={first.id}")
    assert re.search(r'id="version"[^>]* value="2"', owen.text)
    assert re.search(rf'value="{VCT}" checked', owen.text)
    owen.press("next", **{**QUESTION, "version": "2"})
    assert re.search(rf'name="ask:family_name"[^>]* value="{VCT}" checked', owen.text)
    owen.open(owen.path.replace("/details", "/terms"))
    assert "team@blue-badge.example" in owen.text


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
        assert browser.post(PROPOSE, {**QUESTION, "go": "next"}).status_code == 403
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


def test_each_page_leads_back_to_where_it_belongs(office: ProposalsOffice) -> None:
    approved = office.world.approved(proposed())
    waiting = office.world.submit(proposed(id="waiting"))
    adopt = f"/organisations/council-two/adopt/{approved.id}"
    owen = writer(office)
    write_question(owen)
    draft = owen.path.removesuffix("/check")
    back = {
        ("owen", "/questions"): "/organisations",
        ("", "/questions"): "/",
        ("", f"/questions/{approved.id}"): "/questions",
        ("carys", adopt): f"/questions/{approved.id}",
        ("owen", SERVICE): "/organisations/blue-badge",
        ("owen", f"{SERVICE}/{waiting.id}"): SERVICE,
        ("owen", f"{draft}/check"): f"{draft}/terms",
        ("owen", f"{draft}/delete"): SERVICE,
        ("rhys", "/proposals"): "/organisations",
        ("rhys", f"/proposals/{waiting.id}"): "/proposals",
    }
    for (name, path), expected in back.items():
        client = office.browser(name).client if name else office.network.client(base_url=URL)
        found = re.findall(
            r'<a class="govuk-back-link[^"]*" href="([^"]+)"', client.get(path, headers=HTML).text
        )
        assert found == [expected], path
    for step, expected in (("terms", f"{draft}/details"), ("details", f"{draft}/what"), ("what", SERVICE)):
        owen.open(f"{draft}/{step}")
        owen.press("back", **QUESTION)
        assert owen.path == expected
