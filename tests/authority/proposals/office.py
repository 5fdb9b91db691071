"""The office over a small network's database, and people of a department, two services and the authority."""

import html
import re
from pathlib import Path
from typing import Any

import httpx

from authority.actors import Actor, Role
from authority.people.sessions import SignedIn
from authority.proposals import store
from authority.proposals.proposal import Proposal
from tests.authority.network import VCT, Network
from tests.authority.office_account import office_url
from tests.authority.people.office import HTML, Browser, Office
from tests.authority.proposals.world import World, create_world

#: Everything that the question's form has, as `proposed()` says it.
QUESTION = {
    "id": "badge",
    "version": "1",
    "title-en": "A badge",
    "title-cy": "Bathodyn",
    "purpose_code": "parking-badge",
    "purpose-en": "To decide on a badge",
    "purpose-cy": "I benderfynu ar fathodyn",
    "alternatives": "1",
    "claim-1": [VCT],
    "ask:family_name": [VCT],
    "why-en:family_name": "To find the file",
    "why-cy:family_name": "I ddod o hyd i’r ffeil",
    "match": "yes",
    "match-en": "There is a file",
    "match-cy": "Mae ffeil",
    "law-en": "An Act",
    "law-cy": "Deddf",
    "days": "90",
    "retention-en": "90 days",
    "retention-cy": "90 diwrnod",
    "channel": ["online", "telephone"],
    "email": "team@blue-badge.example",
    "objection-en": "Write to us",
    "objection-cy": "Ysgrifennwch atom",
    "privacy_policy": "https://blue-badge.example/privacy",
    "supervisor-name": "A supervisor",
    "supervisor-email": "help@supervisor.example",
}
FORM = re.compile(r'<form(?! method="post" action="/sign-out")[^>]* action="([^"]+)"(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')
SERVICE = "/organisations/blue-badge/proposals"
PROPOSE = "/organisations/blue-badge/propose/question"
# Who acts for which organisation; the authority has three reviewers.
PEOPLE = {
    "owen": ("blue-badge", Role.OWNER),
    "carys": ("council-two", Role.TECHNICAL),
    "dilys": ("dwp", Role.TECHNICAL),
    "rhys": ("authority", Role.REVIEWER),
    "ruth": ("authority", Role.REVIEWER),
    "rhian": ("authority", Role.REVIEWER),
}


class Writer:
    """A person who fills in forms: the browser sends hidden fields along, and goes where it is led."""

    def __init__(self, browser: Browser, path: str) -> None:
        self.browser = browser
        self.page = browser.get(path)
        self.path = path

    @property
    def text(self) -> str:
        """The page, as it is read."""
        return html.unescape(self.page.text)

    def open(self, path: str) -> httpx.Response:
        """Goes to an address."""
        return self._follow(self.browser.get(path), path)

    def press(self, go: str = "", /, language: Any = "", **typed: Any) -> httpx.Response:
        """Sends the page's form, with what is typed in it and the button that is pressed."""
        form = FORM.search(self.page.text)
        assert form, self.page.text
        hidden: dict[str, Any] = {}
        for name, value in HIDDEN.findall(form[2]):
            hidden.setdefault(html.unescape(name), []).append(html.unescape(value))
        action = html.unescape(form[1]) + (f"?lang={language}" if language else "")
        data = {**hidden, **typed, "go": go}
        return self._follow(self.browser.client.post(action, data=data, headers=HTML), action)

    def _follow(self, answer: httpx.Response, path: str) -> httpx.Response:
        while answer.status_code == 303:
            path = answer.headers["location"]
            answer = self.browser.get(path)
        self.page, self.path = answer, path
        return answer


def write_question(writer: Writer, *, until: str = "check", **changes: Any) -> httpx.Response:
    """Fills the steps in, as far as the page `until`, or the first one in which something is wrong."""
    for step in ("what", "details", "terms"):
        if step == until:
            break
        writer.press("check" if step == "terms" else "next", **{**QUESTION, **changes})
    return writer.page


class ProposalsOffice(Office):
    """One office with a world behind it; enter it to start the application."""

    def __init__(self, directory: Path, *, database: str = "", **changes: Any) -> None:
        network = Network(directory / "authority").create()
        if database:
            network.move_to(database)
        self.world: World = create_world(network)
        url = office_url(database or f"sqlite:///{network.directory}/authority.db")
        super().__init__(directory, database=url, **changes)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.world.database.close()

    def people(self) -> dict[str, Actor]:
        """Everybody, with their roles in the database."""
        return {name: self.actor(name, where, role) for name, (where, role) in PEOPLE.items()}

    def signed_in(self, name: str) -> tuple[SignedIn, Browser]:
        return self.person(name), self.browser(name)

    def only_proposal(self) -> Proposal:
        with self.deps.database.reading() as session:
            (found,) = store.read_proposals(session)
        return found
