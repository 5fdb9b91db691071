"""Names that are markup, and pages in others' frames: seen by a real Chromium with its policy in force."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from examples.blue_badge.network.parties import BLUE_BADGE_ENGLAND as ENGLAND
from tests.running import RunningNetwork
from tests.system import chromium
from tests.verifier.world import World as Verifier
from tests.verifier.world import code_on_the_phone

MARKUP = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"{{7*7}}"


def answer_page(world: Verifier) -> str:
    browser = world.browser()
    page = world.start(browser)
    names = dict.fromkeys(("family_name", "given_name", "birthdate"), MARKUP)
    claim = world.issue(claims={**names, "address": {"postal_code": MARKUP}})
    answered = world.respond(world.read(world.links(ENGLAND, page)["qr"]), claim)
    code = code_on_the_phone(world, answered.json()["redirect_uri"])
    browser.post(f"{page}/confirm", data={"code": code})
    return browser.get(page, follow_redirects=True).text


def test_what_a_claim_says_is_text(verifier: Verifier) -> None:
    text = answer_page(verifier)
    assert "&lt;script&gt;" in text
    assert "<img" not in text
    assert "onerror=&#34;" in text
    assert "49" not in text.split("&lt;script&gt;")[1][:200]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        pytest.fail("Chromium is missing. Run: sudo apt-get install -y chromium", pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(executable), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_page_with_markup_for_names_runs_nothing(
    page: Page, verifier: Verifier, running_network: RunningNetwork
) -> None:
    """The service's own page with such a name in it, under the policy that its server sends."""
    text = answer_page(verifier)
    url = f"{running_network.url(ENGLAND)}/{ENGLAND}"

    def instead(route: Any) -> None:
        sent = route.fetch()
        route.fulfill(response=sent, body=text)

    page.route(url, instead)
    page.goto(url)
    assert "owned" not in page.title()
    assert page.get_by_text("onerror").count() >= 1


def test_markup_that_got_in_would_not_run_either(page: Page, running_network: RunningNetwork) -> None:
    """The content security policy: the second wall, if a page ever did not escape."""
    url = f"{running_network.url(ENGLAND)}/{ENGLAND}"
    body = f"<html><title>honest</title><body>{MARKUP}<a href=\"javascript:document.title='owned'\">x</a>"

    def instead(route: Any) -> None:
        route.fulfill(response=route.fetch(), body=body)

    page.route(url, instead)
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text))
    page.goto(url)
    page.get_by_text("x", exact=True).click()
    assert page.title() == "honest"
    assert any("Content Security Policy" in one for one in violations)


@pytest.mark.parametrize("party", ["blue-badge-england", "dwp", "wallet"])
def test_no_page_can_be_put_into_a_frame(page: Page, running_network: RunningNetwork, party: str) -> None:
    url = running_network.url(party)
    page.route("http://evil.localhost/", lambda route: route.fulfill(body=f'<iframe src="{url}/"></iframe>'))
    page.goto("http://evil.localhost/")
    page.wait_for_timeout(300)
    frame = page.frames[-1]
    assert "chrome-error" in frame.url or not frame.query_selector("main, #app")


@pytest.mark.parametrize("path", ["dwp/", "dwp/staff", "blue-badge-england/blue-badge-england", "wallet/"])
def test_our_own_pages_break_none_of_their_policy(
    page: Page, running_network: RunningNetwork, path: str
) -> None:
    party, _, rest = path.partition("/")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{running_network.url(party)}/{rest}")
    assert [one for one in said if "Content Security Policy" in one or "Error" in one] == []
