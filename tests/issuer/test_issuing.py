"""The whole way of a claim, over the real app, registers and database."""

from datetime import date
from itertools import pairwise

import pytest

from issuer.calendar import end_of, start_of
from protocol.openid4vci.offer import PRE_AUTHORIZED_CODE_GRANT
from protocol.status_list import VALID
from serving.errors import OperatorError
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import (
    AFCS,
    DLA,
    ENHANCED,
    MOVING,
    PLANNING_12,
    PLANNING_E,
    SIGHT,
    TODAY,
    URL,
    WPMS,
    World,
)


def test_a_claim_reaches_the_wallet(world: World) -> None:
    wallet = world.wallet()
    (compact,) = wallet.get_copies(world.offer("amira"))
    verified = world.verify(compact)
    assert verified.vct == "urn:pdx:claim:dwp:pip-moving-around-8:1"
    assert verified.issuer.organisation_id == "PDXGB-dwp"
    assert verified.holder_key == wallet.holder_key(0).public_key
    assert verified.claims["family_name"] == "Hassan"
    assert verified.claims["address"] == {"postal_code": "ZZ1 2AB"}
    assert world.status(compact) == VALID


def test_everything_about_the_person_is_selectively_disclosable(world: World) -> None:
    (compact,) = world.wallet().get_copies(world.offer("amira"))
    jwt_only = world.verify(compact.split("~", maxsplit=1)[0] + "~")
    registered = {"iss", "vct", "vct#integrity", "iat", "exp", "status", "cnf"}
    assert jwt_only.claims.keys() == registered | {"address"}
    assert jwt_only.claims["address"] == {}


def test_the_claim_names_its_issuer_as_its_certificate_does(world: World) -> None:
    (compact,) = world.wallet().get_copies(world.offer("amira"))
    verified = world.verify(compact)
    assert verified.claims["iss"] == world.deps.issuer
    assert verified.issuer.uris == (world.deps.issuer,)


def test_a_department_does_not_start_under_another_name_than_its_certificates(
    make_world: MakeWorld,
) -> None:
    make_world()
    with pytest.raises(
        OperatorError, match=r"does not name base_url .* admit this department at that address"
    ):
        make_world(base_url="https://elsewhere.example")


def test_the_claim_names_the_type_metadata_that_the_catalogue_publishes(world: World) -> None:
    from issuer.definitions.public import public_part
    from protocol.encoding import json_dumps
    from protocol.registration.claim_type import claim_type_to_metadata
    from protocol.sd_jwt_vc.integrity import check_integrity

    (compact,) = world.wallet().get_copies(world.offer("amira"))
    public = public_part(world.deps.claim_types[MOVING].definition)
    integrity = world.verify(compact).claims["vct#integrity"]
    check_integrity(json_dumps(claim_type_to_metadata(public)), integrity)


def test_times_are_rounded_and_never_beyond_the_award(world: World) -> None:
    world.change_register("UPDATE pip_award SET end_date = ? WHERE award_id = 1", "2026-12-01")
    (compact,) = world.wallet().get_copies(world.offer("amira"))
    claims = world.verify(compact).claims
    assert claims["iat"] == start_of(TODAY)
    assert claims["exp"] == end_of(date(2026, 12, 1))
    assert claims["award_end_date"] == "2026-12-01"


def test_an_award_without_an_end_lasts_as_long_as_the_definition_says(world: World) -> None:
    world.change_register("UPDATE pip_award SET end_date = NULL WHERE award_id = 1")
    (compact,) = world.wallet().get_copies(world.offer("amira"))
    claims = world.verify(compact).claims
    assert claims["exp"] - claims["iat"] == 90 * 86_400
    assert "award_end_date" not in claims


def test_the_copies_of_a_batch_have_nothing_in_common_but_what_they_say(world: World) -> None:
    copies = world.wallet().get_copies(world.offer("amira"), count=10)
    verified = [world.verify(compact) for compact in copies]
    assert len({one.holder_key for one in verified}) == 10
    places = [one.status for one in verified if one.status]
    assert len({(place.uri, place.index) for place in places}) == 10
    steps = {b.index - a.index for a, b in pairwise(places)}
    assert len(steps) > 1
    assert len({(one.claims["iat"], one.claims["exp"]) for one in verified}) == 1
    disclosures = [one for compact in copies for one in compact.split("~")[1:-1]]
    assert len(set(disclosures)) == len(disclosures) == 10 * 5


def test_several_claims_in_one_offer(world: World) -> None:
    wallet = world.wallet()
    made = world.offer("grace", MOVING, ENHANCED)
    assert wallet.fetch_offer(made)["credential_configuration_ids"] == [ENHANCED, MOVING]
    token = wallet.token(made)
    for name in (MOVING, ENHANCED):
        answer = wallet.ask_credential(token, wallet.proofs(wallet.nonce()), name=name)
        assert answer.status_code == 200
        assert world.verify(answer.json()["credentials"][0]["credential"]).vct.endswith(f":{name[:-2]}:1")


def test_the_offer_is_given_by_reference(world: World) -> None:
    offer = world.wallet().fetch_offer(world.offer("amira"))
    grant = offer["grants"][PRE_AUTHORIZED_CODE_GRANT]
    assert offer["credential_issuer"] == URL
    assert offer["credential_configuration_ids"] == [MOVING]
    assert grant["tx_code"]["input_mode"] == "numeric"
    assert grant["tx_code"]["length"] == 6
    assert "Department for Work and Pensions" in grant["tx_code"]["description"]


@pytest.mark.parametrize(
    ("owner", "persona", "name"),
    [
        ("dwp", "amira", MOVING),
        ("dwp", "margaret", PLANNING_E),
        ("dwp", "tom", PLANNING_12),
        ("dwp", "grace", ENHANCED),
        ("dwp", "rhys", DLA),
        ("dwp", "hoa", MOVING),
        ("dwp", "olena", MOVING),
        ("veterans", "wpms", WPMS),
        ("veterans", "afcs", AFCS),
        ("council", "ssi", SIGHT),
    ],
)
def test_every_claim_of_the_example_can_be_had(
    make_world: MakeWorld, owner: str, persona: str, name: str
) -> None:
    world = make_world(owner=owner)
    (compact,) = world.wallet().get_copies(world.offer(persona, name), name=name)
    assert world.verify(compact).vct == world.deps.claim_types[name].definition.vct
