"""A joined server renews by itself while it runs: no restart, nothing lost, nothing piled up."""

from collections.abc import Callable

import pytest

from joining.timer import Timer
from protocol.x509 import parse_certificate
from serving.keystore import FileKeystore
from tests.authority.network import DAY
from tests.joining.world import World
from tests.network import path_contains
from verifier.app import create_installation
from verifier.installation import Installation
from verifier.renewal import create_timer
from verifier.settings import load_settings


@pytest.fixture
def house(world: World) -> Installation:
    world.join(world.link())
    return process(world)


def process(world: World) -> Installation:
    settings = load_settings(world.directory / "verifier.yaml")
    return create_installation(
        settings, clock=world.clock, transport=world.network, environment={}, log=world.log
    )


def timer(world: World, house: Installation) -> Timer:
    made = create_timer(house, log=world.log, transport=world.network)
    assert made is not None
    return made


def keys(world: World) -> list[str]:
    found = (world.directory / "keys" / "parking").glob("request*.pem")
    return sorted(path.name for path in found if ".chain." not in path.name)


def rounds(world: World, house: Installation, number: int = 3) -> None:
    for _ in range(number):
        timer(world, house).tick()
        world.office.keep()


def test_nothing_is_done_that_is_not_due(world: World, house: Installation) -> None:
    world.clock.advance(200 * DAY)
    rounds(world, house)
    assert keys(world) == ["request.pem"]


def test_a_certificate_is_renewed_for_a_new_key_while_it_runs(world: World, house: Installation) -> None:
    other = process(world)
    before = house.service("parking").signer
    world.clock.advance(250 * DAY)
    world.office.keep()
    rounds(world, house)
    for one in (house, other):  # each process sees it
        after = one.service("parking").signer
        assert after.client_id != before.client_id
        assert after.key_name == "request-2"
        leaf = parse_certificate(after.chain[0])
        assert leaf.not_valid_after_utc.timestamp() > world.clock.now() + 300 * DAY
    rounds(world, house)
    assert keys(world) == ["request-2.pem", "request.pem"]
    assert not list((world.directory / "keys" / "parking").glob("renewal-*.json"))


@pytest.mark.parametrize("interfere", ["dropping", "losing_replies"])
def test_while_the_office_is_away_it_goes_on_and_makes_no_key_after_key(
    world: World, house: Installation, interfere: str
) -> None:
    world.clock.advance(250 * DAY)
    world.office.keep()
    away: Callable[..., object] = getattr(world.network, interfere)
    with away(path_contains("/api/")):  # type: ignore[attr-defined]
        rounds(world, house, 5)
    assert keys(world) == ["request-2.pem", "request.pem"]
    assert house.service("parking").signer.key_name == "request"
    rounds(world, house)
    assert house.service("parking").signer.key_name == "request-2"


def test_a_process_that_was_killed_before_it_put_it_in_place(world: World, house: Installation) -> None:
    world.clock.advance(250 * DAY)
    world.office.keep()
    rounds(world, house, 1)
    assert keys(world) == ["request-2.pem", "request.pem"]
    again = process(world)
    rounds(world, again, 1)
    assert FileKeystore(world.directory / "keys" / "parking").current("request") == "request-2"


def test_registrations_come_by_themselves(world: World, house: Installation) -> None:
    before = house.service("parking").first_question.registration
    world.clock.advance(150 * DAY)  # of 180
    world.office.keep()
    rounds(world, house, 1)
    after = house.service("parking").first_question.registration
    assert after != before
    assert after == (world.directory / "registered" / "001.blue-badge@1.jwt").read_text()


def test_without_an_office_there_is_nothing_to_do(world: World, house: Installation) -> None:
    network = house.settings.network.model_copy(update={"office": None})
    alone = house.settings.model_copy(update={"network": network})
    assert create_timer(create_installation(alone, clock=world.clock), log=world.log) is None
