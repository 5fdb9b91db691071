"""The public register as a citizen and a journalist read it: from a plain static web server."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from authority.member import Kind, MemberName, Purpose
from authority.usecases.set_status import set_status
from examples.blue_badge.network.parties import AUTHORITY, BLUE_BADGE_ENGLAND, DWP, WALLET
from protocol.trust_list.members import MemberStatus
from tests.authority.network import DAY, NOW, Network, claim_type, question, request_of
from tests.browser.axe import violations
from tests.browser.phone import Phone
from tests.running import RunningNetwork

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LONG = {
    "en": "To decide whether you can travel at the disabled person's fare, "
    "and for how long, under an incommensurabilities-and-counterrevolutionaries scheme.",
    "cy": "I benderfynu a allwch deithio am bris person anabl, ac am ba hyd, o dan gynllun "
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch.",
}
PAGES = (
    "index.html",
    "{}/index.html",
    "{}/questions/all.html",
    "{}/questions/blue-badge/blue-badge.html",
    "{}/questions/buses/fare.html",
    "{}/members/dwp.html",
    "{}/members/buses.html",
    "{}/members/wallet.html",
    "{}/claims/dwp/pip-moving-around-8.html",
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def published(home: Path) -> Path:
    """A network with a question in its second version, and a service that was suspended."""
    network = Network(home / "authority").create()
    network.admit_department(claim_types=(claim_type(), claim_type(version=2, statement=LONG)))
    network.admit_service()
    network.admit_wallet()
    network.admit_service(
        id="buses",
        name=MemberName(en="Exampleshire Buses", cy="Bysiau Tŷ Hir"),
        url="https://buses.example",
        requests={Purpose.REQUEST_SIGNING: request_of(network.key("buses"), "PDXGB-buses")},
        questions=(question(id="fare", title=LONG, purpose=LONG),),
    )
    network.admit_service(now=NOW + DAY, questions=(question(version=2, purpose=LONG),))
    suspended, reason = MemberStatus.SUSPENDED, "It kept answers for longer than it said."
    set_status(network.records, Kind.SERVICE, "buses", suspended, reason=reason, now=NOW + 2 * DAY)
    network.publish(NOW + 2 * DAY)
    return network.records.public


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    public = published(tmp_path_factory.mktemp("register"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(public)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/register"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(laptop: Browser) -> Iterator[Page]:
    context = laptop.new_context(viewport={"width": 360, "height": 640}, locale="en-GB")
    page = context.new_page()
    yield page
    context.close()


def said_by(page: Page) -> list[str]:
    """What the browser's console says from now on."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", note)
    return said


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_page_is_accessible(page: Page, register: str, language: str) -> None:
    said = said_by(page)
    broken: dict[str, list[str]] = {}
    for path in (one.format(language) for one in PAGES):
        page.goto(f"{register}/{path}")
        found = violations(page)
        for width in (1280, 360, 320):  # WCAG 1.4.10: 320 is 1280 pixels at 400 per cent
            page.set_viewport_size({"width": width, "height": 640})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"scrolls sideways at {width} pixels")
        page.set_viewport_size({"width": 360, "height": 640})
        if found:
            broken[path] = found
    assert broken == {}
    assert said == []


def test_the_search_filters_as_one_types_and_says_how_many(page: Page, register: str) -> None:
    page.goto(f"{register}/en/index.html")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    status = page.get_by_role("status")
    page.get_by_role("searchbox", name="Search").press_sequentially("FARE incomm")
    expect(status).to_have_text("Results: 3")
    results = page.locator("[data-search] ul a")
    assert [one.get_attribute("href") for one in results.all()] == [
        "questions/buses/fare.html",
        "questions/blue-badge/blue-badge.html",
        "claims/dwp/pip-moving-around-8.html",
    ]
    expect(page.locator("[data-search] li").first).to_contain_text("Suspended")
    page.get_by_role("searchbox").fill("nothing of this kind")
    expect(status).to_have_text("Nothing was found. Try fewer words.")
    page.get_by_role("searchbox").fill("")
    expect(status).to_have_text("")
    assert results.count() == 0
    # the index once, and never what was typed
    # (the browser may fetch the page's icon late)
    assert [url for url in asked if "/assets/" not in url] == [f"{register}/en/search.json"]


