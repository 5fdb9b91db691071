"""A newer version of a question is registered while citizens are being asked the one before.

Every party is a real process; the service's server is stopped and started in between.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from examples.blue_badge.citizen import Browser, Citizen
from examples.blue_badge.network import parties
from examples.blue_badge.network.build import QUESTIONS
from examples.blue_badge.network.processes import Processes
from tests.joining.running import Town, code_on_the_phone, free_port, pdx, run_town, wait_until

SERVICE, MOVING = "parking", "pip-moving-around-8"
QUESTION = parties.BLUE_BADGE_ENGLAND


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with run_town(tmp_path_factory.mktemp("town")) as running:
        running.keep()
        yield running


def changed(path: Path, to: Path, change: dict[str, Any]) -> Path:
    """A YAML file with some of its members changed."""
    yaml = YAML(typ="safe", pure=True)
    values = yaml.load(path.read_bytes())
    for key, value in change.items():
        values[key] = {**values[key], **value} if isinstance(value, dict) else value
    with to.open("w") as file:
        yaml.dump(values, file)
    return to


def answer(citizen: Citizen, asking: Sequence[object], asked: dict[str, Any]) -> str:
    """The answer that the service gets once the citizen has agreed and read the code out."""
    code = code_on_the_phone(citizen.agree(asked["qr_link"]).redirect_uri or "")
    read = json.loads(pdx("verifier", "answer", *asking, asked["id"], "--code", code))
    state: str = read["answer"]["state"]
    return state


def seen(citizen: Citizen) -> str:
    """The question that the citizen was asked last, as it was registered."""
    terms = citizen.seen[-1].terms
    assert terms is not None
    return terms.question


@pytest.mark.timeout(300)
def test_what_is_open_is_finished_and_what_is_new_is_the_newer_version(town: Town) -> None:
    url = f"http://localhost:{free_port()}"
    member = ("--id", SERVICE, "--name-en", "Parking team", "--name-cy", "Tîm parcio", "--url", url)
    written = QUESTIONS / f"{QUESTION}.yaml"
    link = town.enrol("service", SERVICE, *member[2:], "--question", written)
    town.join(link, SERVICE)
    settings = town.home / SERVICE / "verifier.yaml"
    changed(settings, settings, {"network": {"renewal_seconds": 1}})
    asking = ("--config", settings, "--service", SERVICE)
    citizen = Citizen(town.network.plan, town.home / "wallet")
    offer = town.network.offer(parties.DWP, [MOVING], "amira")
    citizen.wallet.add_offer(offer.link, offer.transaction_code)

    with Processes(town.home / "before") as before:
        town.serve("verifier", settings, url, before)
        asked = [json.loads(pdx("verifier", "request", *asking, "--json")) for _ in range(2)]
        title = {"en": "The newer heading", "cy": "Y pennawd newydd"}
        newer = changed(written, town.home / "newer.yaml", {"version": 2, "title": title})
        admit = ("authority", "admit", "service", "--directory", town.authority, *member)
        pdx("verifier", "init", "--config", settings)
        csr = settings.parent / "keys" / SERVICE / "request.csr.pem"
        pdx(*admit, "--csr", csr, "--question", newer, "--out", town.home / "out")
        page = Browser(town.network.plan)
        wait_until(lambda: page.open(f"{url}/{SERVICE}").title == title["en"], "it took no newer version up")
        assert page.open(f"{url}/{SERVICE}/q/{QUESTION}").title == title["en"]  # as on a poster
        assert answer(citizen, asking, asked[0]) == "approved"
        assert seen(citizen) == f"{QUESTION}@1"

    town.serve("verifier", settings, url)  # the same one again
    assert answer(citizen, asking, asked[1]) == "approved"
    assert seen(citizen) == f"{QUESTION}@1"
    new = json.loads(pdx("verifier", "request", *asking, "--json"))
    assert answer(citizen, asking, new) == "approved"
    assert seen(citizen) == f"{QUESTION}@2"
