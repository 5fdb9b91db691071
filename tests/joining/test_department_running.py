"""A department joins with one command and issues; a council joins and asks. Every party is a real process."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from examples.blue_badge.network import parties
from examples.blue_badge.network.build import CLAIMS, QUESTIONS
from examples.blue_badge.registers import PERSONAS
from tests.joining.running import Town, Wallet, code_on_the_phone, free_port, pdx, run_town

CLAIM = "pip-mobility-enhanced"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with run_town(tmp_path_factory.mktemp("town")) as running:
        running.keep()
        yield running


def changed(source: Path, target: Path, words: Mapping[str, str]) -> Path:
    text = source.read_text()
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    target.write_text(text)
    return target


@pytest.mark.timeout(300)
def test_a_department_joins_and_issues_a_claim_that_a_service_accepts(town: Town) -> None:
    definition = changed(
        CLAIMS / f"{CLAIM}.yaml",
        town.home / "pensions.yaml",
        {"owner: dwp": "owner: pensions", "PIP: ": "Pensions: ", "name: dwp": "name: awards"},
    )
    settings = joined_department(town, definition)
    service = joined_service(town)

    given = [
        part for pair in PERSONAS["grace"].attributes().items() for part in ("--attribute", "=".join(pair))
    ]
    offer = json.loads(pdx("issuer", "offer", "--config", settings, "--json", "--claim", CLAIM, *given))
    wallet = Wallet(town, "wallet")
    added = wallet.add(offer["link"], offer["transaction_code"])
    assert [claim["vct"] for claim in added["claims"]] == [f"urn:pdx:claim:pensions:{CLAIM}:1"]

    asking = ("--config", service, "--service", "permits")
    asked = json.loads(pdx("verifier", "request", *asking, "--json"))
    code = code_on_the_phone(wallet.show(asked["qr_link"])["redirect_uri"])
    answered = json.loads(pdx("verifier", "answer", *asking, asked["id"], "--code", code))["answer"]
    assert (answered["state"], answered["claims"][0]["issuer"]) == ("approved", "PDXGB-pensions")


def joined_department(town: Town, definition: Path) -> Path:
    """A running department; its people did what the command says at its end, and nothing else."""
    url, directory = f"http://localhost:{free_port()}", town.home / "pensions"
    out = town.home / "claim-types"
    pdx("issuer", "claim-type", definition, "--out", out)
    names = ("--name-en", "Pensions office", "--name-cy", "Swyddfa bensiynau", "--url", url)
    claim = out / f"pensions.{CLAIM}.1.yaml"
    printed = town.join(town.enrol("department", "pensions", *names, "--claim", claim), "pensions")
    settings = directory / "issuer.yaml"
    assert f"pdx issuer serve --config {settings}" in printed
    assert pdx("issuer", "check", "--config", settings, code=1)  # no register yet

    register = town.network.plan.home / "registers" / f"{parties.DWP}.sqlite"
    lines = settings.read_text().replace(
        "registers:\n", f"registers:\n  awards: {{url: 'sqlite:///{register}'}}\n"
    )
    settings.write_text(lines)
    definition.rename(directory / "claims" / f"{CLAIM}.yaml")
    pdx("issuer", "check", "--config", settings)
    town.serve("issuer", settings, url)
    return settings


def joined_service(town: Town) -> Path:
    url = f"http://localhost:{free_port()}"
    question = changed(
        QUESTIONS / f"{parties.VEHICLE_TAX}.yaml",
        town.home / "permits.yaml",
        {"id: vehicle-tax-exemption": "id: permits", "claim:dwp": "claim:pensions"},
    )
    names = ("--name-en", "Permits team", "--name-cy", "Tîm trwyddedau", "--url", url)
    town.join(town.enrol("service", "permits", *names, "--question", question), "permits")
    settings = town.home / "permits" / "verifier.yaml"
    town.serve("verifier", settings, url)
    return settings
