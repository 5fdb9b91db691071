"""A service's poster: accessible on the screen, and on paper one A4 page for each language."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from examples.blue_badge.network.parties import BLUE_BADGE_ENGLAND
from tests.browser.axe import violations
from tests.running import RunningNetwork

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SIZES = ((360, 640), (1280, 800))


@pytest.fixture
def poster(running_network: RunningNetwork, laptop: Browser) -> Iterator[Page]:
    with laptop.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{running_network.url(BLUE_BADGE_ENGLAND)}/{BLUE_BADGE_ENGLAND}/poster")
        yield page


@pytest.mark.parametrize("language", ["en", "cy"])
def test_it_is_accessible_at_every_size(poster: Page, language: str) -> None:
    poster.goto(f"{poster.url}?lang={language}")
    for width, height in SIZES:
        poster.set_viewport_size({"width": width, "height": height})
        assert violations(poster) == []
        assert poster.evaluate("document.documentElement.scrollWidth") <= width
    heading = poster.locator("section.poster[lang=cy] h2")
    assert heading.inner_text() == "Gwneud cais am Fathodyn Glas yn Lloegr"


def test_on_paper_it_is_one_page_for_each_language(poster: Page, tmp_path: Path) -> None:
    printed = tmp_path / "poster.pdf"
    poster.pdf(path=str(printed), prefer_css_page_size=True)
    pages = re.findall(rb"/Type\s*/Page\b", printed.read_bytes())
    sizes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([0-9.]+) ([0-9.]+)", printed.read_bytes())
    assert len(pages) == 2
    assert {(round(float(wide)), round(float(high))) for wide, high in sizes} == {(595, 842)}  # A4 in points
