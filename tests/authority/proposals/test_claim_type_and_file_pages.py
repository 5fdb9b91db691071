"""A claim type by a form, and both kinds by a file."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from authority.proposals.claim_type_form import entered_claim_type
from tests.authority.network import CLAIM_TYPE, claim_type
from tests.authority.people.office import CSRF, HTML, Browser
from tests.authority.proposals.office import ProposalsOffice, Writer
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
def office(tmp_path: Path, on_postgres: str) -> Iterator[ProposalsOffice]:
    with ProposalsOffice(tmp_path, database=on_postgres) as office:
        office.people()
        yield office


def writer(office: ProposalsOffice, name: str = "dilys", path: str = FORM) -> Writer:
    return Writer(office.browser(name), path)


def test_a_claim_type_is_written_checked_and_sent(office: ProposalsOffice) -> None:
    dilys = writer(office)
    dilys.press("check", **FIELDS)
    assert "Is 18 or older" in dilys.text
    assert "Yn 18 oed neu’n hŷn" in dilys.text
    dilys.press()
    claim_type = office.only_proposal().claim_type
    assert claim_type is not None
    assert dilys.path == f"/organisations/dwp/proposals/{office.only_proposal().id}"
    assert claim_type.vct == "urn:pdx:claim:dwp:over-18:1"
    assert claim_type.paths == {("address", "postal_code")}
    assert [one.of for one in claim_type.instead_of] == [None, "urn:pdx:claim:dwp:pip-moving-around-8"]
    dilys.open(f"{FORM}?from={office.only_proposal().id}")
    assert "Cod post" in dilys.text
    assert 'value="2"' in dilys.text


def test_another_row_keeps_what_was_typed(office: ProposalsOffice) -> None:
    dilys = writer(office)
    dilys.press("add", **FIELDS)
    assert 'id="path:4"' in dilys.text
    assert 'value="Postcode"' in dilys.text


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
    dilys = writer(office)
    dilys.press("check", **{**FIELDS, **changes})
    assert f'href="#{field}"' in dilys.text
    assert f'id="{field}"' in dilys.text
    assert "Over 18" in dilys.text
    assert "<title>Error: " in dilys.text


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
    checked = Writer(dilys, upload(dilys, "dwp", document, "claim-type").headers["location"])
    assert "Check before you send" in checked.text
    checked.press()
    assert office.only_proposal().version == 2


def test_a_pasted_question_is_sent_and_not_lost_by_a_change(office: ProposalsOffice) -> None:
    owen = writer(office, "owen", FILE.format("blue-badge"))
    text = proposed().model_dump_json(exclude_none=True)
    owen.press("check", kind="question", text=text)
    assert "Nothing was found." in owen.text
    owen.open(owen.path.removesuffix("check") + "form")
    assert text in owen.text
    owen.press("check", text=text)
    owen.press()
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
    owen = writer(office, "owen", FILE.format("blue-badge"))
    owen.press("check", text=text)
    assert html.unescape(said) in owen.text
    assert "<title>Error: " in owen.text


def test_a_file_that_is_no_text_is_refused_and_its_name_goes_nowhere(office: ProposalsOffice) -> None:
    answer = upload(office.browser("dilys"), "dwp", b"\xff\xfe\x00", "claim-type")
    assert (answer.status_code, "This file can’t be read" in html.unescape(answer.text)) == (422, True)
    assert "secret name" not in answer.text + office.printed.getvalue()


def test_only_who_may_propose_sees_the_forms(office: ProposalsOffice) -> None:
    for name in ("owen", "rhys", "nobody"):
        browser = office.browser(name)
        assert browser.get(FORM).status_code == 403
        assert browser.post(FORM, {**FIELDS, "go": "check"}).status_code == 403
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
    dilys = writer(office, path=FILE.format("dwp"))
    dilys.press("check", text=text)
    assert "a department proposes its own" in dilys.text
    assert '"hmrc"' in dilys.text


def test_a_claim_type_goes_on_from_the_one_before(office: ProposalsOffice) -> None:
    question = office.world.submit(proposed())
    dilys, owen = office.browser("dilys"), office.browser("owen")
    assert dilys.get(f"{FORM}?from={question.id}").status_code == 404
    assert owen.get(f"/organisations/blue-badge/propose/claim-type?from={question.id}").status_code == 404


def test_what_was_registered_without_a_proposal_is_gone_on_from(office: ProposalsOffice) -> None:
    """A department that was admitted at the command line has claim types, and nothing that it proposed."""
    dilys = writer(office, path="/organisations/dwp/proposals")
    link = f"{FORM}?from=registered:{CLAIM_TYPE['id']}"
    assert f'href="{link}"' in dilys.text
    dilys.open(link)
    assert re.search(r'id="version"[^>]* value="2"', dilys.text)
    assert CLAIM_TYPE["statement"]["en"] in dilys.text
    dilys.press("check", **dict(entered_claim_type(claim_type(), version=2)))
    dilys.press()
    assert office.only_proposal().reference.endswith(f"{CLAIM_TYPE['id']}:2")
    dilys.open("/organisations/dwp/proposals")
    assert "registered:" not in dilys.text
    assert dilys.open(f"{FORM}?from=registered:nothing").status_code == 404


def test_a_new_claim_type_begins_with_what_all_of_the_department_s_have_in_common(
    office: ProposalsOffice,
) -> None:
    dilys = writer(office)
    assert re.search(rf'value="{CLAIM_TYPE["nation"]}" selected', dilys.text)
    assert re.search(rf'id="validity"[^>]* value="{CLAIM_TYPE["validity"]["days"]}"', dilys.text)
