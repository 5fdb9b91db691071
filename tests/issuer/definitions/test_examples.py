"""The example departments' definitions: which records of the synthetic registers they say yes to."""

from pathlib import Path

import pytest

from examples.blue_badge.registers import PERSONAS
from issuer.definitions.public import public_part
from issuer.deps import Deps
from issuer.usecases.check_person import Yes, check_person
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import (
    AFCS,
    CLAIMS,
    DLA,
    ENHANCED,
    MOVING,
    PLANNING_12,
    PLANNING_E,
    SIGHT,
    WPMS,
    attributes,
)

EXPECTED = {
    "amira": {MOVING, ENHANCED},
    "tom": {PLANNING_12, ENHANCED},
    "margaret": {PLANNING_E},
    "derek": set(),
    "grace": {MOVING, ENHANCED},
    "yusuf": set(),
    "ida": set(),
    "sean": set(),
    "smith1": {MOVING},
    "smith2": set(),
    "hoa": {MOVING},
    "olena": {MOVING, ENHANCED},
    "rhys": {DLA},
    "lowdla": set(),
    "wpms": {WPMS},
    "afcs": {AFCS},
    "afcs9": set(),
    "afcsnocert": set(),
    "ssi": {SIGHT},
    "si": set(),
}


def owner_of(persona: str) -> str:
    person = PERSONAS[persona]
    if person.pip or person.dla:
        return "dwp"
    return "council" if person.sight else "veterans"


def claims_for(deps: Deps, persona: str) -> set[str]:
    checks = check_person(deps, attributes(persona))
    return {check.configuration_id for check in checks if isinstance(check.result, Yes)}


def test_every_person_of_the_example_is_expected_here() -> None:
    assert EXPECTED.keys() == PERSONAS.keys()


@pytest.mark.parametrize("owner", ["dwp", "veterans", "council"])
def test_who_can_get_which_claim(make_world: MakeWorld, owner: str) -> None:
    deps = make_world(owner=owner).deps
    people = [persona for persona in EXPECTED if owner_of(persona) == owner]
    assert len(people) == {"dwp": 14, "veterans": 4, "council": 2}[owner]
    assert {persona: claims_for(deps, persona) for persona in people} == {p: EXPECTED[p] for p in people}


def test_there_are_eight_definitions() -> None:
    assert len(list(CLAIMS.glob("*.yaml"))) == 8


@pytest.mark.parametrize("path", sorted(CLAIMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_public_part_names_the_same_type(path: Path) -> None:
    from issuer.definitions.load import load_claim_type

    definition = load_claim_type(path).definition
    public = public_part(definition)
    assert public.vct == definition.vct
    assert public.paths == {one.path for one in definition.disclose.all}
    written = public.model_dump_json()
    assert "SELECT" not in written
    assert "record." not in written
