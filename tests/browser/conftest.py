"""Browsers for the tests: a phone that keeps what it has when it is switched off, and a laptop."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.phone import FLAGS, Phone
from tests.system import chromium


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # Not for the session: while it runs, this thread counts as inside an event loop, for all other tests too.
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    found = chromium()
    assert found is not None, "Chromium is missing. Run: sudo apt-get install -y chromium"
    return found


@pytest.fixture(scope="module")
def laptop(playwright: Playwright, chromium_path: Path) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def new_phone(playwright: Playwright, chromium_path: Path, tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    phones: list[Phone] = []

    def start(*, language: str = "en", camera: Path | None = None, memory: str = "phone") -> Phone:
        phone = Phone(playwright, chromium_path, tmp_path / memory, language=language, camera=camera)
        phones.append(phone)
        return phone

    yield start
    for phone in phones:
        phone.switch_off()
