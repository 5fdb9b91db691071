"""What a citizen sees: both languages, no JavaScript needed, wallets to choose from."""

import base64
import re
from pathlib import Path

import httpx
import pytest

from protocol.encoding import json_dumps
from protocol.openid4vp.response import create_error_response
from protocol.sd_jwt_vc.integrity import create_integrity
from protocol.trust_list.members import ClaimType, Department, MemberStatus, Name, WalletProvider
from serving.qr import qr_svg
from tests.verifier.world import AUTHORITY, DWP, ENGLAND, ENHANCED, MOVING, TAX, WALLET, WPMS, World, path_of


def test_the_start_page_says_what_why_which_law_and_how_long(world: World) -> None:
    page = world.browser().get(f"/{ENGLAND}").text
    for words in (
        "Apply for a Blue Badge in England",
        "your postcode",
        "the date your award ends, if it has one",
        "To decide whether you can have a Blue Badge",
        "Disabled Persons (Badges for Motor Vehicles) (England) Regulations 2000",
        "We keep the answer for 90 days",
        "blue-badge@council.example",
    ):
        assert words in page
    assert f'action="/{ENGLAND}/start"' in page


def _in_the_catalogue(world: World, vct: str, english: str, welsh: str) -> None:
    names = [{"locale": "en-GB", "name": english}, {"locale": "cy-GB", "name": welsh}]
    document = json_dumps({"vct": vct, "display": names})
    world.files.content["/types/one.json"] = ("application/json", document)
    entry = ClaimType(vct, f"{AUTHORITY}/types/one.json", create_integrity(document))
    world.publish_trust_list(world.trust_list(claim_types={vct: entry}))


def test_the_start_page_says_what_would_do_in_the_catalogues_words(world: World) -> None:
    _in_the_catalogue(world, ENHANCED, "PIP: enhanced mobility", "PIP: symudedd uwch")
    page = world.browser().get(f"/{TAX}").text
    assert "This is the one that will do:" in page
    assert "<li>PIP: enhanced mobility</li>" in page
    assert "<li>PIP: symudedd uwch</li>" in world.browser().get(f"/{TAX}?lang=cy").text


def test_the_start_page_lists_no_ways_where_it_can_not_name_them_all(world: World) -> None:
    _in_the_catalogue(world, MOVING, "PIP: moving around", "PIP: symud o gwmpas")
    page = world.browser().get(f"/{ENGLAND}").text
    assert "will do:" not in page
    assert "urn:pdx" not in page


def test_a_catalogue_that_does_not_answer_is_waited_for_once(world: World) -> None:
    """Each wait lasts seconds: six of them for one page, again and again, would stop the whole service."""
    types = {
        vct: ClaimType(vct, f"https://catalogue.example/{number}.json", "sha256-none")
        for number, vct in enumerate((MOVING, ENHANCED, WPMS))
    }
    world.publish_trust_list(world.trust_list(claim_types=types))
    waits: list[str] = []

    def silence(request: httpx.Request, _: object) -> httpx.Response:
        waits.append(request.url.path)
        raise httpx.ReadTimeout("nobody answers", request=request)

    with world.network.intercepting(lambda request: request.url.host == "catalogue.example", silence):
        for _ in range(3):
            assert "Start now" in world.browser().get(f"/{ENGLAND}").text
        assert len(waits) == 1
        world.clock.advance(60)
        world.browser().get(f"/{ENGLAND}")
        assert len(waits) == 2


def _getting(page: str) -> str:
    """What a page says to whoever has no claim yet."""
    found = re.search(r"(?s)(You don’t have a claim yet|Nid oes gennych ddatganiad eto)\?.*?</details>", page)
    return found[0] if found else ""


def test_start_and_request_pages_say_where_a_claim_and_a_wallet_come_from(world: World) -> None:
    _in_the_catalogue(world, MOVING, "PIP: moving around", "PIP: symud o gwmpas")
    browser = world.browser()
    for page in (f"/{ENGLAND}", world.start(browser)):
        told = _getting(browser.get(page).text)
        assert f'<a class="govuk-link" href="{WALLET}">The wallet</a>' in told
        assert f'<a class="govuk-link" href="{DWP}">DWP</a>' in told
        assert f'<a class="govuk-link" href="{DWP}">Veterans UK</a>' in told
        assert "<li>PIP: moving around</li>" in told
        assert "One claim is enough." in told
        assert "urn:pdx" not in told
        welsh = _getting(browser.get(f"{page}?lang=cy").text)
        assert "Yr Adran Gwaith a Phensiynau" in welsh
        assert "<li>PIP: symud o gwmpas</li>" in welsh
        browser.cookies.delete("lang")


def test_only_who_can_give_it_now_is_named(world: World) -> None:
    """No department that is suspended, or gives other claims; no wallet that nobody accredited."""
    gone = Department("PDXGB-dwp", Name("DWP", "DWP"), DWP, frozenset({ENHANCED}), MemberStatus.SUSPENDED)
    other = Department("PDXGB-other", Name("Other", "Arall"), DWP, frozenset({WPMS}))
    world.publish_trust_list(
        world.trust_list(departments={one.organisation_id: one for one in (gone, other)}, wallet_providers={})
    )
    assert _getting(world.browser().get(f"/{TAX}").text) == ""


