"""A joined server renews by itself while it runs: no restart, nothing lost, nothing piled up."""

import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from authority.member import Kind, MemberName
from authority.usecases.admit_member import Application, admit_member
from joining.timer import Timer
from joining.verify import JWT_TYPES
from protocol.enrolment.link import EnrolmentLink
from protocol.x509 import parse_certificate
from serving.keystore import FileKeystore
from tests.authority.enrolment.office import OFFICE
from tests.authority.network import DAY, RANDOM
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


# --- a name or address that was changed at the office


def change(world: World, *, name: str = "Permit team", url: str = "https://parking.example") -> None:
    """What the keeper does once a reviewer has approved it."""
    world.clock.advance(DAY)
    changed = Application(
        kind=Kind.SERVICE, id="parking", name=MemberName(en=name, cy="Tîm trwyddedau"), url=url, requests={}
    )
    records = world.office.network.records
    admit_member(records, changed, now=world.clock.now(), random=RANDOM, is_decided_at_office=True)
    world.office.keep()


def let_time_pass(world: World, house: Installation) -> None:
    """Until registrations were fetched anew, and some months before the certificate is due."""
    world.clock.advance(150 * DAY)
    world.office.keep()
    rounds(world, house)


def name_of(house: Installation) -> str:
    [found] = parse_certificate(house.service("parking").signer.chain[0]).subject.get_attributes_for_oid(
        NameOID.ORGANIZATION_NAME
    )
    return str(found.value)


def told(world: World, event: str) -> list[str]:
    lines = map(json.loads, (world.home / "log").read_text().splitlines())
    return [one["kind"] for one in lines if one["event"] == event]


def test_a_name_that_was_changed_is_in_the_certificate_at_once(world: World, house: Installation) -> None:
    rounds(world, house)
    other = process(world)
    change(world)
    assert name_of(house) == "Parking team"
    rounds(world, house)
    assert name_of(house) == name_of(other) == name_of(process(world)) == "Permit team"
    rounds(world, house, 5)
    assert keys(world) == ["request-2.pem", "request.pem"]


def test_an_older_trust_list_does_not_change_it_back(world: World, house: Installation) -> None:
    older = world.http.get("https://network.example/trust-list.jwt", accept=JWT_TYPES, max_bytes=1 << 20).body
    change(world)
    rounds(world, house)
    world.clock.advance(DAY)
    with world.network.tampering(path_contains("/trust-list.jwt"), reply=lambda _: older):
        rounds(world, house, 5)
    assert keys(world) == ["request-2.pem", "request.pem"]
    assert name_of(house) == "Permit team"


def test_while_no_trust_list_is_to_be_had_it_comes_with_the_next_renewal(
    world: World, house: Installation
) -> None:
    let_time_pass(world, house)
    change(world)
    with world.network.dropping(path_contains("/trust-list.jwt")):
        rounds(world, house)
        assert keys(world) == ["request.pem"]
        world.clock.advance(100 * DAY)
        world.office.keep()
        rounds(world, house)
    assert name_of(house) == "Permit team"


def test_whose_address_was_changed_goes_on_at_the_old_one_and_is_told(
    world: World, house: Installation
) -> None:
    change(world, url="https://permits.example")
    running = timer(world, house)
    for _ in range(3):
        running.tick()
        world.office.keep()
        world.clock.advance(DAY)
    assert keys(world) == ["request.pem"]
    assert told(world, "renewal_failed") == ["AddressChanged"]
    assert process(world).service("parking").signer == house.service("parking").signer


def test_a_certificate_for_another_address_is_never_put_in_place(world: World, house: Installation) -> None:
    """It could not be started with any more."""
    let_time_pass(world, house)
    change(world, url="https://permits.example")
    world.clock.advance(100 * DAY)
    world.office.keep()
    with world.network.dropping(path_contains("/trust-list.jwt")):
        running = timer(world, house)
        for _ in range(20):
            running.tick()
            world.office.keep()
            world.clock.advance(DAY // 4)
    assert keys(world) == ["request-2.pem", "request.pem"]
    assert told(world, "renewal_failed") == ["AddressChanged"] * 5  # once a day, as what was refused
    assert process(world).service("parking").signer.key_name == "request"


@pytest.mark.parametrize("with_trust_list", [True, False])
def test_a_server_moves_to_its_new_address(
    world: World, house: Installation, *, with_trust_list: bool
) -> None:
    if with_trust_list:
        test_whose_address_was_changed_goes_on_at_the_old_one_and_is_told(world, house)
    else:
        test_a_certificate_for_another_address_is_never_put_in_place(world, house)
    settings = world.directory / "verifier.yaml"
    settings.write_text(settings.read_text().replace("https://parking.example", "https://permits.example"))
    assert len(told(world, "service_not_reloaded")) == 0
    records = world.office.network.records
    code = world.office.code(Kind.SERVICE, "parking")
    world.join(EnrolmentLink(OFFICE, code, records.root_certificate().fingerprint(SHA256())))
    moved = process(world)
    assert "permits.example" in str(parse_certificate(moved.service("parking").signer.chain[0]).extensions)
    before = told(world, "renewal_failed")
    rounds(world, moved)
    assert told(world, "renewal_failed") == before


def test_once_the_address_is_as_it_was_the_renewal_goes_on(world: World, house: Installation) -> None:
    test_a_certificate_for_another_address_is_never_put_in_place(world, house)
    change(world)
    world.clock.advance(DAY)
    rounds(world, house, 4)
    assert house.service("parking").signer.key_name == "request-2"


def test_without_an_office_there_is_nothing_to_do(world: World, house: Installation) -> None:
    network = house.settings.network.model_copy(update={"office": None})
    alone = house.settings.model_copy(update={"network": network})
    assert create_timer(create_installation(alone, clock=world.clock), log=world.log) is None
