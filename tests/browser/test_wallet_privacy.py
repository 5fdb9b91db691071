"""What must not be seen: keys, personal data in addresses, logs and stores, the link once it was read."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from examples.blue_badge.network.parties import BLUE_BADGE_ENGLAND, DWP, WALLET
from tests.browser.phone import Phone
from tests.running import RunningNetwork

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NewPhone = Callable[..., Phone]
CANARIES = ("Hassan", "Amira", "1979-03-14", "14 March 1979", "ZZ1 2AB")


def test_keys_stay_in_the_browser(running_network: RunningNetwork, new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, ["pip-moving-around-8"], "amira"))
    copies = phone.kept()
    assert len(copies) == 10
    assert not any(copy["extractable"] for copy in copies)
    assert len({copy["x"] for copy in copies}) == len(copies)


def test_nothing_personal_in_addresses_logs_and_other_stores(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    offer = running_network.offer(DWP, ["pip-moving-around-8"], "amira")
    phone.add(offer)
    page = phone.open(f"{running_network.url(BLUE_BADGE_ENGLAND)}/{BLUE_BADGE_ENGLAND}")
    page.get_by_role("button", name="Start now").click()
    page.locator(".check-way--here .govuk-button").click()
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("Your proof was accepted")).to_be_visible(timeout=20_000)
    phone.open(running_network.url(WALLET))
    addresses = "\n".join(request.url for request in phone.requests)
    seen = "\n".join([addresses, *phone.console, phone.storage()])
    for canary in (*CANARIES, offer.transaction_code):
        assert canary not in seen


def test_the_link_leaves_the_address_bar_and_survives_a_reload(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    offer = running_network.offer(DWP, ["pip-moving-around-8"], "amira")
    page = phone.open(offer.link)
    assert page.url == f"{running_network.url(WALLET)}/add"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add this to your wallet?")
    phone.add(offer)
    # once it is done, going back does not open it again
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("What you can prove")


def test_requests_tell_nobody_where_they_come_from(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    phone.add(running_network.offer(DWP, ["pip-moving-around-8"], "amira"))
    wallet = urlsplit(running_network.url(WALLET)).netloc
    abroad = [one for one in phone.requests if urlsplit(one.url).netloc != wallet]
    assert len(abroad) >= 6
    for request in abroad:
        headers = request.all_headers()
        assert "referer" not in headers
        assert "cookie" not in headers


def test_the_page_runs_nothing_but_its_own_files(
    running_network: RunningNetwork, new_phone: NewPhone
) -> None:
    phone = new_phone()
    page = phone.open(running_network.url(WALLET))
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          try { script.textContent = "window.intruder = true"; } catch { return; }  // Trusted Types
          document.body.append(script);
        }"""
    )
    assert page.evaluate("window.intruder") is None
    assert page.evaluate(
        "() => { try { return new Function('return 1')(); } catch { return 'refused'; } }"
    ) in (
        "refused",
        1,  # the debugger may lift the policy for what it runs itself
    )
    assert any("Trusted" in text or "Content Security Policy" in text for text in phone.console)
