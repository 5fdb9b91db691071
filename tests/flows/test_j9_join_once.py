"""J9, join once: a council signs the agreement, adopts an approved question, and has a working link, poster
and letter text the same day. Every party is a real process; people sit at browsers, and nobody edits a file.
"""

import datetime as dt
import html
import json
from collections.abc import Iterator

import pytest

from examples.blue_badge.citizen import Browser
from examples.blue_badge.network import parties
from examples.blue_badge.network.build import QUESTIONS
from examples.blue_badge.network.running import newcomer_url
from examples.blue_badge.office import Office
from tests.joining.running import Town, Wallet, code_on_the_phone, pdx, run_town

COUNCIL, PROPOSER = parties.NEWCOMER, parties.BLUE_BADGE_ENGLAND


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with run_town(tmp_path_factory.mktemp("town")) as running:
        running.keep()
        yield running


@pytest.mark.timeout(300)
def test_j9(town: Town) -> None:
    plan = town.network.plan
    office, url = Office(plan, pdx), newcomer_url(plan)
    reviewer = office.invited(parties.REVIEWER, parties.AUTHORITY, "reviewer")
    officer = office.invited(parties.BADGE_OFFICER, PROPOSER, "technical")
    office.propose(officer, PROPOSER, QUESTIONS / f"{PROPOSER}.yaml")
    office.approve(reviewer, until=plan.today + dt.timedelta(days=300))

    clerk = office.sign_in(parties.CLERK)
    office.apply(clerk, COUNCIL, url)
    office.admit(reviewer, COUNCIL)
    printed = town.join(office.make_link(clerk, COUNCIL), COUNCIL)
    assert f"Citizens' link, as soon as there is a question: {url}/{COUNCIL}" in printed
    settings = town.home / COUNCIL / "verifier.yaml"
    written = settings.read_bytes()
    town.serve("verifier", settings, url)
    page = Browser(plan)
    assert "does not ask anything yet" in page.open(f"{url}/{COUNCIL}").text

    office.adopt(clerk, COUNCIL)
    office.until(lambda: page.open(f"{url}/{COUNCIL}").has_form("/start"), "it took nothing up")
    check_link(page)
    check_poster_and_letter(page.open(f"{url}/{COUNCIL}/poster"), f"{url}/{COUNCIL}".partition("://")[2])
    assert answer(town, str(settings))["state"] == "approved"
    assert settings.read_bytes() == written


def check_link(page: Browser) -> None:
    """In the council's name and with its contact; what was approved is unchanged."""
    text = html.unescape(page.text)
    assert page.title == "Apply for a Blue Badge in England"
    assert "Riverbank Borough Council" in text
    assert f"wallet@{COUNCIL}.example" in text
    assert "blue-badge@council.example" not in text
    assert "We keep the answer for 90 days" in text


def check_poster_and_letter(page: Browser, address: str) -> None:
    text = html.unescape(page.text)
    contact = f"wallet@{COUNCIL}.example"
    for words in ("Cyngor Bwrdeistref Riverbank", contact, f"Go to {address}", f"Ewch i {address}"):
        assert words in text


def answer(town: Town, settings: str) -> dict[str, object]:
    wallet, asking = Wallet(town, "wallet"), ("--config", settings, "--service", COUNCIL)
    offer = town.network.offer(parties.DWP, ["pip-moving-around-8"], "amira")
    wallet.add(offer.link, offer.transaction_code)
    asked = json.loads(pdx("verifier", "request", *asking, "--json"))
    code = code_on_the_phone(wallet.show(asked["qr_link"])["redirect_uri"])
    read = json.loads(pdx("verifier", "answer", *asking, asked["id"], "--code", code))
    answered: dict[str, object] = read["answer"]
    return answered
