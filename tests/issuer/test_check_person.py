"""Which claims a person could get, over the synthetic registers: yes, no, what is missing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from issuer.app import build_app
from issuer.definitions.rule import Rule, compile_rule
from issuer.deps import Deps
from issuer.store import Offer
from issuer.usecases.check_person import (
    NeedsMore,
    No,
    Result,
    Unavailable,
    Unknown,
    Yes,
    check_person,
)
from issuer.usecases.make_offer import OfferRefused, make_offer
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import DLA, MOVING, SIGHT, TODAY, URL, World, attributes, error_of


def result(world: World, persona: str, name: str = MOVING, **changes: str) -> Result:
    (check,) = check_person(world.deps, attributes(persona, **changes), [name])
    return check.result


def test_yes_rests_on_a_record(world: World) -> None:
    assert result(world, "amira") == Yes("1")


@pytest.mark.parametrize(
    ("persona", "changes"),
    [
        ("amira", {"family_name": "HASSAN", "given_name": "amira"}),
        ("amira", {"national_insurance_number": "qq 00 00 01"}),
        ("hoa", {"family_name": "Nguyen", "given_name": "Thi Hoa"}),
        ("hoa", {"postal_code": ""}),
        ("olena", {"family_name": "шевченко", "given_name": "олена"}),
    ],
)
def test_spellings_that_are_the_same(world: World, persona: str, changes: dict[str, str]) -> None:
    assert isinstance(result(world, persona, **changes), Yes)


def test_an_apostrophe_of_any_kind(world: World) -> None:
    for name in ("O'Neill", "O’Neill", "ONeill", "o neill"):
        assert isinstance(result(world, "margaret", "pip-planning-journeys-e-1", family_name=name), Yes)


@pytest.mark.parametrize("persona", ["derek", "tom", "yusuf", "ida", "sean", "smith2"])
def test_no(world: World, persona: str) -> None:
    assert result(world, persona) == No()


def test_no_award_of_the_kind_at_all(world: World) -> None:
    assert result(world, "rhys", MOVING) == Unknown()


def test_two_of_one_name_and_birthday_are_told_apart(world: World) -> None:
    assert isinstance(result(world, "smith1"), Yes)
    assert result(world, "smith2") == No()
    mixed = attributes("smith1")["postal_code"]
    assert result(world, "smith2", postal_code=mixed, given_name="Jane") == Unknown()


def test_a_wrong_name_with_a_right_number(world: World) -> None:
    assert result(world, "amira", family_name="Smith") == Unknown()
    assert result(world, "amira", birthdate="1979-04-13") == Unknown()


def test_what_is_needed(world: World) -> None:
    assert result(world, "amira", national_insurance_number="") == NeedsMore(("national_insurance_number",))
    assert result(world, "amira", given_name="", postal_code="") == NeedsMore(("given_name", "postal_code"))
    assert result(world, "amira", given_name="Anna", postal_code="") == NeedsMore(("postal_code",))
    assert result(world, "amira", given_name="Anna", postal_code="ZZ9 9ZZ") == Unknown()


def test_the_longest_award_counts(world: World) -> None:
    world.change_register(
        "INSERT INTO pip_award SELECT 9999, person_id, daily_living_rate, mobility_rate, start_date,"
        " '2031-01-01', review_date, status FROM pip_award WHERE award_id = 1"
    )
    world.change_register(
        "INSERT INTO pip_activity_score SELECT 9999, activity, descriptor, points FROM pip_activity_score"
        " WHERE award_id = 1"
    )
    assert result(world, "amira") == Yes("9999")


def test_a_register_that_is_away_is_no_answer(world: World) -> None:
    world.register.unlink()
    assert result(world, "amira") == Unavailable()
    assert "register_unavailable" in world.printed.getvalue()


def test_two_of_one_name_and_birthday_in_the_sight_register(make_world: MakeWorld) -> None:
    world = make_world(owner="council")
    world.change_register(
        "INSERT INTO sight_register SELECT 9999, family_name, 'Nneka', birthdate, 'ZZ7 7ZZ', category,"
        " certified_on, removed_on FROM sight_register WHERE registration_id = 1"
    )
    assert result(world, "ssi", SIGHT, postal_code="") == NeedsMore(("postal_code",))
    assert result(world, "ssi", SIGHT) == Yes("1")
    assert result(world, "ssi", SIGHT, postal_code="ZZ7 7ZZ", given_name="Nneka") == Yes("9999")


def test_an_offer_needs_a_yes_to_every_claim(world: World) -> None:
    with pytest.raises(OfferRefused) as caught:
        make_offer(world.deps, attributes("amira"), [MOVING, DLA])
    assert [type(check.result) for check in caught.value.checks] == [Unknown, Yes]
    with world.deps.database.reading() as session:
        assert session.exec(select(Offer)).all() == []


def test_an_offer_of_nothing(world: World) -> None:
    with pytest.raises(OfferRefused):
        make_offer(world.deps, attributes("amira"), [])


def test_a_claim_type_that_is_not_in_force_any_more(make_world: MakeWorld) -> None:
    world = make_world()
    made = world.offer("amira")
    wallet = world.wallet()
    token = wallet.token(made)
    path = world.directory / "claims" / "pip-moving-around-8.yaml"
    text = path.read_text(encoding="utf-8")
    ended = text.replace("  from: 2026-01-01\n", "  from: 2026-01-01\n  until: 2026-11-17\n")
    path.write_text(ended, encoding="utf-8")
    later = world.another_process()
    assert check_person(later, attributes("amira"), [MOVING]) == ()
    world.network.mount("http://localhost:8401", build_app(later))
    answer = wallet.ask_credential(token, wallet.proofs(wallet.nonce()))
    assert answer.json()["error"] == "credential_request_denied"


# --- records that have ended

LAX = compile_rule("record.points >= 8")  # an author who left the end to `not_beyond`


def with_rule(world: World, rule: Rule) -> Deps:
    changed = replace(world.deps.claim_types[MOVING], rule=rule)
    return replace(world.deps, claim_types={**world.deps.claim_types, MOVING: changed})


@pytest.mark.parametrize(("days", "answer"), [(-1, No()), (0, Yes("1"))])
def test_a_record_that_has_ended_gives_no_claim(world: World, days: int, answer: Result) -> None:
    """An award that ended yesterday would give a claim that had run out before it was made."""
    ends = (TODAY + timedelta(days)).isoformat()
    world.change_register("UPDATE pip_award SET end_date = ? WHERE award_id = 1", ends)
    (check,) = check_person(with_rule(world, LAX), attributes("amira"), [MOVING])
    assert check.result == answer


def test_a_record_that_ends_before_the_wallet_comes(world: World) -> None:
    wallet = world.wallet()
    token = wallet.token(world.offer("amira"))
    ended = (TODAY - timedelta(1)).isoformat()
    world.change_register("UPDATE pip_award SET end_date = ? WHERE award_id = 1", ended)
    world.network.mount(URL, build_app(with_rule(world, LAX)))
    answer = wallet.ask_credential(token, wallet.proofs(wallet.nonce()))
    assert error_of(answer) == (400, "credential_request_denied")
