"""Proposing, deciding and adopting in a real browser: on a phone and a laptop, in both languages, without
scripts, signed in at a real provider.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from authority.actors import Role
from authority.office.app import build_office
from authority.people.sessions import begin_session
from authority.proposals.drafts import DraftKind, begin_draft
from authority.proposals.proposal import Proposal, State
from authority.proposals.question_form import entered
from authority.usecases.appeal_decision import appeal_decision
from tests.authority.network import CLAIM_TYPE, NOW, WORDS, claim_type
from tests.authority.people.office import claims
from tests.authority.proposals.office import PEOPLE, PROPOSE, QUESTION, SERVICE, ProposalsOffice
from tests.authority.proposals.world import DEPARTMENT, OTHER, REFUSAL, approval, proposed
from tests.authority.proposals.world import SERVICE as BOB
from tests.browser.axe import violations
from tests.browser.following import follow
from tests.browser.listening import free_port, listening

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LONG = {
    "en": "To decide whether you can park without charge, under an incommensurabilities-and-"
    "counterrevolutionaries scheme, and for how long.",
    "cy": "I benderfynu a allwch barcio heb dâl, o dan gynllun "
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch.",
}
GREEDY: dict[str, Any] = {
    "retention": {"days": 400, "text": LONG},
    "title": LONG,
    "purpose": LONG,
    "law": LONG,
}
DEPARTMENT_AT = "/organisations/dwp"
WIDTHS = (1280, 360, 320)  # WCAG 1.4.10: 320 is 1280 pixels at 400 per cent


@dataclass
class Running:
    """The office as it listens, and a proposal in every state."""

    office: ProposalsOffice
    url: str
    proposals: dict[str, Proposal]
    draft: str  # where it is gone on with

    def signed_in(self, laptop: Browser, name: str, language: str = "en", **options: Any) -> Page:
        locale = {"en": "en-GB", "cy": "cy-GB"}[language]
        size: Any = {"width": 360, "height": 640}
        context = laptop.new_context(base_url=self.url, viewport=size, locale=locale, **options)
        if name:
            cookie = begin_session(self.office.deps, claims(name))
            context.add_cookies([{"name": "pdx_office", "value": cookie, "url": self.url}])
        return context.new_page()

    def place(self, name: str, at: str = SERVICE) -> str:
        return f"{at}/{self.proposals[name].id}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    port = free_port()
    url = f"http://localhost:{port}"
    users = [User(sub=name, claims=claims(name)) for name in PEOPLE]
    home = tmp_path_factory.mktemp("office")
    with run_server_in_thread(user_claims=users, require_nonce=True) as provider:
        secret = home / "secret"
        secret.write_text("a secret of the client's\n")
        issuer = f"http://localhost:{provider.server_port}"
        oidc = {"issuer": issuer, "client_id": "office", "client_secret_file": secret}
        with ProposalsOffice(
            home, base_url=url, oidc=oidc, limits={"sign_in": None, "propose": None}
        ) as office:
            office.people()
            with listening(build_office(office.deps), port):
                yield Running(office, url, filled(office), draft_in(office))


def filled(office: ProposalsOffice) -> dict[str, Proposal]:
    world = office.world
    refused = world.decide(world.submit(proposed(id="refused")), REFUSAL)
    appealed = world.decide(world.submit(proposed(id="appealed", title=LONG)), REFUSAL)
    appeal_decision(world.database, BOB, appealed.id, LONG["en"] * 5, now=NOW + 1)
    approved = world.approved(proposed(id="approved"))
    return {
        "refused": refused,
        "appealed": appealed,
        "approved": approved,
        "greedy": world.submit(proposed(id="greedy", **GREEDY)),
        "other": world.submit(proposed(id="other"), OTHER),
        "claim": world.submit(claim_type(version=2, statement=LONG, title=LONG), DEPARTMENT),
    }


def draft_in(office: ProposalsOffice) -> str:
    owen = office.people()["owen"]
    pairs = entered(proposed(id="draft", title=LONG), version=1)
    draft = begin_draft(
        office.deps.database, owen, DraftKind.QUESTION, pairs, now=NOW, random=office.deps.random
    )
    return f"{PROPOSE}/{draft.id}"


def pages(running: Running) -> list[tuple[str, str]]:
    """Who looks at what; "" is nobody who is signed in."""
    at = running.place
    adopt = "/organisations/council-two/adopt"
    return [
        ("", "/questions"),
        ("", "/questions?q=nothing"),
        ("", at("approved", "/questions")),
        ("carys", at("approved", "/questions")),
        ("carys", at("approved", adopt)),
        ("carys", "/organisations/council-two/proposals"),
        ("owen", SERVICE),
        ("owen", at("refused")),
        ("owen", at("appealed")),
        ("owen", at("approved")),
        ("owen", at("greedy")),
        ("owen", PROPOSE),
        ("owen", "/organisations/blue-badge/propose/file"),
        ("owen", f"{running.draft}/what"),
        ("owen", f"{running.draft}/details"),
        ("owen", f"{running.draft}/terms?check"),
        ("owen", f"{running.draft}/check"),
        ("owen", f"{running.draft}/delete"),
        ("owen", "/organisations/blue-badge"),
        ("dilys", f"{DEPARTMENT_AT}/proposals"),
        ("dilys", at("claim", f"{DEPARTMENT_AT}/proposals")),
        ("dilys", f"{DEPARTMENT_AT}/propose/claim-type"),
        ("dilys", f"{DEPARTMENT_AT}/propose/claim-type?from={running.proposals['claim'].id}"),
        ("dilys", f"{DEPARTMENT_AT}/propose/file"),
        ("rhys", "/proposals"),
        ("rhys", at("greedy", "/proposals")),
        ("rhys", at("approved", "/proposals")),
        ("rhys", at("appealed", "/proposals")),
        ("ruth", at("claim", "/proposals")),
    ]


def faults(page: Page) -> list[str]:
    """What is wrong with a page at every width."""
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 640 if width < 1000 else 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"scrolls sideways at {width} pixels")
        if width != 320:
            found += violations(page)
    page.set_viewport_size({"width": 360, "height": 640})
    return found


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_page_is_accessible(running: Running, laptop: Browser, language: str) -> None:
    people: dict[str, Page] = {}
    broken: dict[str, list[str]] = {}
    for name, path in pages(running):
        if name not in people:
            people[name] = running.signed_in(laptop, name, language)
        answer = people[name].goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert people[name].evaluate("document.documentElement.lang") == language
        if found := faults(people[name]):
            broken[f"{name} {path}"] = found
    assert broken == {}


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_page_with_errors_is_accessible(running: Running, laptop: Browser, language: str) -> None:
    sent = (
        ("owen", PROPOSE, "button[value=next]:not([aria-hidden])"),
        ("owen", "/organisations/blue-badge/propose/file", "button[value=check]:not([aria-hidden])"),
        ("owen", running.place("refused"), "form[action$=appeal] button"),
        ("dilys", f"{DEPARTMENT_AT}/propose/claim-type", "button[value=check]:not([aria-hidden])"),
        (
            "carys",
            running.place("approved", "/organisations/council-two/adopt"),
            "form[action*=adopt] button",
        ),
        ("rhys", running.place("greedy", "/proposals"), "form[action$=decision] button"),
    )
    broken: dict[str, list[str]] = {}
    for name, path, button in sent:
        page = running.signed_in(laptop, name, language)
        page.goto(path)
        if name == "carys":  # what the office knows of her council stands there already
            page.locator("#email").fill("")
        follow(page.locator(button))
        summary = page.locator(".govuk-error-summary")
        expect(summary).to_be_visible()
        for link in summary.locator("a").all():
            place = link.get_attribute("href") or ""
            assert page.evaluate("(id) => document.getElementById(id) !== null", place.removeprefix("#")), (
                place
            )
        if found := faults(page):
            broken[path] = found
    assert broken == {}


def test_who_comes_second_sees_the_decision(running: Running, laptop: Browser) -> None:
    world = running.office.world
    proposal = world.submit(proposed(id="raced"))
    page = running.signed_in(laptop, "rhys")
    page.goto(f"/proposals/{proposal.id}")
    page.get_by_label("Refuse").check()
    page.get_by_label("Reasons").fill("Mine, of which nothing must be lost.")
    world.decide(proposal, approval())
    follow(page.get_by_role("button", name="Decide"))
    expect(page.get_by_role("heading", name="Something was decided meanwhile")).to_be_visible()
    expect(page.get_by_text(approval().reasons)).to_be_visible()
    expect(page.get_by_text("Mine, of which nothing must be lost.")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize(("place", "has_scripts"), [("harbour", False), ("station", True)])
def test_a_question_goes_from_an_officer_to_another_council(
    running: Running, laptop: Browser, place: str, has_scripts: bool
) -> None:
    """Signed in at a provider, on a phone, with scripts and without: axe itself is one and needs them."""
    title = f"Parking at the {place}"
    owen = sign_in(running, laptop, "owen", has_scripts=has_scripts)
    owen.goto(SERVICE)
    follow(owen.get_by_role("button", name="Propose a question"))
    write(owen, place, title)
    expect(owen.get_by_role("heading", level=1)).to_have_text("Check before you send")
    assert not has_scripts or faults(owen) == []
    follow(owen.get_by_role("button", name="Change something"))
    expect(owen.get_by_label("Title in English")).to_have_value(title)
    for button in ("Continue", "Continue", "Check before you send", "Send to the reviewers"):
        follow(owen.get_by_role("button", name=button))
    expect(owen.get_by_text("Waits for a reviewer")).to_be_visible()

    rhys = sign_in(running, laptop, "rhys", has_scripts=has_scripts)
    rhys.goto("/proposals")
    follow(rhys.get_by_role("link", name=title))
    rhys.get_by_label("Approve").check()
    rhys.get_by_label("Reasons").fill("No more than is needed.")
    for part, value in (("Day", "1"), ("Month", "6"), ("Year", "2027")):
        rhys.get_by_label(part, exact=True).fill(value)
    follow(rhys.get_by_role("button", name="Decide"))
    expect(rhys.get_by_text("1 June 2027").first).to_be_visible()

    carys = sign_in(running, laptop, "carys", has_scripts=has_scripts)
    carys.goto("/questions")
    carys.get_by_label("Search").fill(place)
    follow(carys.get_by_role("button", name="Search"))
    follow(carys.get_by_role("link", name=title))
    follow(carys.get_by_role("button", name="Adopt for Second council"))
    carys.get_by_label("Email address for questions about it").fill("team@council-two.example")
    carys.get_by_label("Address of your privacy notice").fill("https://council-two.example/privacy")
    carys.get_by_label("Their email address").fill("help@supervisor.example")
    follow(carys.get_by_role("button", name="Adopt"))
    expect(carys.get_by_text("It is registered within the hour")).to_be_visible()
    assert not has_scripts or faults(carys) == []


def test_enter_goes_on_and_the_other_language_keeps_what_was_typed(running: Running, laptop: Browser) -> None:
    """Without scripts: the language's button stands before the form's own, and Enter must not press it."""
    owen = running.signed_in(laptop, "owen", java_script_enabled=False)
    owen.goto(PROPOSE)
    owen.get_by_label("Title in English").fill("Half a title")
    follow(owen.get_by_role("button", name="Cymraeg"))
    expect(owen.get_by_label("Teitl yn Saesneg")).to_have_value("Half a title")
    follow(owen.get_by_role("button", name="English"))
    with owen.expect_navigation():
        owen.get_by_label("Short name").press("Enter")
    expect(owen.get_by_role("alert")).to_contain_text("Enter a title in Welsh")
    follow(owen.get_by_role("button", name="Back"))
    follow(owen.get_by_role("link", name="Go on (Half a title)"))
    expect(owen.get_by_label("Title in English")).to_have_value("Half a title")
    owen.goto(SERVICE)
    owen.get_by_role("link", name="Delete (Half a title)").click()
    owen.get_by_role("button", name="Delete").click()
    expect(owen.get_by_role("heading", level=1)).to_have_text("Claim types and questions")
    expect(owen.get_by_text("Half a title")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "cy"])
def test_nothing_typed_is_lost_by_a_colleague_or_by_time(
    running: Running, laptop: Browser, language: str
) -> None:
    running.office.actor("olga", "blue-badge", Role.TECHNICAL)
    owen = running.signed_in(laptop, "owen", language)
    olga = running.signed_in(laptop, "olga", language)
    for one in (owen, olga):
        one.goto(f"{running.draft}/what")
        one.locator("#purpose-en").fill(f"{LONG['en']} {time.monotonic_ns()}")
    on = "button[value=next]:not([aria-hidden])"
    with olga.expect_navigation():
        olga.locator(on).click()
    typed = owen.locator("#purpose-en").input_value()
    with owen.expect_navigation():
        owen.locator(on).click()
    expect(owen.locator(".govuk-notification-banner")).to_be_visible()
    expect(owen.locator("#purpose-en")).to_have_value(typed)
    assert faults(owen) == []
    owen.context.clear_cookies(name="pdx_office")
    with owen.expect_navigation():
        owen.locator(on).click()
    expect(owen.locator("a[href='/sign-in']")).to_be_visible()
    assert faults(owen) == []
    cookie = begin_session(running.office.deps, claims("owen"))
    owen.context.add_cookies([{"name": "pdx_office", "value": cookie, "url": running.url}])
    with owen.expect_navigation():
        owen.locator("main button").click()
    expect(owen.locator("#purpose-en")).to_have_value(typed)
    assert faults(owen) == []
    with owen.expect_navigation():
        owen.locator(on).click()
    owen.goto(f"{running.draft}/what")
    expect(owen.locator("#purpose-en")).to_have_value(typed)


def sign_in(running: Running, laptop: Browser, name: str, *, has_scripts: bool) -> Page:
    page = running.signed_in(laptop, "", java_script_enabled=has_scripts)
    page.goto("/sign-in")
    page.locator("input[name=sub]").fill(name)
    page.locator("button, input[type=submit]").first.click()
    page.wait_for_url(f"{running.url}/**")
    return page


def write(page: Page, question_id: str, title: str) -> None:
    """Fills in the steps of the form, as far as the check."""
    values = {**QUESTION, "id": question_id, "title-en": title}
    for button in ("Continue", "Continue", "Check before you send"):
        for name, value in values.items():
            put(page, name, value)
        follow(page.get_by_role("button", name=button))


def put(page: Page, name: str, value: Any) -> None:
    field = page.locator(f'main [name="{name}"]:not([type=hidden])')
    if field.count() == 0:
        return
    kind = field.first.get_attribute("type")
    if kind in {"checkbox", "radio"}:
        for one in [value] if isinstance(value, str) else value:
            page.locator(f'main [name="{name}"][value="{one}"]').check()
    elif field.first.evaluate("(one) => one.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def test_a_file_is_chosen_and_sent(running: Running, laptop: Browser, tmp_path: Path) -> None:
    file = tmp_path / "claim.json"
    file.write_text(json.dumps(CLAIM_TYPE | {"id": "from-a-file", "statement": WORDS}))
    dilys = running.signed_in(laptop, "dilys", java_script_enabled=False)
    dilys.goto(f"{DEPARTMENT_AT}/propose/file")
    dilys.get_by_label("Choose a file").set_input_files(file)
    follow(dilys.get_by_role("button", name="Check before you send"))
    follow(dilys.get_by_role("button", name="Send to the reviewers"))
    expect(dilys.get_by_text("urn:pdx:claim:dwp:from-a-file:1").first).to_be_visible()
    assert running.proposals["claim"].state is State.SUBMITTED
