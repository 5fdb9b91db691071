"""A reviewer signs in for a decision in a real browser, with and without scripts, and the keeper does it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from authority.actors import Role
from authority.office.app import build_office
from tests.authority.confirmation.office import REVIEWERS, ConfirmedOffice
from tests.authority.people.office import claims
from tests.authority.people.test_joining import REASON
from tests.browser.axe import violations
from tests.browser.listening import free_port, listening

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConfirmedOffice]:
    users = [User(sub=name, claims=claims(name)) for name in REVIEWERS]
    with run_server_in_thread(user_claims=users, require_nonce=True) as provider:
        yield from _listening(tmp_path_factory.mktemp("office"), f"http://localhost:{provider.server_port}")


def _listening(home: Path, provider: str) -> Iterator[ConfirmedOffice]:
    port = free_port()
    office = ConfirmedOffice(home, provider, base_url=f"http://localhost:{port}")
    with office, listening(build_office(office.deps), port):
        yield office


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_decision_is_signed_in_for_and_done(
    office: ConfirmedOffice, laptop: Browser, *, has_scripts: bool
) -> None:
    member_id = f"council-{has_scripts:d}"
    office.applied(member_id)
    office.actor("rhys", "authority", Role.REVIEWER)
    url = office.settings.base_url
    page = laptop.new_context(
        base_url=url,
        locale="en-GB",
        viewport={"width": 360, "height": 640},
        java_script_enabled=has_scripts,
    ).new_page()
    page.goto("/sign-in")
    at_the_provider(page, "rhys", url)
    page.goto(f"/reviews/{member_id}")
    if has_scripts:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Admit").check()
    page.get_by_label("Reason", exact=False).fill(REASON)
    page.get_by_role("button", name="Decide").click()
    at_the_provider(page, "rhys", url)
    expect(page).to_have_url(f"{url}/reviews/{member_id}")
    expect(page.get_by_text("Takes effect within the hour.")).to_be_visible()
    assert office.keep() == [f"{member_id}: admitted"]
    page.reload()
    expect(page.get_by_text("In effect.")).to_be_visible()
    page.context.close()


def at_the_provider(page: Page, name: str, url: str) -> None:
    """Says who it is, on the provider's own page."""
    expect(page.locator("input[name=sub]")).to_be_visible()
    page.locator("input[name=sub]").fill(name)
    page.locator("button, input[type=submit]").first.click()
    page.wait_for_url(f"{url}/**")
