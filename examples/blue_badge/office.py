"""People at the network's office, each with a browser of their own: they do what a person does by hand."""

import datetime as dt
import re
import time
from collections.abc import Callable
from pathlib import Path

from authority.proposals.question_form import entered
from examples.blue_badge.citizen import Browser
from examples.blue_badge.network import parties
from examples.blue_badge.network.build import Plan
from protocol.registration.question import Question
from serving.documents import load_document

WAIT_SECONDS = 60.0
APPROVED_DAYS = 365


class OfficeFailed(Exception):
    """A page of the office was otherwise than it must be."""


class Office:
    """The office of a running network; `pdx` runs a command of whoever runs it and gives what it printed."""

    def __init__(self, plan: Plan, pdx: Callable[..., str]) -> None:
        self._plan = plan
        self._pdx = pdx
        self._url = plan.url(parties.OFFICE)

    def sign_in(self, email: str) -> Browser:
        """A browser in which somebody is signed in."""
        return Browser(self._plan).open(f"{self._url}/sign-in").sign_in(email)

    def invited(self, email: str, organisation: str, role: str) -> Browser:
        """The same of somebody whom whoever runs the office let in."""
        config = ("--config", str(self._plan.path(parties.OFFICE, "office.yaml")))
        link = self._pdx("office", "invite", *config, "--organisation", organisation, "--role", role, email)
        browser = self.sign_in(email).open(link.strip())
        return browser.submit(link.strip().removeprefix(self._url))

    # --- a question is approved, for the member that proposed it and whoever adopts it

    def propose(self, officer: Browser, member: str, question: Path) -> None:
        """Fill the form in, step by step, and send it."""
        document = load_document(question, Question)
        form = f"/organisations/{member}/propose/question"
        fields: dict[str, list[str]] = {}
        for name, value in entered(document, version=document.version):
            fields.setdefault(name, []).append(value)
        officer.open(self._url + form).submit(form, **fields, go="next")
        officer.submit("/details", **fields, go="next").submit("/terms", **fields, go="check")
        officer.submit("/check")
        if "/proposals/" not in officer.address:
            raise OfficeFailed(f"the proposal was not taken: {officer.title}")

    def approve(self, reviewer: Browser, until: dt.date) -> None:
        """Decide on the proposal that has waited longest."""
        reviewer.open(f"{self._url}/proposals")
        reviewer.open(self._url + reviewer.link("/proposals/"))
        reviewer.submit(
            "/decision",
            decision="approve",
            reasons="It asks for no more than the regulations need.",
            **{"until-day": str(until.day), "until-month": str(until.month), "until-year": str(until.year)},
        )

    def has_questions(self, browser: Browser) -> bool:
        """Whether one was approved in an earlier run."""
        return browser.open(f"{self._url}/questions").has_link("/questions/")

    # --- a council joins

    def has_applied(self, clerk: Browser, member: str) -> bool:
        """Whether it did in an earlier run."""
        return clerk.open(f"{self._url}/organisations").has_link(f"/organisations/{member}")

    def apply(self, clerk: Browser, member: str, url: str) -> None:
        """Say who it is, sign the agreement, answer the checklist, send it."""
        english, welsh = parties.NAMES[member]
        clerk.open(f"{self._url}/apply").submit(
            "/apply",
            id=member,
            service=url,
            contact=f"wallet@{member}.example",
            supervisory_authority="The example’s data protection office",
            **{"name-en": english, "name-cy": welsh},
        )
        home = f"/organisations/{member}"
        clerk.open(f"{self._url}{home}/agreement").submit("/agreement")
        clerk.open(f"{self._url}{home}/checklist")
        statements = dict.fromkeys(re.findall(r"name=\"(\w+)\" type=\"radio\"", clerk.text), "yes")
        clerk.submit("/checklist", **statements)
        clerk.open(self._url + home).submit("/submit")

    def admit(self, reviewer: Browser, member: str) -> None:
        """Decide on an application."""
        reviewer.open(f"{self._url}/reviews/{member}")
        reviewer.submit(f"/reviews/{member}", decision="admitted", reason="All of it was checked.")

    def make_link(self, clerk: Browser, member: str) -> str:
        """An enrolment link, as soon as the keeper has done what was decided."""
        page = f"/organisations/{member}/enrolments"
        self.until(lambda: clerk.open(self._url + page).has_form(page), "the keeper did not admit it")
        return _shown_link(clerk.submit(page))

    def adopt(self, clerk: Browser, member: str) -> None:
        """Adopt the question that was approved, with who answers for it here."""
        clerk.open(f"{self._url}/questions")
        clerk.open(self._url + clerk.link("/questions/"))
        form = clerk.link(f"/organisations/{member}/adopt/")
        clerk.open(self._url + form).submit(
            form,
            email=f"wallet@{member}.example",
            privacy_policy=f"https://{member}.example/privacy",
            **{"supervisor-email": "casework@data-protection.example"},
        )

    def until(self, is_so: Callable[[], bool], otherwise: str) -> None:
        """Wait for what the keeper does; raises OfficeFailed."""
        end = time.monotonic() + WAIT_SECONDS
        while not is_so():
            if time.monotonic() > end:
                raise OfficeFailed(otherwise)
            time.sleep(0.2)


def _shown_link(page: Browser) -> str:
    found = re.search(r"https?://[^\s\"<&]+/enrol#[\w.-]+", page.text)
    if found is None:
        raise OfficeFailed(f"there is no link on {page.title!r}")
    return found[0]
