"""A council joins with one command, and a citizen’s wallet answers it. Every party is a real process."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.blue_badge.network import parties
from examples.blue_badge.network.build import QUESTIONS
from tests.joining.running import Town, Wallet, code_on_the_phone, free_port, pdx, run_town

MOVING = "pip-moving-around-8"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with run_town(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.mark.timeout(300)
def test_a_council_joins_and_gets_its_answer(town: Town) -> None:
    url, directory = f"http://localhost:{free_port()}", town.home / "parking"
    link = town.enrol(
        "service",
        "parking",
        *("--name-en", "Parking team", "--name-cy", "Tîm parcio", "--url", url),
        *("--question", QUESTIONS / f"{parties.BLUE_BADGE_ENGLAND}.yaml"),
    )
    join = ("join", link, "--directory", directory, "--demo")
    # nobody certifies yet: it says so, and goes on where it stopped
    assert "run the same command again later" in pdx(*join, "--wait", 0, code=1)
    kept = (directory / "join.json").read_bytes()
    town.keep()
    printed = pdx(*join, "--wait", 60)
    assert json.loads((directory / "join.json").read_bytes())["receipt"] == json.loads(kept)["receipt"]
    assert f"Citizens' link: {url}/parking" in printed
    assert f"{url}/parking/poster" in printed
    _check_files(directory)

    settings = directory / "verifier.yaml"
    assert f"pdx verifier serve --config {settings}" in printed
    town.serve("verifier", settings, url)
    wallet = Wallet(town, "wallet")
    offer = town.network.offer(parties.DWP, [MOVING], "amira")
    wallet.add(offer.link, offer.transaction_code)
    asking = ("--config", settings, "--service", "parking")
    asked = json.loads(pdx("verifier", "request", *asking, "--json"))
    shown = wallet.show(asked["qr_link"])
    code = code_on_the_phone(shown["redirect_uri"])
    answered = json.loads(pdx("verifier", "answer", *asking, asked["id"], "--code", code))
    assert answered["answer"]["state"] == "approved"

    before = settings.read_bytes()
    assert f"Citizens' link: {url}/parking" in pdx(*join)  # done again it changes nothing
    assert settings.read_bytes() == before


def _check_files(directory: Path) -> None:
    private = [directory / "join.json", *(directory / "keys").rglob("*.pem")]
    assert [one for one in private if stat.S_IMODE(one.stat().st_mode) & 0o077] == []


def test_a_used_link_is_of_no_use_to_another_server(town: Town) -> None:
    link = town.enrol("service", parties.VEHICLE_TAX)
    join = ("join", link, "--demo", "--wait", 30, "--directory")
    pdx(*join, town.home / "one")
    assert "was used already" in pdx(*join, town.home / "two", code=1)


def test_another_networks_root_is_refused(town: Town) -> None:
    link = town.enrol("service", parties.BLUE_BADGE_SCOTLAND)
    forged = re.sub(r"\.[^.]+$", "." + "A" * 43, link)
    told = pdx("join", forged, "--demo", "--wait", 30, "--directory", town.home / "forged", code=1)
    assert "another network than the link" in told
