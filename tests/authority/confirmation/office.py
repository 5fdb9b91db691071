"""An office whose reviewers sign in for each decision at a real provider, and who verifies it."""

import re
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import SQLModel, select

from authority.actors import Role
from authority.confirmation.store import Confirmation
from authority.settings import ReviewerSettings
from authority.usecases.keep_network import keep_network
from serving.clock import FixedClock, SystemClock
from tests.authority.network import NOW, RANDOM
from tests.authority.people.office import CSRF, HTML, URL
from tests.authority.people.test_joining import REASON, applied
from tests.authority.proposals.office import ProposalsOffice

REVIEWERS = ("rhys", "ruth")
STRANGER = "mallory"  # a reviewer by the office's database, and not by the operator's list
PEOPLE = (*REVIEWERS, STRANGER)
AFTER = re.compile(r'name="after" value="(\d+)"')
ADMIT = {"decision": "admitted", "seen": "applied", "reason": REASON}


class ConfirmedOffice(ProposalsOffice):
    """The provider's tokens say what time it really is, and so do the clocks here."""

    def __init__(self, directory: Path, provider: str, *, database: str = "", **changes: Any) -> None:
        secret = directory / "secret"
        secret.write_text("a secret of the client's")
        oidc = {"issuer": provider, "client_id": "office", "client_secret_file": secret}
        super().__init__(
            directory,
            database=database,
            oidc=oidc,
            confirm_decisions=True,
            limits={"sign_in": None, "apply": None},
            **changes,
        )
        self.clock = FixedClock(SystemClock().now())
        assert self.clock.now() > NOW
        self.name_reviewers(issuer=provider)

    def name_reviewers(self, **changes: Any) -> None:
        """Writes into authority.yaml who reviews: one by address, one by the provider's name for them."""
        records = self.world.network.records
        present = records.settings()
        values = {"client_id": "office", "addresses": {"rhys@example.org"}, "subjects": {"ruth"}}
        if present.reviewers:
            values |= present.reviewers.model_dump()
        reviewers = ReviewerSettings.model_validate(values | changes)
        records.save_settings(present.model_copy(update={"reviewers": reviewers, "demo": True}))

    def reviewer(self, name: str) -> "Reviewer":
        """Somebody who signed in as what they are."""
        self.actor(name, "authority", Role.REVIEWER)
        browser = self.network.client(base_url=URL)
        there = browser.get("/sign-in", headers=HTML).headers["location"]
        browser.get(_back_from(there, name), headers=HTML)
        return Reviewer(browser, name)

    def keep(self) -> list[str]:
        """What a round of the keeper did, without what it published."""
        done = keep_network(self.world.network.records, now=self.clock.now(), random=RANDOM)
        return [one for one in done if (not one.startswith("trust list") and ": " in one) or "badge" in one]

    def applied(self, member_id: str = "council") -> None:
        number = sum(map(ord, member_id))
        name = {"en": f"A council {number}", "cy": f"Cyngor {number}"}
        addresses = {"service": f"https://{member_id}.example"}
        applied(self, id=member_id, name=name, addresses=addresses)

    def rows(self, table: type[SQLModel]) -> list[Any]:
        """All of a table, as it is now."""
        with self.world.database.reading() as session:
            return list(session.exec(select(table)).all())

    def confirmation(self) -> Confirmation:
        """The only one."""
        (row,) = self.rows(Confirmation)
        assert isinstance(row, Confirmation)
        return row

    def write(self, *rows: SQLModel) -> None:
        """What somebody writes who has the office's account, or on SQLite the file."""
        with self.world.database.unit() as session:
            for row in rows:
                session.merge(row)
            session.commit()


class Reviewer:
    """A reviewer's browser; the provider asks it who it is, and it answers with a name."""

    def __init__(self, browser: httpx.Client, name: str) -> None:
        self.browser, self.name = browser, name

    def get(self, path: str) -> str:
        return self.browser.get(path, headers=HTML).text

    def press(self, path: str, form: dict[str, Any]) -> httpx.Response:
        """Sends the form: to the provider, if nothing is wrong."""
        mark = CSRF.search(self.get("/"))
        assert mark
        newest = AFTER.search(self.get(path)) if path.startswith("/reviews/") else None
        seen = {"after": newest[1]} if newest else {}
        return self.browser.post(path, data={"csrf": mark[1], **seen, **form}, headers=HTML)

    def signs_in(self, pressed: httpx.Response, name: str = "") -> str:
        """Signs in at the provider; gives where that leads."""
        assert pressed.status_code == 302, pressed.text
        return _back_from(pressed.headers["location"], name or self.name)

    def decide(self, path: str, form: dict[str, Any]) -> httpx.Response:
        """The whole way."""
        return self.browser.get(self.signs_in(self.press(path, form)), headers=HTML)

    def admit(self, member_id: str = "council") -> httpx.Response:
        return self.decide(f"/reviews/{member_id}", ADMIT)


def _back_from(there: str, name: str) -> str:
    consent = httpx.post(there, data={"sub": name})
    return httpx.URL(consent.headers["location"]).raw_path.decode()
