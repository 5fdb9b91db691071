"""A citizen's phone: Chromium with a small screen, a memory of its own and perhaps a camera.

It notes what the browser's console said and every address it went to, so that tests can look for what must
not be there.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, Request

from tests.running import Offer

# quiet on a closed network; no sandbox, since tests may run as root
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREEN = {"width": 360, "height": 640}
_CAMERA = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--use-file-for-fake-video-capture=",
)


class Phone:
    """One phone; `memory` is where its browser keeps things while it is off."""

    def __init__(
        self,
        playwright: Playwright,
        chromium: Path,
        memory: Path,
        *,
        language: str,
        camera: Path | None,
    ) -> None:
        film = [*_CAMERA[:2], f"{_CAMERA[2]}{camera}"] if camera else []
        self.context: BrowserContext = playwright.chromium.launch_persistent_context(
            memory,
            executable_path=chromium,
            args=[*FLAGS, *film],
            viewport={"width": SCREEN["width"], "height": SCREEN["height"]},
            locale={"en": "en-GB", "cy": "cy-GB"}[language],
            reduced_motion="reduce",
        )
        self.page: Page = self.context.pages[0]
        self.console: list[str] = []
        self.requests: list[Request] = []
        self.context.on("console", lambda message: self.console.append(message.text))
        self.context.on("request", self._note)
        self._off = False

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    def switch_off(self) -> None:
        if not self._off:
            self._off = True
            self.context.close()

    # --- what a citizen does

    def open(self, link: str) -> Page:
        """Follows a link and waits for the page's heading."""
        self.page.goto(link)
        self.page.wait_for_selector("h1")
        return self.page

    def add(self, offer: Offer) -> None:
        """Takes up an offer, code and all."""
        page = self.open(offer.link)
        page.get_by_role("textbox").fill(offer.transaction_code)
        page.locator("button[type=submit]").click()
        page.wait_for_selector(".tick")

    def kept(self) -> list[dict[str, Any]]:
        """What the wallet keeps, by store, with each key's `extractable`."""
        kept: list[dict[str, Any]] = self.page.evaluate(
            """async () => {
              const open = indexedDB.open("wallet");
              const database = await new Promise((done) => { open.onsuccess = () => done(open.result); });
              const read = database.transaction("copies").objectStore("copies").getAll();
              const copies = await new Promise((done) => { read.onsuccess = () => done(read.result); });
              return copies.map((copy) => ({
                credential: copy.credential,
                extractable: copy.key.privateKey.extractable,
                x: copy.key.publicJwk.x,
              }));
            }"""
        )
        return kept

    def storage(self) -> str:
        """Everything that is readable in the browser's other stores and addresses, as one text."""
        text: str = self.page.evaluate(
            "() => JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, document.cookie])"
        )
        return text


def film_of(page: Page, path: Path) -> Path:
    """Writes a film (MJPEG) of what a page shows, for a phone's camera to look at."""
    before = page.viewport_size
    page.set_viewport_size({"width": 1280, "height": 720})
    page.locator("img.check-qr").scroll_into_view_if_needed()
    frame = page.screenshot(type="jpeg", quality=90)
    path.write_bytes(frame * 30)
    if before:
        page.set_viewport_size(before)
    return path
