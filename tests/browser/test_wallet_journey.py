"""The whole way in real browsers: offer by link, claim kept across a restart, QR code read by the camera,
consent, the answer page changes. J1, J2 and J6b of the design.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from examples.blue_badge.network.build import STATUS_TTL
from examples.blue_badge.network.parties import BLUE_BADGE_ENGLAND, DWP, VEHICLE_TAX, VETERANS, WALLET
from tests.browser.phone import Phone, film_of
from tests.running import RunningNetwork

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

MOVING, ENHANCED, WPMS = "pip-moving-around-8", "pip-mobility-enhanced", "wpms"
NewPhone = Callable[..., Phone]


def service_url(network: RunningNetwork) -> str:
    return f"{network.url(BLUE_BADGE_ENGLAND)}/{BLUE_BADGE_ENGLAND}"


def test_two_devices(
    running_network: RunningNetwork, new_phone: NewPhone, laptop: Browser, tmp_path: Path
) -> None:
    # the citizen gets a claim by a link
    offer = running_network.offer(DWP, [MOVING], "amira")
    phone = new_phone()
    page = phone.open(offer.link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Add this to your wallet?")
    expect(page.get_by_text("Department for Work and Pensions offers you")).to_be_visible()
    # a code that can't be right costs no try; a wrong one is counted
    page.get_by_role("textbox").fill("12")
    page.get_by_role("button", name="Add to wallet").click()
    expect(page.get_by_role("alert")).to_contain_text("The code has 6 characters")
    wrong = "000000" if offer.transaction_code != "000000" else "000001"
    page.get_by_role("textbox").fill(wrong)
    page.get_by_role("button", name="Add to wallet").click()
    expect(page.get_by_role("alert")).to_contain_text("You have 4 tries left")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("textbox").fill(offer.transaction_code)
    page.get_by_role("button", name="Add to wallet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Added to your wallet")

    # it stays when the page is loaded again and when the phone was off
    page.get_by_role("link", name="See what you can prove").click()
    page.reload()
    expect(page.get_by_role("link", name="PIP: 8 points or more for moving around")).to_be_visible()
    phone.switch_off()

    # a laptop shows the service's code; the phone's camera sees it
    screen = laptop.new_context(viewport={"width": 1280, "height": 900}).new_page()
    screen.goto(service_url(running_network))
    screen.get_by_role("button", name="Start now").click()
    screen.wait_for_selector("img.check-qr")
    phone = new_phone(camera=film_of(screen, tmp_path / "laptop.mjpeg"))
    page = phone.open(running_network.url(WALLET))
    page.get_by_role("navigation").get_by_role("link", name="Scan").click()
    page.get_by_role("button", name="Open the camera").click()

    # who asks, what, why, by which law, for how long
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Exampleshire Blue Badge team asks you to prove something", timeout=30_000)
    assert page.url == f"{running_network.url(WALLET)}/present"
    for text in ("Hassan", "To decide whether", "Regulations 2000", "90 days"):
        expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_text("Share only if you started this yourself")).to_be_visible()
    page.get_by_role("button", name="Share", exact=True).click()

    # the phone shows a code; typed on the laptop, it releases the answer
    page.wait_for_url(f"{running_network.url(BLUE_BADGE_ENGLAND)}/**")  # the wallet has a panel, too
    panel = page.locator(".govuk-panel")
    expect(panel).to_be_visible(timeout=15_000)
    code = re.search(r"\b([0-9A-Z]{3}) ?([0-9A-Z]{3})\b", panel.inner_text())
    assert code is not None
    screen.get_by_label("Code from your phone").fill(code.group(0), timeout=15_000)
    screen.get_by_role("button", name="Continue").click()
    expect(screen.get_by_text("Your proof was accepted")).to_be_visible()
    expect(screen.get_by_text("Hassan")).to_be_visible()

    # the wallet remembers what it shared, and one copy is gone
    phone.open(f"{running_network.url(WALLET)}/#history")
    expect(page.get_by_role("heading", name="Exampleshire Blue Badge team")).to_be_visible()
    assert len(phone.kept()) == 9


def test_one_device(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(VETERANS, [WPMS], "wpms"))
    page = phone.open(service_url(running_network))
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("Your proof was accepted")).to_be_visible(timeout=20_000)
    assert page.url.startswith(running_network.url(BLUE_BADGE_ENGLAND))


def test_a_suspended_service(running_network: RunningNetwork, new_phone: NewPhone, laptop: Browser) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [ENHANCED], "grace"))
    kept = len(phone.kept())
    tax = running_network.url(VEHICLE_TAX)
    screen = laptop.new_context().new_page()
    screen.goto(f"{tax}/{VEHICLE_TAX}")
    screen.get_by_role("button", name="Start now").click()
    link = screen.locator(".check-way--here .govuk-button").get_attribute("href")
    assert link is not None
    before = len(phone.requests)
    with running_network.suspended(VEHICLE_TAX):
        page = phone.open(link)
        expect(page.get_by_role("heading", level=1)).to_have_text("This service is suspended")
        expect(page.get_by_text("authority does not let this service ask at the moment")).to_be_visible()
        assert page.get_by_role("button", name="Share").count() == 0
    assert [one.url for one in phone.requests[before:] if one.method == "POST"] == []
    assert len(phone.kept()) == kept
    # the same request, once the service takes part again
    page = phone.open(running_network.url(WALLET))
    page = phone.open(link)
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()


def test_saying_no(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [MOVING], "amira"))
    page = phone.open(service_url(running_network))
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    page.get_by_role("button", name="Do not share").click()
    expect(page.get_by_text("You did not show a proof")).to_be_visible(timeout=20_000)
    phone.open(running_network.url(WALLET))
    assert len(phone.kept()) == 10


def test_nothing_that_answers(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    page = phone.open(service_url(running_network))
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("You have nothing to show Exampleshire Blue Badge team yet")
    expect(page.get_by_text("Nothing about you was sent.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Veterans UK")).first).to_be_visible()


def test_a_choice_between_two_claims(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [MOVING], "grace"))
    phone.add(running_network.offer(VETERANS, [WPMS], "wpms"))
    page = phone.open(service_url(running_network))
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    expect(page.get_by_text("Adeyemi")).to_be_visible()
    page.get_by_role("radio", name=re.compile("War Pensioners")).check()
    expect(page.get_by_text("Dawes")).to_be_visible()
    expect(page.get_by_text("Adeyemi")).not_to_be_visible()
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("Your proof was accepted")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Dawes")).to_be_visible()


def test_the_app_opens_without_a_connection(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [MOVING], "amira"))
    page = phone.page
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    phone.open(running_network.url(WALLET))  # once more, now through the service worker
    phone.context.set_offline(True)
    phone.open(running_network.url(WALLET))
    expect(page.get_by_role("link", name="PIP: 8 points or more for moving around")).to_be_visible()
    phone.context.set_offline(False)


def test_deleting_asks_first(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, [MOVING], "amira"))
    page = phone.open(f"{running_network.url(WALLET)}/#settings")
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="No, keep everything").click()
    assert len(phone.kept()) == 10
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_timeout(800)  # what destroys something waits a moment
    page.get_by_role("button", name="Yes, delete everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything was deleted.")
    assert phone.kept() == []


def test_a_withdrawn_claim(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    """The service is the first to know: the wallet says why, and offers the claim no more."""
    phone = new_phone()
    phone.add(running_network.offer(DWP, [MOVING], "amira"))
    running_network.revoke(DWP, [MOVING], "amira")
    time.sleep(STATUS_TTL + 1)  # the service may hold a list from before
    page = phone.open(service_url(running_network))
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    page.get_by_role("button", name="Share", exact=True).click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("The service did not accept your claim", timeout=20_000)
    expect(page.get_by_text("It says that the department has withdrawn the claim.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Department for Work and Pensions"))).to_be_visible()

    page.get_by_role("link", name="Go to your wallet").click()
    expect(page.get_by_text("Withdrawn")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="PIP: 8 points or more for moving around").click()
    expect(page.get_by_text("The department has withdrawn this claim.")).to_be_visible()
    expect(page.get_by_text("You can share it")).not_to_be_visible()

    # asked once more, it spends nothing and says why
    left = len(phone.kept())
    page = phone.open(service_url(running_network))
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    expect(heading).to_have_text("You cannot show Exampleshire Blue Badge team what you hold")
    expect(page.get_by_text("The department has withdrawn this claim. Ask it why")).to_be_visible()
    expect(page.get_by_text("Nothing about you was sent.")).to_be_visible()
    assert len(phone.kept()) == left
