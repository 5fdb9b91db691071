"""Between code and claim: a page loaded again, a phone that goes off, two tabs, time that runs out."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from examples.blue_badge.network.parties import DWP, WALLET
from tests.browser.axe import small_targets, violations
from tests.browser.phone import Phone
from tests.running import Offer, RunningNetwork

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NewPhone = Callable[..., Phone]
CLAIM = "pip-moving-around-8"
CREDENTIAL = "**/credential"


def hold(phone: Phone, *, answered: bool = False) -> list[Route]:
    """Keeps the department's claims from arriving; with `answered` it has given them all the same."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        if answered:
            route.fetch()
        held.append(route)

    phone.context.route(CREDENTIAL, keep)
    return held


def accept(phone: Phone, offer: Offer, held: list[Route]) -> Page:
    """Gives the code and waits until the department was asked for the claim."""
    page = phone.open(offer.link)
    page.get_by_role("textbox").fill(offer.transaction_code)
    page.locator("button[type=submit]").click()
    for _ in range(200):
        if held:
            return page
        page.wait_for_timeout(50)
    raise AssertionError("the claim was not asked for")


def pending(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        """async () => {
          const open = indexedDB.open("wallet");
          const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
          const read = database.transaction("pending").objectStore("pending").getAll();
          const all = await new Promise((done) => { read.onsuccess = () => done(read.result); });
          database.close();
          return all.map((one) => ({ ...one, extractable: one.dpopKey.privateKey.extractable }));
        }"""
    )
    return found


@pytest.mark.parametrize("answered", [False, True])
def test_a_page_that_is_loaded_again_goes_on(
    running_network: RunningNetwork, new_phone: NewPhone, answered: bool
) -> None:
    phone = new_phone()
    held = hold(phone, answered=answered)
    page = accept(phone, running_network.offer(DWP, [CLAIM], "amira"), held)
    phone.context.unroute(CREDENTIAL)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Added to your wallet")
    assert len(phone.kept()) == 10
    assert pending(page) == []
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("What you can prove")


def test_a_phone_that_was_off_offers_to_go_on(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    offer = running_network.offer(DWP, [CLAIM], "amira")
    accept(phone, offer, hold(phone))
    phone.switch_off()
    phone = new_phone()
    page = phone.open(running_network.url(WALLET))
    expect(page.get_by_text("Department for Work and Pensions accepted your code")).to_be_visible()
    assert violations(page) + small_targets(page) == []
    [kept] = pending(page)
    assert not kept["extractable"]
    assert offer.transaction_code not in str(kept)
    page.get_by_role("button", name="Go on receiving").or_(
        page.get_by_role("link", name="Go on receiving")
    ).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Added to your wallet")
    seen = "\n".join([phone.storage(), *phone.console, *(request.url for request in phone.requests)])
    assert kept["accessToken"] not in seen
    # the link shows what came of it, instead of saying that the offer is over
    phone.open(offer.link)
    expect(page.get_by_role("heading", level=1)).to_have_text("You already have this")
    assert len(phone.kept()) == 10


def test_a_connection_that_breaks_can_wait(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    offer = running_network.offer(DWP, [CLAIM], "amira")
    phone.context.route(CREDENTIAL, lambda route: route.abort())
    page = phone.open(offer.link)
    page.get_by_role("textbox").fill(offer.transaction_code)
    page.locator("button[type=submit]").click()
    expect(page.get_by_text("Your code was accepted and nothing is lost.")).to_be_visible()
    expect(page.get_by_text("You can go on until")).to_be_visible()
    assert violations(page) + small_targets(page) == []
    page.get_by_role("link", name="Go to your wallet").click()
    phone.context.unroute(CREDENTIAL)
    page.get_by_role("link", name="Go on receiving").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Added to your wallet")


def test_two_tabs_receive_once(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    offer = running_network.offer(DWP, [CLAIM], "amira")
    held = hold(phone)
    first = accept(phone, offer, held)
    second = phone.context.new_page()
    second.goto(offer.link)
    for _ in range(200):
        if len(held) == 2:
            break
        second.wait_for_timeout(50)
    for route in held:
        route.continue_()
    for page in (first, second):
        expect(page.locator(".tick")).to_be_visible(timeout=20_000)
    assert len(phone.kept()) == 10


def test_nothing_outlives_its_time(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    offer = running_network.offer(DWP, [CLAIM], "amira")
    page = accept(phone, offer, hold(phone))
    assert len(pending(page)) == 1
    page.clock.install(time=page.evaluate("Date.now() + 3_600_000"))
    page.goto(running_network.url(WALLET))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your wallet is empty")
    expect(page.get_by_text("Go on receiving")).to_have_count(0)
    assert pending(page) == []
