"""The office's pages against somebody who is signed in, and means it no good."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authority.actors import Role
from authority.enrolment.links import make_link
from authority.member import Kind
from authority.office.app import ROUTERS
from authority.proposals.question_form import QuestionForm
from protocol.registration.claim_type import ClaimType
from tests.authority.network import WORDS, claim_type
from tests.authority.people.office import HTML, URL
from tests.authority.people.test_joining import COUNCIL, REASON, applied
from tests.authority.proposals.office import ProposalsOffice
from tests.authority.proposals.world import proposed

#: What anybody may read, and what whoever is signed in may begin.
PUBLIC = {"/", "/enrol", "/questions", "/sign-in", "/organisations", "/apply"}
OWN = {"/apply", "/sign-out"}
#: Refused for what the form lacks, or since no letters are sent, before anything is looked up.
UNLOOKED = {f"/reviews/{COUNCIL}", "/reviews/blue-badge"} | {
    f"/organisations/{one}/invitations" for one in (COUNCIL, "blue-badge")
}
#: As much of every form as lets it go on to the question of who sent it.
FORM = {
    "reason": REASON,
    "reasons": REASON,
    "decision": "approve",
    "seen": "applied",
    "after": "0",
    "kind": "question",
    "text": "{}",
    "go": "submit",
    "role": "owner",
    "email": "a@b.example",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path) as office:
        office.people()
        yield office


class Counted(dict[str, ClaimType]):
    """A catalogue that counts how often it is looked into."""

    lookups = 0

    def __getitem__(self, vct: str) -> ClaimType:
        self.lookups += 1
        return super().__getitem__(vct)


def wide(number: int) -> ClaimType:
    """A claim type with attributes that no other one has."""
    attributes: list[dict[str, Any]] = [
        {
            "path": [f"a{number}_{n}"],
            "title": WORDS,
            "justification": "A service must see it to decide at all.",
        }
        for n in range(20)
    ]
    return claim_type(id=f"wide-{number}", attributes=attributes)


def test_a_form_that_chooses_every_claim_type_costs_no_more_than_its_fields() -> None:
    catalogue = Counted({one.vct: one for one in map(wide, range(20))})
    pairs = [("alternatives", "32")]
    pairs += [(f"claim-{way}", vct) for way in range(1, 6) for vct in catalogue]
    pairs += [(f"ask:{path}", vct) for vct, one in catalogue.items() for (path,) in one.paths]
    QuestionForm(pairs, catalogue).read()
    assert catalogue.lookups < len(pairs)


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "utf-16"])
def test_whoever_uploads_a_file_does_not_say_how_it_is_read(office: ProposalsOffice, charset: str) -> None:
    # 250 kB of punycode took six seconds, in which nobody else was answered
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\naaa-aaa\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; Charset={charset}"
    answer = office.browser("stranger").client.post(
        "/organisations/dwp/propose/file", content=part, headers={**HTML, "content-type": kind}
    )
    assert answer.status_code == 400


def addresses(method: str, **known: str) -> Iterator[str]:
    """Every page of the office, for one organisation and its proposal."""
    for route in (one for router in ROUTERS for one in router.routes):
        path = str(getattr(route, "path", ""))
        if method in getattr(route, "methods", ()) and not path.startswith("/api/"):
            yield re.sub(r"{(\w+)}", lambda name: known.get(name[1], "x"), path)


@pytest.mark.parametrize("organisation", ["blue-badge", COUNCIL])
@pytest.mark.parametrize("name", ["mallory", "carys", "tom"])
def test_nobody_reads_or_changes_what_is_another_organisation_s(
    office: ProposalsOffice, organisation: str, name: str
) -> None:
    proposal = office.world.submit(proposed())
    applied(office)
    office.actor("tom", "council-two", Role.OWNER)
    browser = office.browser(name)
    known = {"organisation_id": organisation, "proposal_id": proposal.id}
    for path in addresses("GET", **known):
        answer = browser.get(path)
        is_led_on = answer.status_code == 303 and not answer.text  # after a change of language
        assert is_led_on or path in PUBLIC or answer.status_code in {401, 403, 404, 410}, path
    posted = [path for path in addresses("POST", **known) if path not in OWN]
    answers = {path: browser.post(path, FORM).status_code for path in posted}
    answered = {path: status for path, status in answers.items() if status not in {403, 404, 410}}
    assert answered.keys() <= UNLOOKED
    assert office.only_proposal() == proposal


def test_who_is_not_signed_in_reads_only_what_is_public(office: ProposalsOffice) -> None:
    proposal = office.world.submit(proposed())
    client = office.network.client(base_url=URL)
    known = {"organisation_id": "blue-badge", "proposal_id": proposal.id}
    for method in ("GET", "POST"):
        for path in addresses(method, **known):
            answer = client.request(method, path, headers=HTML)
            is_led_on = answer.status_code == 303 and not answer.text
            is_public = method == "GET" and path in PUBLIC - {"/apply", "/organisations"}
            assert is_led_on or is_public or answer.status_code in {400, 401, 404, 410}, path


def test_who_has_no_role_sees_no_links_and_who_made_them(office: ProposalsOffice) -> None:
    make_link(office.deps, office.actor("owen", "blue-badge", Role.OWNER), Kind.SERVICE)
    at = "/organisations/blue-badge/enrolments"
    assert "Owen" in office.browser("owen").post(at, {"kind": "none"}).text
    answer = office.browser("carys").post(at, {"kind": "none"})
    assert (answer.status_code, "Owen" in answer.text) == (403, False)
