"""The network as the wallet knows it: fresh, never older than before, usable for a while when nobody
answers.
"""

from dataclasses import replace
from typing import Any

import pytest

from protocol.trust_list.members import Name
from protocol.x509 import Profile
from serving.clock import FixedClock
from tests.network import path_contains
from tests.protocol.authority_for_tests import DAY, Authority
from tests.wallet.department import CODE, VCT
from tests.wallet.world import World, pem
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder


def fetches(world: World) -> int:
    return len(world.network.seen("/trust-list-head.jwt"))


def refusal(holder: Holder) -> WalletError:
    with pytest.raises(WalletError) as caught:
        holder.network()
    return caught.value


def test_a_list_is_fetched_once_an_hour(world: World) -> None:
    holder = world.holder()
    joined = fetches(world)
    holder.network()
    assert fetches(world) == joined
    world.clock.advance(3600)
    holder.network()
    assert fetches(world) == joined + 1


def test_a_network_that_can_not_be_verified_is_not_joined(world: World) -> None:
    holder = world.unconnected_holder()
    with pytest.raises(WalletError) as caught:
        holder.set_network(world.settings(root_certificates=(pem(Authority("other").root),)))
    assert caught.value.code == "trust_list_unusable"
    assert refusal(holder).code == "network_not_set"


def test_a_network_that_does_not_answer_is_not_joined(world: World) -> None:
    holder = world.unconnected_holder()
    with world.network.dropping(path_contains("/trust-list")), pytest.raises(WalletError) as caught:
        holder.set_network(world.settings())
    assert caught.value.code == "unreachable"


def test_a_known_list_serves_while_no_newer_one_comes(world: World) -> None:
    holder = world.holder()
    world.clock.advance(8 * DAY - 1)
    with world.network.dropping(path_contains("/trust-list")):
        assert holder.network().trust_list.head.sequence_number == 1


def test_but_not_for_ever(world: World) -> None:
    holder = world.holder()
    world.clock.advance(8 * DAY)
    with world.network.dropping(path_contains("/trust-list")):
        assert refusal(holder).code == "trust_list_old"


def test_an_older_list_is_never_taken_again(world: World) -> None:
    world.sequence_number = 10 * DAY
    holder = world.holder()
    world.sequence_number = 1
    world.clock.advance(3600)
    error = refusal(holder)
    assert (error.code, str(error.detail).partition(":")[0]) == ("trust_list_unusable", "trust_list_rollback")


def test_not_even_after_the_newer_one_went_out_of_date(world: World) -> None:
    world.sequence_number = 100 * DAY
    holder = world.holder()
    world.sequence_number = 1
    world.clock.advance(30 * DAY)
    assert str(refusal(holder).detail).startswith("trust_list_rollback")


def test_not_even_where_the_clock_was_set_back(world: World) -> None:
    world.sequence_number = 10 * DAY
    world.holder()
    world.sequence_number = 2 * DAY
    world.clock = FixedClock(world.clock.now() - DAY)
    assert str(refusal(world.unconnected_holder()).detail).startswith("trust_list_rollback")


def test_not_even_after_its_signers_certificate_ended(world: World) -> None:
    world.trust_list_signer = world.authority.party(Profile.TRUST_LIST, not_after=world.clock.now() + DAY)
    world.sequence_number = 10 * DAY
    holder = world.holder()
    world.trust_list_signer = world.authority.party(Profile.TRUST_LIST)
    world.sequence_number = 1
    world.clock.advance(2 * DAY)
    assert str(refusal(holder).detail).startswith("trust_list_rollback")


@pytest.mark.parametrize("later", [-DAY, 2 * DAY])
def test_a_known_list_serves_only_at_a_time_at_which_it_is_good(world: World, later: int) -> None:
    world.trust_list_signer = world.authority.party(Profile.TRUST_LIST, not_after=world.clock.now() + DAY)
    world.holder()
    world.clock = FixedClock(world.clock.now() + later)
    with world.network.dropping(path_contains("/trust-list")):
        assert refusal(world.unconnected_holder()).code == "trust_list_old"


def test_a_list_that_somebody_else_signed(world: World) -> None:
    holder = world.holder()
    world.members["operator"] = Name("Somebody", "Rhywun")
    world.clock.advance(3600)
    assert refusal(holder).code == "trust_list_unusable"


def test_a_type_is_fetched_when_its_claim_arrives_and_then_kept(world: World) -> None:
    holder = world.holder()
    holder.add_offer(world.department.offer_link(), CODE)
    held = holder.claims()[0]
    with world.network.dropping(path_contains("/types/")):
        assert holder.title(held)["en"] == "8 points or more for moving around"
    assert len(world.network.seen("/types/")) == 1


def test_a_type_that_the_catalogue_does_not_know_has_its_own_name(world: World) -> None:
    holder = world.holder()
    holder.add_offer(world.department.offer_link(), CODE)
    held: Any = replace(holder.claims()[0], vct="urn:unknown")
    assert holder.title(held)["cy"] == "urn:unknown"
    assert VCT != "urn:unknown"


def test_a_part_is_fetched_once_and_then_kept(world: World) -> None:
    holder = world.holder()
    assert world.network.seen("/trust-list/parts/") == []
    holder.network().issuer_name("PDXGB-dwp")
    holder.network().issuer_name("PDXGB-dwp")
    assert len(world.network.seen("/trust-list/parts/")) == 1


def test_a_part_is_deleted_after_a_month_and_a_type_is_not(world: World) -> None:
    holder = world.holder()
    holder.add_offer(world.department.offer_link(), CODE)
    held = holder.claims()[0]
    asked = len(world.network.seen("/trust-list/parts/"))
    world.clock.advance(30 * DAY)
    holder.network().issuer_name("PDXGB-dwp")
    assert len(world.network.seen("/trust-list/parts/")) == asked
    world.clock.advance(3600)
    holder.network().issuer_name("PDXGB-dwp")
    assert len(world.network.seen("/trust-list/parts/")) == asked + 1
    assert holder.title(held)["en"] == "8 points or more for moving around"
    assert len(world.network.seen("/types/")) == 1


def test_a_part_that_can_not_be_had_says_nothing_about_anybody(world: World) -> None:
    network = world.holder().network()
    with world.network.dropping(path_contains("/trust-list/parts/")), pytest.raises(WalletError) as caught:
        network.issuer_name("PDXGB-dwp")
    assert caught.value.code == "unreachable"
