"""Certificates that run out: somebody is told in time, and no claim outlives the ones that vouch for it."""

import json

from issuer.app import Timer
from issuer.usecases.watch_certificates import watch_certificates
from tests.issuer.world import World
from tests.protocol.authority_for_tests import DAY, YEAR

VALID_DAYS = 90  # of each claim of the example


def told(world: World) -> list[tuple[str, str, int]]:
    lines = map(json.loads, world.printed.getvalue().splitlines())
    return [(x["level"], x["kind"], x["count"]) for x in lines if x["event"] == "certificate_ends"]


def with_days_left(world: World, days: int) -> World:
    world.clock.advance(YEAR - days * DAY)
    return world


def test_nothing_is_said_of_a_year(world: World) -> None:
    watch_certificates(world.deps)
    assert told(world) == []


def test_a_certificate_that_claims_would_outlive_is_a_warning(world: World) -> None:
    watch_certificates(with_days_left(world, VALID_DAYS).deps)
    assert told(world) == [("warning", "claim-signing", VALID_DAYS)]


def test_the_last_days_are_errors(world: World) -> None:
    watch_certificates(with_days_left(world, 13).deps)
    assert told(world) == [("error", "claim-signing", 13), ("error", "status-signing", 13)]


def test_the_running_service_says_so_once_a_day(world: World) -> None:
    timer = Timer(with_days_left(world, VALID_DAYS).deps)
    for _ in range(3):
        timer.tick()
    assert len(told(world)) == 1
    world.clock.advance(DAY)
    timer.tick()
    assert len(told(world)) == 2


def test_a_claim_ends_with_the_certificates_that_vouch_for_it(world: World) -> None:
    world.change_register("UPDATE pip_award SET end_date = NULL WHERE award_id = 1")
    with_days_left(world, 30)
    (compact,) = world.wallet().get_copies(world.offer("amira"))
    claims = world.verify(compact).claims
    assert claims["exp"] == world.deps.claims_signer.ends_at
    assert claims["exp"] <= world.clock.now() + 30 * DAY
