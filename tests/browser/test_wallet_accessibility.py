"""Every page of the wallet: axe-core, both languages, large text, keyboard, unsteady hands."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from examples.blue_badge.network.parties import BLUE_BADGE_ENGLAND, DWP, VETERANS, WALLET
from tests.browser.axe import small_targets, violations
from tests.browser.phone import SCREEN, Phone
from tests.running import RunningNetwork

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NewPhone = Callable[..., Phone]


def pages(network: RunningNetwork, phone: Phone) -> Iterator[tuple[str, Page]]:
    """Walks through every page that the wallet has, one after the other."""
    wallet, page = network.url(WALLET), phone.page
    service = f"{network.url(BLUE_BADGE_ENGLAND)}/{BLUE_BADGE_ENGLAND}"
    phone.open(wallet)
    yield "an empty wallet", page
    phone.open(f"{wallet}/present?client_id=only")
    yield "a refusal", page
    _ask(phone, service)
    yield "nothing that answers", page
    offer = network.offer(DWP, ["pip-moving-around-8"], "grace")
    phone.open(offer.link)
    yield "an offer", page
    page.locator("button[type=submit]").click()
    page.wait_for_selector(".govuk-error-summary")
    yield "an offer with a missing code", page
    phone.add(offer)
    yield "a claim was added", page
    phone.add(network.offer(VETERANS, ["wpms"], "wpms"))
    phone.open(wallet)
    page.wait_for_selector(".card")
    yield "two claims", page
    page.locator(".card__link").first.click()
    page.wait_for_selector("dl")
    yield "one claim", page
    page.locator(".main .govuk-button").last.click()
    page.wait_for_selector(".govuk-button--warning")
    yield "deleting a claim", page
    _ask(phone, service)
    page.wait_for_selector(".decision")
    for summary in page.locator("summary").all():
        summary.click()
    assert page.locator("details[open]").count() == 2  # why each detail is needed, rights and contact
    expect(page.locator("a[href='tel:+441632960001']")).to_be_visible()
    yield "a request", page
    for place in ("scan", "history", "settings"):
        phone.open(f"{wallet}/#{place}")
        page.reload()
        page.wait_for_selector("h1")
        yield place, page
    page.locator(".main .govuk-button").last.click()
    page.wait_for_selector(".govuk-button--warning")
    yield "deleting everything", page


def _ask(phone: Phone, service: str) -> None:
    page = phone.open(service)
    page.locator("form .govuk-button").first.click()
    page.locator(".check-way--here .govuk-button").click()
    page.wait_for_url("**/present")
    page.wait_for_selector("h1")


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_page(running_network: RunningNetwork, new_phone: NewPhone, language: str) -> None:
    phone = new_phone(language=language)
    broken: dict[str, list[str]] = {}
    seen = 0
    for name, page in pages(running_network, phone):
        seen += 1
        assert page.evaluate("document.documentElement.lang") == language, name
        found = violations(page) + small_targets(page)
        # WCAG 1.4.10: at 1280 pixels and 400 per cent nothing has to be scrolled sideways
        page.set_viewport_size({"width": 320, "height": 256})
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            found.append("scrolls sideways at 320 pixels")
        page.set_viewport_size({"width": SCREEN["width"], "height": SCREEN["height"]})
        if found:
            broken[name] = found
    assert broken == {}
    assert seen == 14


def test_the_heading_takes_the_focus(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    page = phone.open(running_network.url(WALLET))
    for name in ("Scan", "History", "Settings", "Claims"):
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_keyboard_is_enough(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, ["pip-moving-around-8"], "amira"))
    page = phone.open(f"{running_network.url(BLUE_BADGE_ENGLAND)}/{BLUE_BADGE_ENGLAND}")
    page.locator("form .govuk-button").first.click()
    page.locator(".check-way--here .govuk-button").click()
    page.wait_for_selector(".decision")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Do not share":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("You did not show a proof")).to_be_visible(timeout=20_000)


def test_the_language_changes_in_place(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    page = phone.open(running_network.url(WALLET))
    page.get_by_role("button", name="Cymraeg").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mae eich waled yn wag")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mae eich waled yn wag")
