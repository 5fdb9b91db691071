"""Going from page to page as a person does."""

from playwright.sync_api import Locator


def follow(what: Locator) -> None:
    """Presses what leads to another page, and waits until that one stands.

    Without it the next look can still be at the page that was left, or at none.
    """
    with what.page.expect_navigation():
        what.click()
