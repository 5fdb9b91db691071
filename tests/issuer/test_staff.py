"""The department's page, with a real OpenID provider: sign-in, form, what the records say, offer."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from tests.issuer.conftest import MakeWorld
from tests.issuer.world import MOVING, World, attributes

HTML = {"accept": "text/html"}
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
CODE = re.compile(r'pdx-code">\s*(\d{3}) (\d{3})\s*<')
LINK = re.compile(r'href="([^"]*credential_offer_uri=[^"]*)"')


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    users = [User(sub="alice"), User(sub="mallory")]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def world(make_world: MakeWorld, provider: str, tmp_path: Path) -> World:
    secret = tmp_path / "secret"
    secret.write_text("a secret of the client's\n")
    sign_in = {"issuer": provider, "client_id": "issuer", "client_secret_file": str(secret)}
    return make_world(oidc={**sign_in, "staff": ["alice"]})


def sign_in(world: World, subject: str = "alice") -> tuple[httpx.Client, httpx.Response]:
    browser = world.client()
    redirect = browser.get("/staff/sign-in", headers=HTML)
    assert redirect.status_code == 302
    consent = httpx.post(redirect.headers["location"], data={"sub": subject})
    back = httpx.URL(consent.headers["location"])
    return browser, browser.get(back.raw_path.decode(), headers=HTML)


@pytest.fixture
def browser(world: World) -> httpx.Client:
    browser, _ = sign_in(world)
    return browser


def csrf(page: str) -> str:
    found = CSRF.search(page)
    assert found
    return found[1]


def form(**changes: str) -> dict[str, str]:
    """What staff type about Amira."""
    told = attributes("amira")
    year, month, day = told.pop("birthdate").split("-")
    return {**told, "birthdate-day": day, "birthdate-month": month, "birthdate-year": year, **changes}


def post(browser: httpx.Client, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
    token = csrf(browser.get("/staff", headers=HTML).text)
    return browser.post(path, data={"csrf": token, **data}, headers={**HTML, **headers})


# --- signing in


def test_sign_in_uses_pkce_state_and_nonce(world: World) -> None:
    redirect = world.client().get("/staff/sign-in", headers=HTML)
    asked = httpx.URL(redirect.headers["location"]).params
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid"
    assert len(asked["state"]) >= 16
    assert len(asked["nonce"]) >= 16
    assert asked["redirect_uri"] == "http://localhost:8401/staff/signed-in"


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(world: World) -> None:
    _, answer = sign_in(world)
    (cookie,) = [c.lower() for c in answer.headers.get_list("set-cookie") if c.startswith("pdx_staff=")]
    for part in ("httponly", "samesite=lax", "path=/staff"):
        assert part in cookie
    assert "max-age" not in cookie  # it goes with the browser


def test_what_a_sign_in_needs_on_its_way_is_gone_afterwards(world: World) -> None:
    browser = world.client()
    pending = browser.get("/staff/sign-in", headers=HTML).headers["set-cookie"].lower()
    assert pending.startswith("pdx_staff_sign_in=")
    for part in ("httponly", "samesite=lax", "path=/staff", "max-age=600"):
        assert part in pending
    browser, _ = sign_in(world)
    assert list(browser.cookies) == ["pdx_staff"]


def test_many_sign_ins_that_were_not_finished_leave_one(world: World) -> None:
    """A cookie of over 4096 bytes is dropped by the browser, and nobody could sign in any more."""
    browser = world.client()
    for _ in range(20):
        browser.get("/staff/sign-in", headers=HTML)
    assert len(browser.cookies["pdx_staff_sign_in"]) < 1_000


def test_who_is_signed_in_sees_the_form(browser: httpx.Client) -> None:
    page = browser.get("/staff", headers=HTML).text
    assert "Who is the claim about?" in page
    assert 'name="national_insurance_number"' in page
    assert 'name="birthdate-day"' in page
    assert 'name="service_number"' not in page


def test_who_is_not_signed_in_sees_the_way_to(world: World) -> None:
    page = world.client().get("/staff", headers=HTML).text
    assert 'href="/staff/sign-in"' in page
    assert "csrf" not in page


def test_who_is_not_staff_is_turned_away(world: World) -> None:
    browser, answer = sign_in(world, "mallory")
    assert answer.status_code == 403
    assert "not one of this department’s staff" in answer.text
    assert "Who is the claim about?" not in browser.get("/staff", headers=HTML).text


def test_an_answer_to_another_browsers_request(world: World) -> None:
    redirect = world.client().get("/staff/sign-in", headers=HTML)
    consent = httpx.post(redirect.headers["location"], data={"sub": "alice"})
    back = httpx.URL(consent.headers["location"])
    answer = world.client().get(back.raw_path.decode(), headers=HTML)
    assert answer.status_code == 401


def test_a_sign_in_that_was_refused(world: World) -> None:
    answer = world.client().get("/staff/signed-in?error=access_denied&state=x", headers=HTML)
    assert answer.status_code == 401
    assert "Sign in again" in answer.text


def test_signing_out_ends_the_session(browser: httpx.Client) -> None:
    assert post(browser, "/staff/sign-out", {}).status_code == 303
    assert "Who is the claim about?" not in browser.get("/staff", headers=HTML).text


def test_a_department_without_sign_in_has_no_staff_page(make_world: MakeWorld) -> None:
    client = make_world().client()
    assert client.get("/staff", headers=HTML).status_code == 404
    assert client.post("/staff/check", data={}, headers=HTML).status_code == 404


@pytest.mark.parametrize("path", ["/staff/check", "/staff/offer", "/staff/person", "/staff/sign-out"])
def test_forms_need_a_session_and_its_token(world: World, browser: httpx.Client, path: str) -> None:
    assert world.client().post(path, data=form(), headers=HTML).status_code == 401
    assert browser.post(path, data=form(), headers=HTML).status_code == 403
    assert browser.post(path, data=form(csrf="guess"), headers=HTML).status_code == 403
    assert post(browser, path, form(), origin="https://evil.example").status_code == 403


# --- the person


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"birthdate-month": "13"}, "Enter a real date of birth"),
        ({"postal_code": "nowhere"}, "Enter a full UK postcode"),
        ({"national_insurance_number": "12"}, "Enter a National Insurance number"),
    ],
)
def test_what_was_entered_wrongly(browser: httpx.Client, change: dict[str, str], said: str) -> None:
    answer = post(browser, "/staff/check", form(**change))
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert answer.text.count(said) == 2  # in the summary and at the field
    assert 'value="Hassan"' in answer.text


def test_an_empty_form(browser: httpx.Client) -> None:
    answer = post(browser, "/staff/check", dict.fromkeys(form(), ""))
    assert answer.status_code == 422
    assert "Enter the person’s details" in answer.text


def test_what_the_records_say(browser: httpx.Client) -> None:
    page = post(browser, "/staff/check", form()).text
    assert f'value="{MOVING}"' in page
    assert "8 points or more for moving around" in page
    assert "The person is in our records, and they don’t say this." in page
    assert "A “no” is never put into a claim." in page


def test_what_is_still_needed(browser: httpx.Client) -> None:
    page = post(browser, "/staff/check", form(given_name="", postal_code="")).text
    assert "We need more to be sure who the person is:" in page
    assert "<li>Postcode</li>" in page


def test_what_is_needed_is_added_to_what_was_entered(browser: httpx.Client) -> None:
    page = post(browser, "/staff/check", form(given_name="", postal_code="")).text
    assert 'formaction="/staff/person"' in page
    page = post(browser, "/staff/person", form(given_name="", postal_code="")).text
    assert "Who is the claim about?" in page
    assert 'value="Hassan"' in page
    assert "There is a problem" not in page


def test_somebody_who_is_not_there(browser: httpx.Client) -> None:
    page = post(browser, "/staff/check", form(family_name="Nobody")).text
    assert "Our records don’t say yes to any of our claims" in page
    assert "Make the offer" not in page


def test_a_register_that_is_away(world: World, browser: httpx.Client) -> None:
    world.register.unlink()
    assert "The register is not available at the moment." in post(browser, "/staff/check", form()).text


def test_everything_in_welsh(browser: httpx.Client) -> None:
    browser.get("/staff?lang=cy", headers=HTML)
    page = post(browser, "/staff/check", form()).text
    assert "Yr hyn y mae ein cofnodion yn ei ddweud" in page
    assert "8 pwynt neu fwy am symud o gwmpas" in page
    assert 'lang="cy"' in page
    assert "Our records" not in page


def test_a_change_of_language_on_an_answer_leads_to_the_start(browser: httpx.Client) -> None:
    answer = browser.get("/staff/check?lang=cy", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff?lang=cy")


# --- the offer


def test_an_offer_and_what_comes_of_it(world: World, browser: httpx.Client) -> None:
    page = post(browser, "/staff/offer", form(claim=MOVING)).text
    (first, *_) = LINK.findall(page)
    link = httpx.URL(unescape(first))
    assert str(link).startswith("http://localhost:8420/add?credential_offer_uri=")
    found = CODE.search(page)
    assert found
    tx_code = found[1] + found[2]
    assert tx_code not in str(link)
    offer = world.client().get(httpx.URL(link.params["credential_offer_uri"]).path).json()
    code = next(iter(offer["grants"].values()))["pre-authorized_code"]
    assert world.wallet().ask_token(code, tx_code).status_code == 200


def test_the_page_has_a_qr_code_and_does_not_print_the_transaction_code(browser: httpx.Client) -> None:
    page = post(browser, "/staff/offer", form(claim=MOVING)).text
    assert "<svg" in page
    assert 'role="img"' in page
    assert re.search(r'<div class="pdx-no-print" data-transaction-code>.*pdx-code', page, re.DOTALL)


def test_nothing_chosen(browser: httpx.Client) -> None:
    answer = post(browser, "/staff/offer", form())
    assert answer.status_code == 422
    assert answer.text.count("Choose at least one claim to offer") == 2  # in the summary and at the boxes
    assert "<title>Error: What our records say" in answer.text
    assert 'href="#claim-pip-' in answer.text
    assert not re.search(r'type="checkbox"[^>]* checked', answer.text)


def test_of_several_claims_staff_choose_what_is_asked_for(world: World, browser: httpx.Client) -> None:
    """An offer of everything would be more than the person came for; of one there is nothing to choose."""
    checked = re.compile(r'type="checkbox"[^>]* checked')
    assert len(checked.findall(post(browser, "/staff/check", form()).text)) == 0
    world.change_register("UPDATE pip_award SET mobility_rate = 'standard' WHERE award_id = 1")
    assert len(checked.findall(post(browser, "/staff/check", form()).text)) == 1


def test_a_claim_that_the_register_does_not_say_yes_to(browser: httpx.Client) -> None:
    page = post(browser, "/staff/offer", form(claim="dla-mobility-higher-1")).text
    assert "pdx-code" not in page
    assert "What our records say" in page


def test_what_was_entered_is_shown_as_text(browser: httpx.Client) -> None:
    page = post(browser, "/staff/check", form(family_name="<script>alert(1)</script>")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_audit_names_no_one(world: World, browser: httpx.Client) -> None:
    post(browser, "/staff/check", form())
    post(browser, "/staff/offer", form(claim=MOVING))
    post(browser, "/staff/sign-out", {})
    printed = world.printed.getvalue()
    events = ("staff_signed_in", "staff_checked_person", "staff_made_offer", "staff_signed_out")
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [one["event"] for one in lines if "staff" in one] == list(events)
    assert len({one["staff"] for one in lines if "staff" in one}) == 1
    for secret in ("alice", "Hassan", "Amira", "1979", "ZZ1", "QQ0000"):
        assert secret not in printed
