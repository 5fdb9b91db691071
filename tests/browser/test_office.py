"""The office's pages as people see them: on a phone and a laptop, in both languages, without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.following import follow
from tests.browser.office import DRAFT, MEMBER, REFUSED, WAITING, RunningOffice

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AT = f"/organisations/{MEMBER}"
#: Who looks at what; "" is nobody who is signed in.
PAGES = (
    ("", "/"),
    ("", "/enrol#code.digest"),
    ("", "/organisations"),
    ("", "/signed-in"),
    ("", "/invitations/unknown"),
    ("", "/nothing"),
    ("mallory", "/organisations"),
    ("mallory", AT),
    ("olwen", "/"),
    ("olwen", "/organisations"),
    ("olwen", "/apply"),
    ("olwen", AT),
    ("olwen", f"{AT}/details"),
    ("olwen", f"{AT}/agreement"),
    ("olwen", f"{AT}/checklist"),
    ("olwen", f"{AT}/people"),
    ("olwen", f"{AT}/enrolments"),
    ("olwen", f"/organisations/{DRAFT}"),
    ("olwen", f"/organisations/{DRAFT}/details"),
    ("olwen", f"/organisations/{DRAFT}/agreement"),
    ("olwen", f"/organisations/{REFUSED}"),
    ("olwen", f"/organisations/{WAITING}"),
    ("olwen", "/organisations/blue-badge"),
    ("rhys", "/reviews"),
    ("rhys", f"/reviews/{MEMBER}"),
    ("rhys", f"/reviews/{WAITING}"),
    ("rhys", f"{AT}/enrolments"),
)
#: Forms that are sent as they are, and what the page says then.
SENT = (
    ("olwen", "/apply", "Save and continue", "There is a problem"),
    ("olwen", f"/organisations/{DRAFT}/checklist", "Save and continue", "There is a problem"),
    ("olwen", f"{AT}/enrolments", "Make a link", "There is a problem"),
    ("olwen", AT, "Leave", "Give a reason"),
    ("rhys", f"/reviews/{WAITING}", "Decide", "Choose a decision"),
    ("rhys", f"/reviews/{MEMBER}", "Decide about the change", "Choose a decision"),
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with RunningOffice(tmp_path_factory.mktemp("office")) as running:
        yield running.fill()


@dataclass
class People:
    """Everybody's browser, in one language."""

    office: RunningOffice
    chromium: Browser
    language: str

    def __post_init__(self) -> None:
        names = ("", "olwen", "rhys", "mallory")
        self._contexts = {
            name: self.office.browser(self.chromium, name, language=self.language) for name in names
        }

    def open(self, name: str, path: str) -> Page:
        page = self._contexts[name].new_page()
        page.goto(path)
        return page

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()


@pytest.fixture(params=["en", "cy"])
def people(request: pytest.FixtureRequest, office: RunningOffice, laptop: Browser) -> Iterator[People]:
    made = People(office, laptop, request.param)
    yield made
    made.close()


def broken(page: Page) -> list[str]:
    """What is wrong with a page on a laptop, a phone, and enlarged four times (WCAG 1.4.10)."""
    found = ["shows markup as text"] if "</" in page.inner_text("body") else []
    for width, height in ((1280, 800), (320, 640), (360, 640)):
        page.set_viewport_size({"width": width, "height": height})
        if width != 320:
            found += violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"scrolls sideways at {width} pixels")
    return found


def test_every_page_is_accessible(people: People) -> None:
    found = {}
    invited = people.office.invite("olwen@example.org")
    for who, path in (*PAGES, ("", invited), ("olwen", invited)):
        page = people.open(who, path)
        assert page.evaluate("document.documentElement.lang") == people.language
        if wrong := broken(page):
            found[f"{who} {path}"] = wrong
        page.close()
    assert found == {}


@pytest.mark.parametrize(("who", "path", "button", "said"), SENT)
def test_what_answers_a_form_is_accessible(
    office: RunningOffice, laptop: Browser, who: str, path: str, button: str, said: str
) -> None:
    """And the other language leads to the page that has the form."""
    context = office.browser(laptop, who)
    page = context.new_page()
    page.goto(path)
    follow(page.get_by_role("button", name=button, exact=True))
    expect(page.locator("main")).to_contain_text(said)
    assert broken(page) == []
    follow(page.get_by_role("link", name="Cymraeg"))
    assert page.evaluate("document.documentElement.lang") == "cy"
    assert page.url.startswith(f"{office.url}{path}?lang=cy")
    expect(page.locator("main form").first).to_be_visible()
    context.close()


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(
    office: RunningOffice, laptop: Browser
) -> None:
    context = office.browser(laptop, "olwen")
    page = context.new_page()
    page.goto("/apply")
    follow(page.get_by_role("button", name="Save and continue"))
    assert page.title().startswith("Error: ")
    expect(page.get_by_role("alert").locator("..")).to_be_focused()
    page.get_by_role("link", name="Enter a short name").click()
    expect(page.get_by_role("textbox", name="Short name")).to_be_focused()
    context.close()


def test_a_link_is_made_without_scripts_and_shown_once(office: RunningOffice, laptop: Browser) -> None:
    signed_in = office.browser(laptop, "olwen")
    context = laptop.new_context(java_script_enabled=False, base_url=office.url)
    context.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": office.url} for one in signed_in.cookies()]
    )
    page = context.new_page()
    page.goto(f"{AT}/enrolments")
    page.get_by_role("radio", name="Service", exact=True).check()
    follow(page.get_by_role("button", name="Make a link"))
    expect(page.locator("#command")).to_contain_text(f'pdx join "{office.url}/enrol#')
    expect(page.get_by_role("button", name="Copy the command")).to_be_hidden()
    page.goto(f"{AT}/enrolments")
    expect(page.locator("#command")).to_have_count(0)
    for one in (signed_in, context):
        one.close()


def test_a_link_that_is_opened_sends_its_code_nowhere(office: RunningOffice, laptop: Browser) -> None:
    context = office.browser(laptop)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append((request.url, request.post_data, request.headers)))
    page.goto("/enrol#very-secret.digest")
    follow(page.get_by_role("link", name="Cymraeg"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Mae’r ddolen hon yn perthyn ar weinydd")
    assert page.locator("script").count() == 0
    assert len(asked) > 1
    # the browser itself strips what comes after # from what it sends; playwright shows it for documents
    assert [url for url, _, _ in asked if "very-secret" in url] in (
        [],
        [f"{office.url}/enrol#very-secret.digest"],
    )
    assert "very-secret" not in str([(body, headers) for _, body, headers in asked])
    context.close()
