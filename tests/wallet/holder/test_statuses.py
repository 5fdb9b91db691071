"""A claim that its department no longer stands by: how the wallet finds out, and what it does then."""

import pytest

from protocol.status_list import INVALID, SUSPENDED
from protocol.trust_list.members import Department, Name
from protocol.x509 import Profile
from tests.network import path_contains
from tests.protocol.authority_for_tests import DAY
from tests.wallet.department import CODE, DEPARTMENT_ID, DEPARTMENT_URL, VCT
from tests.wallet.world import World
from wallet.holder.claims import ClaimStatus
from wallet.holder.consent import ConsentRequest
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder


def never(_asked: ConsentRequest) -> bool:
    raise AssertionError("nobody is to be asked about a claim that does not hold")


def yes(_asked: ConsentRequest) -> bool:
    return True


def holder_with_claim(world: World) -> Holder:
    holder = world.holder()
    holder.add_offer(world.department.offer_link(), CODE)
    return holder


def looked(world: World, holder: Holder) -> ClaimStatus:
    """The status after the wallet was opened a day later."""
    world.clock.advance(DAY)
    holder.refresh_statuses()
    return holder.claims()[0].status


def fetches(world: World) -> int:
    return len(world.network.seen("/status/1"))


@pytest.mark.parametrize(
    ("status", "known", "code"),
    [
        (INVALID, ClaimStatus.REVOKED, "claim_revoked"),
        (SUSPENDED, ClaimStatus.SUSPENDED, "claim_suspended"),
        (3, ClaimStatus.UNKNOWN, "claim_unsure"),
    ],
)
def test_it_is_not_shown_and_costs_no_copy(world: World, status: int, known: ClaimStatus, code: str) -> None:
    holder = holder_with_claim(world)
    world.department.mark(status)
    assert looked(world, holder) is known
    with pytest.raises(WalletError) as caught:
        holder.show(world.service.link(), consent=never)
    assert caught.value.code == code
    assert "Department" in caught.value.happened("en") + caught.value.advice("en")
    assert "Yr Adran" in caught.value.happened("cy") + caught.value.advice("cy")
    assert world.service.received == []
    assert holder.claims()[0].copies_left == 3


def test_one_that_was_on_hold_is_good_again(world: World) -> None:
    holder = holder_with_claim(world)
    world.department.mark(SUSPENDED)
    assert looked(world, holder) is ClaimStatus.SUSPENDED
    world.department.mark(0)
    assert looked(world, holder) is ClaimStatus.VALID
    assert holder.show(world.service.link(), consent=yes).outcome == "shown"


def test_the_list_is_fetched_once_a_day_at_most(world: World) -> None:
    holder = holder_with_claim(world)
    holder.refresh_statuses()
    assert fetches(world) == 0  # it was good when it came
    looked(world, holder)
    holder.refresh_statuses()
    assert fetches(world) == 1


def test_it_is_never_fetched_to_answer_a_request(world: World) -> None:
    """The department would learn when a claim is shown, however old what the wallet knows is."""
    holder = holder_with_claim(world)
    world.department.mark(INVALID)
    world.clock.advance(30 * DAY)
    assert holder.show(world.service.link(), consent=yes).outcome == "shown"
    assert fetches(world) == 0


def test_a_list_that_can_not_be_had_changes_nothing(world: World) -> None:
    holder = holder_with_claim(world)
    world.department.mark(INVALID)
    with world.network.dropping(path_contains("/status/")):
        assert looked(world, holder) is ClaimStatus.VALID
    holder.refresh_statuses()  # the next time asks again
    assert holder.claims()[0].status is ClaimStatus.REVOKED


def test_another_departments_list_says_nothing_good(world: World) -> None:
    holder = holder_with_claim(world)
    dwp = Department(DEPARTMENT_ID, Name("Department", "Yr Adran"), DEPARTMENT_URL, frozenset({VCT}))
    other = Department("PDXGB-other", Name("Other", "Arall"), "https://other.example", frozenset({VCT}))
    world.members["departments"] = {one.organisation_id: one for one in (dwp, other)}
    world.department.status_signer = world.authority.party(
        Profile.STATUS_SIGNING, organisation_id="PDXGB-other", organisation_name="Other"
    )
    assert looked(world, holder) is ClaimStatus.UNKNOWN


# --- what a service says of it


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        ("revoked", "refused_revoked", "Badge team did not accept the claim: it says that Department has"),
        ("suspended", "refused_suspended", "on hold"),
        ("expired", "refused_expired", "run out"),
        ("issuer_untrusted", "refused_issuer", "can’t rely on such claims from Department"),
        ("status_unknown", "refused_status", "could not find out"),
        ("something new", "answer_refused", "did not accept the answer"),
        (None, "answer_refused", "did not accept the answer"),
    ],
)
def test_the_wallet_says_it_in_its_own_words(
    world: World, problem: str | None, code: str, words: str
) -> None:
    world.service.reply_status = 400
    text = "Call 0900 123 and pay"
    world.service.reply = {"error": "invalid_request", "error_description": text, "claim_problem": problem}
    with pytest.raises(WalletError) as caught:
        holder_with_claim(world).show(world.service.link(), consent=yes)
    assert caught.value.code == code
    assert words in caught.value.happened("en")
    assert text not in f"{caught.value} {caught.value.detail}"


def test_a_service_that_can_not_check_at_present(world: World) -> None:
    world.service.reply_status = 503
    world.service.reply = {"error": "temporarily_unavailable", "claim_problem": "revoked"}
    with pytest.raises(WalletError) as caught:
        holder_with_claim(world).show(world.service.link(), consent=yes)
    assert caught.value.code == "service_unable"


def test_a_services_word_is_not_believed_but_looked_into(world: World) -> None:
    world.service.reply_status = 400
    world.service.reply = {"error": "invalid_request", "claim_problem": "revoked"}
    holder = holder_with_claim(world)
    with pytest.raises(WalletError):
        holder.show(world.service.link(), consent=yes)
    assert holder.claims()[0].status is ClaimStatus.VALID
    assert fetches(world) == 0
    world.department.mark(INVALID)
    holder.refresh_statuses()  # when the citizen next opens the wallet, without waiting for a day
    assert holder.claims()[0].status is ClaimStatus.REVOKED


def test_a_no_that_a_service_refuses_says_nothing_of_a_claim(world: World) -> None:
    world.service.reply_status = 400
    world.service.reply = {"error": "invalid_request", "claim_problem": "revoked"}
    with pytest.raises(WalletError) as caught:
        holder_with_claim(world).decline(world.service.link())
    assert caught.value.code == "answer_refused"