def test_without_a_trust_list_nobody_is_named(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.files.content["/trust-list.jwt"] = None
        page = world.browser().get(f"/{ENGLAND}").text
        assert "Start now" in page
        assert _getting(page) == ""


def test_a_question_without_attributes_says_so(world: World) -> None:
    page = world.browser().get(f"/{TAX}").text
    assert "not even your name" in page
    assert "your postcode" not in page


def test_welsh_all_the_way(world: World) -> None:
    browser = world.browser()
    assert "Dechrau nawr" in browser.get(f"/{ENGLAND}?lang=cy").text
    page = world.start(browser)
    shown = browser.get(page)
    assert '<html lang="cy"' in shown.text
    assert "Parhau ar y ffôn hwn" in shown.text
    redirect_uri = world.respond(world.read(world.links(ENGLAND, page)["qr"]), world.issue()).json()[
        "redirect_uri"
    ]
    phone = world.browser().get(path_of(redirect_uri)).text  # the phone has chosen no language
    assert "Eich cod" in phone
    code = re.search(r"aria-hidden=\"true\">([^<]+)<", phone)
    assert code is not None
    browser.post(f"{page}/confirm", data={"code": code[1]})
    answer = browser.get(page.replace("/request/", "/answer/")).text
    assert "Derbyniwyd eich prawf" in answer
    assert "3 Chwefror 1961" in answer
    assert "Yr Adran Gwaith a Phensiynau" in answer
    assert "Department for Work" not in answer


def test_the_request_page_works_without_javascript(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    shown = browser.get(page).text
    link = world.links(ENGLAND, page)["link"].replace("&", "&amp;")
    assert f'href="{link}"' in shown
    assert f'src="{page}/qr.svg?wallet=0"' in shown
    assert f'href="{page}?wallet=0"' in shown
    assert "<script>" not in shown
    assert "style=" not in shown
    code = browser.get(f"{page}/qr.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert code.text == qr_svg(world.links(ENGLAND, page)["qr"], correction="L")
    assert "You have about 5 minutes left." in shown


def test_what_the_page_polls_changes_with_what_it_shows(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    seen = [browser.get(f"{page}/state").json()["state"]]
    assert f'data-poll-state="{seen[0]}"' in browser.get(page).text
    asked = world.read(world.links(ENGLAND, page)["link"])
    world.post_form(asked.response_uri, {"response": "x"})
    seen.append(browser.get(f"{page}/state").json()["state"])
    world.clock.advance(300)  # the QR code ends
    seen.append(browser.get(f"{page}/state").json()["state"])
    world.respond(asked, world.issue())
    seen.append(browser.get(f"{page}/state").json()["state"])
    assert len(set(seen)) == 4
    assert "Almost done" in browser.get(page).text


def test_a_refused_response_is_said_in_words_and_not_in_markup(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    asked = world.read(world.links(ENGLAND, page)["link"])
    world.post_form(asked.response_uri, {"response": "x"})
    shown = browser.get(page).text
    assert "<strong>We could not accept what was sent</strong>" in shown
    assert "&lt;" not in shown


def test_who_started_is_not_told_to_be_somebody_else(world: World) -> None:
    """The answer came back elsewhere: the page that waited for it is in the browser that asked."""
    browser = world.browser()
    page = world.start(browser)
    asked = world.read(world.links(ENGLAND, page)["link"])
    redirect_uri = world.respond(asked, world.issue()).json()["redirect_uri"]
    elsewhere = world.browser().get(path_of(redirect_uri)).text
    assert "This is not the browser where you started" in elsewhere
    shown = browser.get(page).text
    assert "This request was ended" in shown
    assert "another browser than this one" in shown
    assert "This is not the browser" not in shown


def test_whoever_types_a_code_is_told_how_long_it_works_and_what_else_there_is(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    world.respond(world.read(world.links(ENGLAND, page)["qr"]), world.issue())
    assert "You have about 5 minutes left." in browser.get(page).text
    world.clock.advance(200)
    wrong = browser.post(f"{page}/confirm", data={"code": "AAA AAA"}).text
    assert "<title>Error: Type the code" in wrong
    assert "You have about 1 minute left." in wrong
    assert "blue-badge@council.example" in wrong


def test_the_language_can_be_changed_on_a_page_that_answers_a_form(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    world.respond(world.read(world.links(ENGLAND, page)["qr"]), world.issue())
    wrong = browser.post(f"{page}/confirm", data={"code": "AAA AAA"}).text
    assert 'href="?lang=cy"' in wrong
    for form, words in (
        (f"{page}/confirm", "Teipiwch y cod o’ch ffôn"),
        (f"/{ENGLAND}/start", "Dechrau nawr"),
    ):
        shown = browser.get(f"{form}?lang=cy", follow_redirects=True)
        assert shown.status_code == 200
        assert words in shown.text
    assert "Start now" in browser.get(f"/{ENGLAND}/start?lang=en", follow_redirects=True).text
    assert world.browser().get(f"{page}/confirm", follow_redirects=True).status_code == 404


def test_whoever_had_nothing_to_show_is_told_where_it_comes_from(world: World) -> None:
    browser = world.browser()
    page = world.start(browser)
    asked = world.read(world.links(ENGLAND, page)["link"])
    form = create_error_response("access_denied", request=asked)
    browser.get(path_of(world.post_form(asked.response_uri, form).json()["redirect_uri"]))
    shown = browser.get(page.replace("/request/", "/answer/")).text
    assert "You did not show a proof" in shown
    assert f'href="{DWP}">DWP</a>' in _getting(shown)


def test_a_citizen_chooses_among_the_accredited_wallets(world: World) -> None:
    providers = {
        "PDXGB-wallet": WalletProvider("PDXGB-wallet", Name("The wallet", "Y waled"), WALLET),
        "PDXGB-other": WalletProvider("PDXGB-other", Name("Other", "Arall"), "https://other.example/w"),
        "PDXGB-gone": WalletProvider(
            "PDXGB-gone", Name("Gone", "Mynd"), "https://gone.example", MemberStatus.SUSPENDED
        ),
    }
    world.publish_trust_list(world.trust_list(wallet_providers=providers))
    browser = world.browser()
    page = world.start(browser)
    first = browser.get(page).text
    assert "You are using: The wallet" in first
    assert f'href="{page}?wallet=1">Other' in first
    assert "Gone" not in first
    second = browser.get(f"{page}?wallet=1").text
    assert 'href="https://other.example/w/present?client_id=' in second
    for number in ("-1", "99"):
        assert "You are using: The wallet" in browser.get(f"{page}?wallet={number}").text


def test_without_a_trust_list_any_wallet_of_the_device_is_offered(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.files.content["/trust-list.jwt"] = None
        browser = world.browser()
        page = world.start(browser)
        assert 'href="openid4vp://?client_id=' in browser.get(page).text


def test_the_answer_names_the_claim_type_in_the_catalogues_words(world: World) -> None:
    document = json_dumps(
        {
            "vct": MOVING,
            "display": [
                {"locale": "en-GB", "name": "8 points or more for moving around"},
                {"locale": "cy-GB", "name": "8 pwynt neu fwy am symud o gwmpas"},
            ],
        }
    )
    world.files.content["/types/moving.json"] = ("application/json", document)
    entry = ClaimType(MOVING, f"{AUTHORITY}/types/moving.json", create_integrity(document))
    world.publish_trust_list(world.trust_list(claim_types={MOVING: entry}))
    name = world.house.claim_names.name(MOVING, now=world.now)
    assert (name["en"], name["cy"]) == (
        "8 points or more for moving around",
        "8 pwynt neu fwy am symud o gwmpas",
    )
    world.files.content["/types/moving.json"] = ("application/json", document + b" ")
    assert world.house.claim_names.name(MOVING, now=world.now) == name  # kept by its hash
    other = world.installation().claim_names
    assert other.name(MOVING, now=world.now)["en"] == MOVING  # changed after it was signed for
    assert other.name("urn:unknown", now=world.now)["en"] == "urn:unknown"


@pytest.mark.parametrize(
    "path",
    ["/nobody", f"/{ENGLAND}/request/x", f"/{ENGLAND}/answer/x", f"/{ENGLAND}?question=other", "/"],
)
def test_what_is_not_there_is_a_page_that_says_so(world: World, path: str) -> None:
    response = world.browser().get(path)
    assert response.status_code == 404
    assert "There is no such request" in response.text


def test_the_look_and_the_health_checks_are_not_services(world: World) -> None:
    client = world.network.client(base_url="http://localhost:8411")
    assert client.get("/theme.css").headers["content-type"].startswith("text/css")
    assert client.get("/assets/check.css").headers["content-type"].startswith("text/css")
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_the_session_cookie_is_out_of_reach(world: World) -> None:
    cookie = world.browser().post(f"/{ENGLAND}/start").headers["set-cookie"]
    assert cookie.startswith("pdx-check=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age" not in cookie


def test_a_planted_cookie_is_not_taken_for_a_session(world: World) -> None:
    browser = world.browser()
    browser.cookies.set("pdx-check", "short")
    assert "pdx-check=" in browser.post(f"/{ENGLAND}/start").headers["set-cookie"]
    page = world.start(browser)
    browser.cookies.clear()
    browser.cookies.set("pdx-check", "short")
    assert browser.get(page).status_code == 404


def test_a_code_is_no_larger_than_a_phone_reads(world: World) -> None:
    """Version 22 and below read well from a shaky picture; a module more would show in the SVG's size."""
    created = world.ask()
    svg = base64.b64decode(created["qr"].partition(",")[2]).decode()
    size = re.search(r'viewBox="0 0 (\d+)', svg)
    assert size is not None
    modules = int(size[1]) - 8  # the quiet zone
    assert (modules - 17) // 4 <= 22
