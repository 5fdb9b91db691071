"""A claim type by a form, and both kinds by a file."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.authority.network import CLAIM_TYPE
from tests.authority.people.office import CSRF, HTML, Browser
from tests.authority.proposals.office import ProposalsOffice
from tests.authority.proposals.world import proposed

FORM = "/organisations/dwp/propose/claim-type"
FILE = "/organisations/{}/propose/file"
FIELDS = {
    "id": "over-18",
    "version": "1",
    "title-en": "Over 18",
    "title-cy": "Dros 18",
    "statement-en": "Is 18 or older",
    "statement-cy": "Yn 18 oed neu’n hŷn",
    "gateway-en": "An Act",
    "gateway-cy": "Deddf",
    "nation": "great-britain",
    "from-day": "1",
    "from-month": "4",
    "from-year": "2026",
    "validity": "90",
    "rows": "3",
    "path:2": "address.postal_code",
    "name-en:2": "Postcode",
    "name-cy:2": "Cod post",
    "reason:2": "A service must see that the claim belongs to the person.",
    "instead": "birthdate\nbirth_date urn:pdx:claim:dwp:pip-moving-around-8",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path) as office:
        office.people()
        yield office


def sent(browser: Browser, go: str, **changes: str) -> httpx.Response:
    return browser.post(FORM, {**FIELDS, **changes, "go": go})


def test_a_claim_type_is_written_checked_and_sent(office: ProposalsOffice) -> None:
    dilys = office.browser("dilys")
    assert dilys.get(FORM).status_code == 200
    checked = html.unescape(sent(dilys, "check").text)
    assert "Is 18 or older" in checked
    assert "Yn 18 oed neu’n hŷn" in checked
    assert sent(dilys, "submit").status_code == 303
    claim_type = office.only_proposal().claim_type
    assert claim_type is not None
    assert claim_type.vct == "urn:pdx:claim:dwp:over-18:1"
    assert claim_type.paths == {("address", "postal_code")}
    assert [one.of for one in claim_type.instead_of] == [None, "urn:pdx:claim:dwp:pip-moving-around-8"]
    again = dilys.get(f"{FORM}?from={office.only_proposal().id}").text
    assert "Cod post" in again
    assert 'value="2"' in again


def test_another_row_keeps_what_was_typed(office: ProposalsOffice) -> None:
    page = sent(office.browser("dilys"), "add_row").text
    assert 'id="path:4"' in page
    assert 'value="Postcode"' in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title-cy": ""}, "title-cy"),
        ({"id": "Not so"}, "id"),
        ({"nation": "france"}, "nation"),
        ({"from-month": "13"}, "from"),
        ({"until-day": "31", "until-month": "2", "until-year": "2027"}, "until"),
        ({"until-day": "1", "until-month": "2", "until-year": "2020"}, "until"),
        ({"validity": "0"}, "validity"),
        ({"path:2": "Not a name"}, "path:2"),
        ({"path:2": ""}, "path:2"),
        ({"name-cy:2": ""}, "name-cy:2"),
        ({"reason:2": "Too short"}, "reason:2"),
        ({"instead": "Not a name"}, "instead"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    office: ProposalsOffice, changes: dict[str, str], field: str
) -> None:
    answer = sent(office.browser("dilys"), "check", **changes)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert "Over 18" in answer.text


def upload(browser: Browser, organisation: str, data: bytes, kind: str) -> httpx.Response:
    mark = CSRF.search(browser.get("/").text)
    assert mark
    fields = {"csrf": mark[1], "kind": kind, "go": "check", "text": ""}
    files = {"file": ("secret name.yaml", data, "application/yaml")}
    return browser.client.post(FILE.format(organisation), data=fields, files=files, headers=HTML)


def test_a_file_is_shown_before_it_is_sent(office: ProposalsOffice) -> None:
    dilys = office.browser("dilys")
    assert 'enctype="multipart/form-data"' in dilys.get(FILE.format("dwp")).text
    document = json.dumps(CLAIM_TYPE | {"version": 2}).encode()
    page = upload(dilys, "dwp", document, "claim-type").text
    assert "Check before you send" in page
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    fields: dict[str, Any] = {name: html.unescape(value) for name, value in carried.items()}
    assert dilys.post(FILE.format("dwp"), {**fields, "go": "submit"}).status_code == 303
    assert office.only_proposal().version == 2


def test_a_pasted_question_is_sent_and_not_lost_by_a_change(office: ProposalsOffice) -> None:
    owen = office.browser("owen")
    text = proposed().model_dump_json(exclude_none=True)
    form = {"kind": "question", "text": text}
    page = owen.post(FILE.format("blue-badge"), {**form, "go": "check"}).text
    assert "Nothing was found." in page
    assert "badge" in owen.post(FILE.format("blue-badge"), {**form, "go": "change"}).text
    assert owen.post(FILE.format("blue-badge"), {**form, "go": "submit"}).status_code == 303
    assert office.only_proposal().reference == "badge@1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: badge", "&#34;version&#34; is missing"),
        ("{", "this is not YAML"),
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("", "Choose a file, or paste its text"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(office: ProposalsOffice, text: str, said: str) -> None:
    form = {"kind": "question", "text": text, "go": "check"}
    answer = office.browser("owen").post(FILE.format("blue-badge"), form)
    assert answer.status_code == 422
    assert html.unescape(said) in html.unescape(answer.text)


def test_a_file_that_is_no_text_is_refused_and_its_name_goes_nowhere(office: ProposalsOffice) -> None:
    answer = upload(office.browser("dilys"), "dwp", b"\xff\xfe\x00", "claim-type")
    assert (answer.status_code, "This file can’t be read" in html.unescape(answer.text)) == (422, True)
    assert "secret name" not in answer.text + office.printed.getvalue()


def test_only_who_may_propose_sees_the_forms(office: ProposalsOffice) -> None:
    for name in ("owen", "rhys", "nobody"):
        browser = office.browser(name)
        assert browser.get(FORM).status_code == 403
        assert sent(browser, "submit").status_code == 403
        assert browser.get(FILE.format("dwp")).status_code == 403
        assert upload(browser, "dwp", b"{}", "claim-type").status_code == 403
    dilys = office.browser("dilys")
    assert dilys.client.post(FORM, data={**FIELDS, "csrf": "x"}, headers=HTML).status_code == 403
    plain = {"csrf": "x", "kind": "claim-type", "go": "submit", "text": "{}"}
    files = {"file": ("x", b"{}")}
    answer = dilys.client.post(FILE.format("dwp"), data=plain, files=files, headers=HTML)
    assert answer.status_code == 403


def test_another_department_s_claim_type_can_t_be_proposed(office: ProposalsOffice) -> None:
    text = json.dumps(CLAIM_TYPE | {"version": 2, "owner": "hmrc"})
    form = {"kind": "claim-type", "text": text, "go": "submit"}
    answer = office.browser("dilys").post(FILE.format("dwp"), form)
    assert (answer.status_code, "a department proposes its own" in answer.text) == (422, True)


def test_a_claim_type_goes_on_from_the_one_before(office: ProposalsOffice) -> None:
    question = office.world.submit(proposed())
    dilys, owen = office.browser("dilys"), office.browser("owen")
    assert dilys.get(f"{FORM}?from={question.id}").status_code == 404
    assert owen.get(f"/organisations/blue-badge/propose/claim-type?from={question.id}").status_code == 404
