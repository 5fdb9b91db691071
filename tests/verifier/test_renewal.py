"""A certificate is renewed while the service runs: what was asked before is answered, what is new is new."""

from pathlib import Path

import pytest

from protocol.keys import SigningKey
from protocol.x509 import Profile
from serving.keystore import FileKeystore
from tests.protocol.authority_for_tests import NOW, YEAR
from tests.verifier.world import ENGLAND, World, code_on_the_phone, question_of


def keystore(world: World) -> FileKeystore:
    return FileKeystore(world.directory / "keys" / ENGLAND)


def chain_for(world: World, key: SigningKey) -> tuple[bytes, ...]:
    return world.authority.certify(
        key.public_key,
        Profile.REQUEST_SIGNING,
        organisation_id=f"PDXGB-{ENGLAND}",
        organisation_name=ENGLAND,
        hosts=["localhost"],
        not_after=NOW + 2 * YEAR,
    )


def renew_same_key(world: World) -> None:
    key = keystore(world).signing_key("request")
    keystore(world).store_certificate_chain("request", chain_for(world, key))


def renew_new_key(world: World) -> None:
    keys = keystore(world)
    name = keys.next_generation("request")
    keys.store_certificate_chain(name, chain_for(world, keys.create_signing_key(name)))
    keys.make_current("request", name)


RENEWALS = pytest.mark.parametrize("renew", [renew_same_key, renew_new_key])


@RENEWALS
def test_what_was_asked_before_is_answered_after(world: World, renew: object) -> None:
    fetched, waiting = world.ask(), world.ask()
    asked = world.read(fetched["link"])
    renew(world)  # type: ignore[operator]
    assert world.respond(asked, world.issue()).status_code == 200
    later = world.read(waiting["link"])  # signed only now, for the certificate that the link names
    response = world.respond(later, world.issue())
    assert response.status_code == 200
    assert code_on_the_phone(world, response.json()["redirect_uri"])


@RENEWALS
def test_it_is_so_after_a_restart(world: World, renew: object) -> None:
    created = world.ask()
    renew(world)  # type: ignore[operator]
    world.restart()
    assert world.respond(world.read(created["link"]), world.issue()).status_code == 200


@RENEWALS
def test_what_is_asked_now_is_signed_anew_without_a_restart(world: World, renew: object) -> None:
    before = world.read(world.ask()["link"]).client_id
    renew(world)  # type: ignore[operator]
    created = world.ask()
    after = world.read(created["link"])
    assert after.client_id != before
    assert world.respond(after, world.issue()).status_code == 200


def test_another_process_signs_what_the_first_asked(world: World) -> None:
    other = world.installation()
    renew_new_key(world)
    created = world.ask()
    world.house.database.close()
    world.serve(other)
    assert world.respond(world.read(created["link"]), world.issue()).status_code == 200


def test_a_certificate_that_is_not_right_does_not_stop_the_service(world: World) -> None:
    path = world.directory / "keys" / ENGLAND / "request.chain.pem"
    before = path.read_bytes()
    path.write_bytes(b"damaged")
    assert world.respond(world.read(world.ask()["link"]), world.issue()).status_code == 200
    assert "service_not_reloaded" in (world.directory / "log").read_text()
    path.write_bytes(before)
    assert world.ask()


def test_a_registration_that_was_renewed_goes_out_without_a_restart(world: World) -> None:
    before = world.read(world.ask()["link"]).statements("registration_cert")
    registration: Path = world.register(ENGLAND, question_of(ENGLAND))
    assert registration.exists()
    assert world.read(world.ask()["link"]).statements("registration_cert") != before
