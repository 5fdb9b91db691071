"""The catalogue of approved questions, and adopting one: unchanged, without a review, only by a member."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authority.actors import Role
from authority.member import Kind
from authority.people.store import DecisionRow, Organisation
from authority.proposals import store
from authority.proposals.proposal import Adoption, Proposal
from authority.usecases.keep_network import keep_network
from authority.usecases.set_status import set_status
from protocol.trust_list.members import MemberStatus
from tests.authority.network import DAY, NOW, RANDOM
from tests.authority.people.office import HTML, URL
from tests.authority.people.test_joining import details
from tests.authority.proposals.office import ProposalsOffice, Writer
from tests.authority.proposals.world import approval, proposed

OWN = {
    "email": "team@council-two.example",
    "privacy_policy": "https://council-two.example/privacy",
    "supervisor-email": "help@supervisor.example",
}


@pytest.fixture
def office(tmp_path: Path, on_postgres: str) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path, database=on_postgres) as office:
        office.people()
        yield office


def place(proposal: Proposal, organisation: str = "council-two") -> str:
    return f"/organisations/{organisation}/adopt/{proposal.id}"


def adoptions(office: ProposalsOffice) -> list[Adoption]:
    with office.deps.database.reading() as session:
        return store.read_adoptions(session)


def test_anybody_finds_what_was_approved_by_its_words(office: ProposalsOffice) -> None:
    fare = {"en": "Fare on buses", "cy": "Pris tocyn bŵs"}
    office.world.approved(proposed(id="fare", title=fare))
    office.world.approved(proposed())
    office.world.submit(proposed(id="waiting"))
    client = office.network.client(base_url=URL)

    def found(words: str) -> str:
        return client.get("/questions", params={"q": words}, headers=HTML).text

    assert "Questions: 2" in found("")
    assert "Questions: 1" in found("BUSES fare")
    assert "Questions: 1" in found("bws")
    assert "Questions: 2" in found("blue badge team")
    assert "Questions: 0" in found("nothing of this kind")
    assert "<b>" not in found("<b>")


def test_a_question_says_who_may_adopt_it(office: ProposalsOffice) -> None:
    approved = office.world.approved(proposed())
    path = f"/questions/{approved.id}"
    assert "Adopt for Second council" in office.browser("carys").get(path).text
    assert "This question is your own." in office.browser("owen").get(path).text
    for name in ("dilys", "nobody"):
        page = office.browser(name).get(path).text
        assert "sign in as an owner or technical contact" in page
    page = office.network.client(base_url=URL).get(path, headers=HTML).text
    assert approval().reasons in page
    assert "dan" not in page.split("<main")[1]


def test_what_is_not_approved_is_nobody_s_to_see(office: ProposalsOffice) -> None:
    waiting = office.world.submit(proposed())
    carys = office.browser("carys")
    assert carys.get(f"/questions/{waiting.id}").status_code == 404
    assert carys.get(place(waiting)).status_code == 404
    assert carys.get("/questions/nothing").status_code == 404


def test_a_member_adopts_in_two_pages(office: ProposalsOffice) -> None:
    approved = office.world.approved(proposed())
    carys = office.browser("carys")
    page = html.unescape(carys.get(place(approved)).text)
    assert "Second council will ask badge@1, just as it was approved for Blue Badge team." in page
    assert approval().conditions in page
    answer = carys.post(place(approved), OWN)
    assert answer.headers["location"] == place(approved)
    assert "Second council adopted this question on 18 November 2026." in carys.get(place(approved)).text
    assert "Adopted questions" in carys.get("/organisations/council-two/proposals").text
    keep_network(office.world.network.records, now=NOW, random=RANDOM)
    member = office.world.network.records.find_member(Kind.SERVICE, "council-two")
    assert member is not None
    assert [one.question.reference for one in member.registrations] == ["badge@1"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"privacy_policy": "http://council-two.example/"}, "privacy_policy"),
        ({"supervisor-email": ""}, "supervisor-email"),
        ({"supervisor-uri": "ftp://x.example"}, "supervisor-uri"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    office: ProposalsOffice, changes: dict[str, str], field: str
) -> None:
    approved = office.world.approved(proposed())
    answer = office.browser("carys").post(place(approved), {**OWN, **changes})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert "<title>Error: " in answer.text
    assert adoptions(office) == []


def refused(office: ProposalsOffice, approved: Proposal, name: str = "carys", **where: Any) -> str:
    answer = office.browser(name).post(place(approved, **where), OWN)
    assert answer.status_code == 422
    assert adoptions(office) == []
    return html.unescape(answer.text)


def test_why_it_can_t_be_adopted_is_said_in_words(office: ProposalsOffice) -> None:
    first = office.world.approved(proposed())
    assert "This question is your own." in refused(office, first, "owen", organisation="blue-badge")
    assert "not a member for this yet" in refused(office, first, "dilys", organisation="dwp")
    records = office.world.network.records
    set_status(records, Kind.SERVICE, "council-two", MemberStatus.SUSPENDED, reason="a test", now=NOW)
    assert "is suspended" in refused(office, first)
    set_status(records, Kind.SERVICE, "council-two", MemberStatus.ACTIVE, reason="a test", now=NOW)
    office.world.approved(proposed(version=2))
    assert "Adopt that one" in refused(office, first)
    third = office.world.approved(proposed(id="third"))
    office.world.newer_claim_type()
    assert "can’t be asked like this" in refused(office, third)
    office.clock.advance(101 * DAY)
    assert "The approval has ended" in refused(office, third)


def test_only_who_acts_for_the_member_adopts(office: ProposalsOffice) -> None:
    approved = office.world.approved(proposed())
    office.actor("rod", "council-two", Role.REVIEWER)
    for name in ("owen", "rhys", "nobody", "rod"):
        browser = office.browser(name)
        assert browser.get(place(approved)).status_code == 403
        assert browser.post(place(approved), OWN).status_code == 403
    client = office.network.client(base_url=URL)
    assert client.post(place(approved), data=OWN, headers=HTML).status_code == 401
    assert adoptions(office) == []


def test_forms_of_other_sites_and_sessions_do_nothing(office: ProposalsOffice) -> None:
    approved = office.world.approved(proposed())
    carys = office.browser("carys")
    assert carys.client.post(place(approved), data={**OWN, "csrf": "x"}, headers=HTML).status_code == 403
    assert carys.post(place(approved), OWN, origin="https://evil.example").status_code == 403
    assert adoptions(office) == []


def test_what_was_written_the_last_time_is_there_again(office: ProposalsOffice) -> None:
    first = office.world.approved(proposed())
    second = office.world.approved(proposed(id="second"))
    carys = office.browser("carys")
    carys.post(place(first), OWN)
    assert OWN["privacy_policy"] in carys.get(place(second)).text


def test_an_organisation_s_own_words_are_there_the_first_time(office: ProposalsOffice) -> None:
    approved = office.world.approved(proposed())
    apply(office, contact="team@council-two.example")
    page = office.browser("carys").get(place(approved)).text
    assert 'value="team@council-two.example"' in page
    assert 'value="A supervisor"' in page


def test_who_changed_the_contact_finds_the_new_one(office: ProposalsOffice) -> None:
    first = office.world.approved(proposed())
    second = office.world.approved(proposed(id="second"))
    apply(office, contact="old@council-two.example")
    carys = office.browser("carys")
    carys.post(place(first), {**OWN, "email": "old@council-two.example"})
    apply(office, contact="new@council-two.example")
    for path in (place(first), place(second), "/organisations/council-two/propose/question"):
        draft = Writer(carys, path)
        if path.endswith("question"):
            draft.press("stay", **{"title-en": "Mine"})
            draft.open(draft.path.replace("/what", "/terms"))
        assert 'value="new@council-two.example"' in draft.text, path
        assert "old@" not in draft.text, path
        assert OWN["privacy_policy"] in draft.text, path
    # an address that never was the organisation's contact is this question's own, and stays
    carys.post(place(first), {**OWN, "email": "badges@council-two.example"})
    assert 'value="badges@council-two.example"' in carys.get(place(first)).text


def apply(office: ProposalsOffice, *, contact: str) -> None:
    """The office has an application of the member's, which was admitted with this contact."""
    values = details(id="council-two", contact=contact)
    row = Organisation(id="council-two", state="admitted", details=values.model_dump_json(), changed_at=NOW)
    decision = DecisionRow(
        organisation_id="council-two",
        state="admitted",
        reason="All was checked.",
        details=row.details,
        person_id="rhys",
        decided_at=NOW,
        applied_at=NOW,
    )
    with office.world.database.unit() as session:
        if session.get(Organisation, row.id) is None:
            session.add(decision)
        session.merge(row)
        session.commit()
