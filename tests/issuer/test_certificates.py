"""Certificates that run out: somebody is told in time, and no claim outlives the ones that vouch for it."""

import json

import pytest
from sqlmodel import select

from issuer.app import Timer, build_app
from issuer.deps import CLAIM_KEY, STATUS_KEY
from issuer.store import ClaimCopy
from issuer.usecases.watch_certificates import watch_certificates
from protocol.x509 import Profile
from serving.keystore import FileKeystore
from tests.issuer.world import URL, World, error_of
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
    assert claims["exp"] == world.deps.claims_signer.current().ends_at
    assert claims["exp"] <= world.clock.now() + 30 * DAY


# --- when they have run out


PROFILES = {CLAIM_KEY: Profile.CLAIM_SIGNING, STATUS_KEY: Profile.STATUS_SIGNING}


def restart_with_certificates(world: World, name: str, *, not_after: int) -> None:
    """What the authority sent is installed, and the service started again."""
    keystore = FileKeystore(world.settings.keystore)
    chain = world.authority.certify(
        keystore.signing_key(name).public_key,
        PROFILES[name],
        organisation_id=world.settings.organisation_id,
        organisation_name=world.settings.name.en,
        uris=(URL,),
        not_after=not_after,
    )
    keystore.store_certificate_chain(name, chain)
    world.deps.database.close()
    world.deps = world.another_process()
    world.network.mount(URL, build_app(world.deps))


def events(world: World, name: str) -> list[tuple[str, str]]:
    lines = map(json.loads, world.printed.getvalue().splitlines())
    return [(x["level"], x["kind"]) for x in lines if x["event"] == name]


@pytest.mark.parametrize("name", PROFILES)
def test_nothing_is_issued_under_certificates_that_have_run_out(world: World, name: str) -> None:
    """A claim would end before it begins, or no list would say that it still holds."""
    restart_with_certificates(world, name, not_after=world.clock.now())
    wallet = world.wallet()
    token = wallet.token(world.offer("amira"))
    answer = wallet.ask_credential(token, wallet.proofs(wallet.nonce()))
    assert error_of(answer) == (503, "temporarily_unavailable")
    assert answer.json()["error_description"] == "this department can't issue claims at the moment"
    assert answer.headers["retry-after"] == "60"
    assert events(world, "certificate_ended") == [("error", name)]
    assert events(world, "claim_issued") == []
    with world.deps.database.reading() as session:
        assert session.exec(select(ClaimCopy)).all() == []


def test_nothing_is_used_up_meanwhile(world: World) -> None:
    restart_with_certificates(world, CLAIM_KEY, not_after=world.clock.now())
    wallet = world.wallet()
    token, proofs = wallet.token(world.offer("amira")), wallet.proofs(wallet.nonce())
    assert wallet.ask_credential(token, proofs).status_code == 503
    restart_with_certificates(world, CLAIM_KEY, not_after=world.clock.now() + YEAR)
    assert wallet.ask_credential(token, proofs).status_code == 200


@pytest.mark.parametrize("name", PROFILES)
def test_then_the_service_is_not_ready(world: World, name: str) -> None:
    restart_with_certificates(world, name, not_after=world.clock.now() + 60)
    world.clock.advance(59)
    assert world.client().get("/health/ready").status_code == 200
    world.clock.advance(1)
    assert world.client().get("/health/ready").status_code == 503
    assert world.client().get("/health/live").status_code == 200
    assert events(world, "not_ready") == [("error", "CertificateEnded")]


# --- renewed while it runs


def put_in_place(world: World, name: str, **changes: object) -> None:
    """What the renewal does: a new key with its certificate, by one rename."""
    keystore = FileKeystore(world.settings.keystore)
    generation = keystore.next_generation(name)
    values = {
        "organisation_id": world.settings.organisation_id,
        "organisation_name": world.settings.name.en,
        "uris": (URL,),
        "not_after": world.clock.now() + 2 * YEAR,
    }
    key = keystore.create_signing_key(generation).public_key
    chain = world.authority.certify(key, PROFILES[name], **(values | changes))  # type: ignore[arg-type]
    keystore.store_certificate_chain(generation, chain)
    keystore.make_current(name, generation)


def test_a_renewed_key_signs_without_a_restart(world: World) -> None:
    other, before = world.another_process(), world.deps.claims_signer.current()
    put_in_place(world, CLAIM_KEY)
    (compact,) = world.wallet().get_copies(world.offer("amira"))
    assert world.verify(compact)
    for deps in (world.deps, other):
        assert deps.claims_signer.current().x5c != before.x5c
        assert deps.claims_signer.current().key.public_key != before.key.public_key


def test_a_certificate_that_names_another_address_does_not_take_its_place(world: World) -> None:
    before = world.deps.claims_signer.current()
    put_in_place(world, CLAIM_KEY, uris=("https://other.example",))
    assert world.deps.claims_signer.current() is before
    assert [level for level, _ in events(world, "certificate_not_reloaded")] == ["error"]