def test_the_search_knows_no_accents_and_leads_to_the_page(page: Page, register: str) -> None:
    page.goto(f"{register}/cy/index.html")
    page.get_by_role("searchbox", name="Chwilio").fill("ty hir")
    expect(page.get_by_role("status")).to_have_text("Canlyniadau: 1")
    page.keyboard.press("Tab")  # the keyboard is enough
    page.keyboard.press("Enter")
    page.wait_for_url("**/cy/questions/buses/fare.html")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("Canlyniadau: 1")
    axe = violations(page)
    assert axe == []


def test_without_scripts_the_lists_have_everything(laptop: Browser, register: str) -> None:
    context = laptop.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{register}/en/index.html")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    page.get_by_role("link", name="Every question on one list").click()
    page.get_by_role("link", name="English words").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("English words")
    context.close()


def test_the_same_page_in_the_other_language(page: Page, register: str) -> None:
    page.goto(f"{register}/en/questions/buses/fare.html")
    page.get_by_role("link", name="Cymraeg").click()
    page.wait_for_url("**/cy/questions/buses/fare.html")
    assert page.evaluate("document.documentElement.lang") == "cy"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Neidio i’r prif gynnwys")).to_be_focused()


def test_no_other_script_runs_whatever_the_server_says(page: Page, register: str) -> None:
    said = said_by(page)
    page.goto(f"{register}/en/questions/buses/fare.html")
    page.evaluate(
        """() => { const made = document.createElement("script"); made.textContent = "window.owned = 1";
        document.body.append(made); }"""
    )
    assert page.evaluate("window.owned") is None
    assert any("Content Security Policy" in one for one in said)


def test_a_printed_page_says_where_it_is_from(page: Page, register: str) -> None:
    page.goto(f"{register}/en/questions/buses/fare.html")
    page.emulate_media(media="print")
    expect(page.get_by_text("https://network.example/register/en/questions/buses/fare.html")).to_be_visible()
    expect(page.get_by_role("banner")).to_be_hidden()


# --- from the wallet


def test_the_wallet_leads_to_what_the_service_was_approved_to_ask(
    running_network: RunningNetwork, new_phone: Callable[..., Phone]
) -> None:
    phone = new_phone(language="cy")
    phone.add(running_network.offer(DWP, ["pip-moving-around-8"], "amira"))
    page = phone.open(f"{running_network.url(BLUE_BADGE_ENGLAND)}/{BLUE_BADGE_ENGLAND}")
    page.locator("form .govuk-button").first.click()
    page.locator(".check-way--here .govuk-button").click()
    page.wait_for_selector(".decision")
    page.locator("summary", has_text="Eich hawliau a chysylltu").click()
    link = page.get_by_role("link", name="Gweld beth y cymeradwywyd i’r gwasanaeth hwn ei ofyn")
    assert link.get_attribute("rel") == "noopener noreferrer"
    with phone.context.expect_page() as opened:
        link.click()
    register = opened.value
    register.wait_for_selector("h1")
    path = "register/cy/questions/blue-badge-england/blue-badge-england.html"
    assert register.url == f"{running_network.url(AUTHORITY)}/{path}"
    expect(register.get_by_role("heading", level=1)).to_have_text("Gwneud cais am Fathodyn Glas yn Lloegr")
    assert register.evaluate("[window.opener, document.referrer]") == [None, ""]
    assert violations(register) == []
    register.close()
    page.locator(".decision .govuk-button").first.click()
    page.wait_for_url(f"{running_network.url(BLUE_BADGE_ENGLAND)}/**")
    history = phone.open(f"{running_network.url(WALLET)}/#history")
    kept = history.get_by_role("link", name="Gweld beth y cymeradwywyd i’r gwasanaeth hwn ei ofyn")
    assert kept.get_attribute("href") == f"{running_network.url(AUTHORITY)}/{path}"
    assert kept.get_attribute("rel") == "noopener noreferrer"
