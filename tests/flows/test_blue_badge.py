"""The journeys of a Blue Badge, whole: every party is the real one, only the wires are in this process.

J1 same phone, J2 two devices, J6b an offer with a transaction code; then everything that must not get
through.
"""

import json
from dataclasses import replace
from typing import Any

import pytest

from authority.member import Kind
from examples.blue_badge.network.parties import BLUE_BADGE_ENGLAND as ENGLAND
from examples.blue_badge.network.parties import BLUE_BADGE_SCOTLAND as SCOTLAND
from examples.blue_badge.network.parties import DWP
from examples.blue_badge.network.parties import VEHICLE_TAX as TAX
from examples.blue_badge.registers import PERSONAS
from issuer.usecases.check_person import No
from issuer.usecases.find_records import find_records
from issuer.usecases.make_offer import OfferRefused
from issuer.usecases.revoke_claims import revoke_claims
from protocol.registration.question import Question, question_to_query
from tests.blue_badge import BlueBadge
from tests.network import path_contains
from wallet.holder.consent import ConsentRequest
from wallet.holder.errors import WalletError
from wallet.holder.holder import Holder

MOVING, PLANNING_E, PLANNING_12 = (
    "pip-moving-around-8-1",
    "pip-planning-journeys-e-1",
    "pip-planning-journeys-12-1",
)
ENHANCED = "pip-mobility-enhanced-1"


def yes(_asked: ConsentRequest) -> bool:
    return True


def answered(badge: BlueBadge, service: str, holder: Holder) -> dict[str, Any]:
    """Asks by the API, shows on the phone, reads the code out: what the service's program then knows."""
    request = badge.ask(service)
    result = holder.show(request["link"], consent=yes)
    return badge.confirm(service, request, badge.code_on_the_phone(result.redirect_uri))


# --- J6b: getting a claim


def test_an_offer_with_a_transaction_code(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet()
    offered = blue_badge.offer(DWP, "amira", MOVING)
    opened = holder.open_offer(offered.link)
    assert opened.name.en == "Department for Work and Pensions"
    assert [title.cy for title in opened.titles] == ["PIP: 8 pwynt neu fwy am symud o gwmpas"]
    assert opened.needs_code
    (claim,) = holder.accept_offer(opened, offered.code)
    assert (claim.vct, claim.issuer_id, claim.copies_left) == (
        "urn:pdx:claim:dwp:pip-moving-around-8:1",
        "PDXGB-dwp",
        10,
    )


def test_several_claims_in_one_offer(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "grace", MOVING, ENHANCED)
    assert len(holder.claims()) == 2


def test_an_offer_is_good_once(blue_badge: BlueBadge) -> None:
    offered = blue_badge.offer(DWP, "amira", MOVING)
    blue_badge.wallet("first").add_offer(offered.link, offered.code)
    with pytest.raises(WalletError) as caught:
        blue_badge.wallet("second").add_offer(offered.link, offered.code)
    assert caught.value.code in {"offer_spent", "code_wrong"}


def test_an_offer_that_expired(blue_badge: BlueBadge) -> None:
    offered = blue_badge.offer(DWP, "amira", MOVING)
    blue_badge.clock.advance(901)
    with pytest.raises(WalletError) as caught:
        blue_badge.wallet().add_offer(offered.link, offered.code)
    assert caught.value.code in {"offer_spent", "code_wrong"}


def test_five_wrong_codes_lock_the_offer(blue_badge: BlueBadge) -> None:
    holder, offered = blue_badge.wallet(), blue_badge.offer(DWP, "amira", MOVING)
    opened = holder.open_offer(offered.link)
    wrong = "000000" if offered.code != "000000" else "111111"
    for code in [wrong] * 5 + [offered.code]:
        with pytest.raises(WalletError) as caught:
            holder.accept_offer(opened, code)
        assert caught.value.code == "code_wrong"
    assert holder.claims() == ()


def test_four_wrong_codes_do_not(blue_badge: BlueBadge) -> None:
    holder, offered = blue_badge.wallet(), blue_badge.offer(DWP, "amira", MOVING)
    opened = holder.open_offer(offered.link)
    wrong = "000000" if offered.code != "000000" else "111111"
    for _ in range(4):
        with pytest.raises(WalletError):
            holder.accept_offer(opened, wrong)
    assert len(holder.accept_offer(opened, offered.code)) == 1


@pytest.mark.parametrize(
    ("persona", "configuration"),
    [
        ("tom", MOVING),
        ("tom", PLANNING_E),
        ("derek", PLANNING_E),
        ("yusuf", MOVING),
        ("ida", MOVING),
        ("sean", MOVING),
    ],
)
def test_the_register_says_no(blue_badge: BlueBadge, persona: str, configuration: str) -> None:
    """Twelve points for planning are no descriptor E; ended, future and suspended awards are none."""
    with pytest.raises(OfferRefused) as caught:
        blue_badge.offer(DWP, persona, configuration)
    assert [type(check.result) for check in caught.value.checks] == [No]


def test_the_register_changes_between_offer_and_claim(blue_badge: BlueBadge) -> None:
    holder, offered = blue_badge.wallet(), blue_badge.offer(DWP, "amira", MOVING)
    blue_badge.change_register(DWP, "UPDATE pip_award SET status = 'suspended'")
    with pytest.raises(WalletError) as caught:
        holder.add_offer(offered.link, offered.code)
    assert caught.value.code == "no_claim"
    assert holder.claims() == ()


# --- J1: the same phone


def test_same_phone(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    browser = blue_badge.browser(ENGLAND).start()
    asked: list[ConsentRequest] = []

    def agree(request: ConsentRequest) -> bool:
        asked.append(request)
        return True

    result = holder.show(browser.link(), consent=agree)
    answer = browser.go(result.redirect_uri)
    assert answer.status_code == 200
    assert "/answer/" in answer.url.path
    assert "Hassan" in answer.text
    (claim,) = asked[0].claims
    assert asked[0].terms is not None
    assert asked[0].terms.law["en"].startswith("Disabled Persons")
    assert asked[0].terms.retention_days == 90
    assert {".".join(map(str, one.path)) for one in claim.attributes} == {
        "family_name",
        "given_name",
        "birthdate",
        "address.postal_code",
        "award_end_date",
    }


def test_the_answer_is_only_in_the_browser_that_asked(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    browser = blue_badge.browser(ENGLAND).start()
    result = holder.show(browser.link(), consent=yes)
    stranger = blue_badge.browser(ENGLAND)
    assert "Hassan" not in stranger.go(result.redirect_uri).text
    assert stranger.page.status_code >= 400


def test_no_log_says_anything_about_a_person(blue_badge: BlueBadge) -> None:
    offered = blue_badge.offer(DWP, "amira", MOVING)
    holder = blue_badge.wallet()
    holder.add_offer(offered.link, offered.code)
    browser = blue_badge.browser(ENGLAND).start()
    link = browser.link()
    browser.go(holder.show(link, consent=yes).redirect_uri)
    logged = blue_badge.printed.getvalue()
    secrets = [*PERSONAS["amira"].attributes().values(), offered.code, link, offered.link]
    assert "offer_made" in logged
    assert [secret for secret in secrets if secret in logged] == []


def test_declining(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    browser = blue_badge.browser(ENGLAND).start()
    result = holder.show(browser.link(), consent=lambda _asked: False)
    page = browser.go(result.redirect_uri)
    assert result.outcome == "declined"
    assert page.status_code == 200
    assert "Hassan" not in page.text
    assert holder.claims()[0].copies_left == 10


# --- J2: two devices


def test_two_devices(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    laptop = blue_badge.browser(ENGLAND).start()
    result = holder.show(laptop.qr_link(), consent=yes)
    assert "Hassan" not in laptop.reload().text
    answer = laptop.type_code(blue_badge.code_on_the_phone(result.redirect_uri))
    assert "/answer/" in answer.url.path
    assert "Hassan" in answer.text


def test_a_wrong_confirmation_code_shows_nothing(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    laptop = blue_badge.browser(ENGLAND).start()
    result = holder.show(laptop.qr_link(), consent=yes)
    code = blue_badge.code_on_the_phone(result.redirect_uri)
    for _ in range(5):
        assert "Hassan" not in laptop.type_code("WRONG").text
    assert "Hassan" not in laptop.type_code(code).text


def test_a_request_relayed_to_a_victim_is_worth_nothing_without_the_code(blue_badge: BlueBadge) -> None:
    """The attacker's laptop shows the QR code, the victim answers it: the answer stays locked."""
    victim = blue_badge.wallet_with(DWP, "amira", MOVING)
    attacker = blue_badge.browser(ENGLAND).start()
    victim.show(attacker.qr_link(), consent=yes)
    assert "Hassan" not in attacker.reload().text
    assert "Hassan" not in attacker.go(attacker.page.url.path.replace("/request/", "/answer/")).text


# --- the answers differ as the rules do


@pytest.mark.parametrize(
    ("persona", "configuration", "service"),
    [
        ("margaret", PLANNING_E, ENGLAND),
        ("tom", PLANNING_12, SCOTLAND),
        ("grace", ENHANCED, TAX),
        ("rhys", "dla-mobility-higher-1", ENGLAND),
        ("olena", MOVING, ENGLAND),
    ],
)
def test_approved(blue_badge: BlueBadge, persona: str, configuration: str, service: str) -> None:
    state = answered(blue_badge, service, blue_badge.wallet_with(DWP, persona, configuration))
    assert state["answer"]["state"] == "approved"
    (claim,) = state["answer"]["claims"]
    shown = claim["disclosed"].get("family_name", PERSONAS[persona].family_name)
    assert shown == PERSONAS[persona].family_name


@pytest.mark.parametrize(
    ("department", "persona", "configuration"),
    [
        ("veterans", "wpms", "wpms-1"),
        ("veterans", "afcs", "afcs-tariff-1-8-1"),
        ("council", "ssi", "severely-sight-impaired-1"),
    ],
)
def test_other_departments(blue_badge: BlueBadge, department: str, persona: str, configuration: str) -> None:
    state = answered(blue_badge, ENGLAND, blue_badge.wallet_with(department, persona, configuration))
    assert state["answer"]["state"] == "approved"


def test_twelve_points_for_planning_answer_nothing_in_england(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "tom", PLANNING_12)
    with pytest.raises(WalletError) as caught:
        holder.show(blue_badge.ask(ENGLAND)["link"], consent=yes)
    assert caught.value.code == "nothing_to_show"
    assert blue_badge.network.seen("/oid4vp/response") == []


def test_ten_points_for_planning_answer_nothing_in_scotland(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "margaret", PLANNING_E)
    with pytest.raises(WalletError) as caught:
        holder.show(blue_badge.ask(SCOTLAND)["link"], consent=yes)
    assert caught.value.code == "nothing_to_show"
    assert blue_badge.network.seen("/oid4vp/response") == []


# --- what the wallet refuses


def _over_asking(badge: BlueBadge, service: str, attribute: str) -> None:
    """Lets a service ask for one attribute more than it registered; its certificate stays as it is."""
    house = badge.service(service)
    running = house.service(service)
    approved = running.first_question
    written = approved.question.model_dump(mode="json")
    for alternative in written["any_of"]:
        for asked in alternative["all_of"]:
            asked["attributes"] = [*asked["attributes"], [attribute]]
    more = replace(approved, query=question_to_query(Question.model_validate_json(json.dumps(written))))
    changed = replace(running, questions={approved.question.reference: more})
    badge.serve(service, replace(house, services={service: changed}))


def test_a_service_that_asks_more_than_it_registered(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "grace", ENHANCED)
    _over_asking(blue_badge, TAX, "nationality")
    with pytest.raises(WalletError) as caught:
        holder.show(blue_badge.ask(TAX)["link"], consent=yes)
    assert caught.value.code == "over_asking"
    assert blue_badge.network.seen("/oid4vp/response") == []
    assert holder.claims()[0].copies_left == 10


def test_a_suspended_service(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    blue_badge.clock.advance(3600)
    blue_badge.suspend(Kind.SERVICE, ENGLAND)
    with pytest.raises(WalletError) as caught:
        holder.show(blue_badge.ask(ENGLAND)["link"], consent=yes)
    assert caught.value.code == "service_suspended"
    assert blue_badge.network.seen("/oid4vp/response") == []


def test_a_suspended_department(blue_badge: BlueBadge) -> None:
    offered = blue_badge.offer(DWP, "amira", MOVING)
    blue_badge.suspend(Kind.DEPARTMENT, DWP)
    with pytest.raises(WalletError) as caught:
        blue_badge.wallet().add_offer(offered.link, offered.code)
    assert caught.value.code == "issuer_unknown"
    assert blue_badge.network.seen("/token") == []


# --- what the service refuses


def test_a_revoked_claim(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    dwp = blue_badge.department(DWP)
    (record,) = find_records(dwp, PERSONAS["amira"].attributes())[MOVING]
    assert revoke_claims(dwp, record_key=record) == 10
    request = blue_badge.ask(ENGLAND)
    with pytest.raises(WalletError) as caught:
        holder.show(request["link"], consent=yes)
    assert caught.value.code == "refused_revoked"  # the wallet did not know it yet, and says who does
    assert "Department for Work and Pensions" in caught.value.happened("en")
    state = blue_badge.standing(ENGLAND, request)
    assert state["refused"]["reason"] == "revoked"
    assert "answer" not in state or state["answer"] is None


def test_a_revoked_claim_that_the_wallet_knows_of(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    dwp = blue_badge.department(DWP)
    (record,) = find_records(dwp, PERSONAS["amira"].attributes())[MOVING]
    revoke_claims(dwp, record_key=record)
    first = blue_badge.ask(ENGLAND)
    with pytest.raises(WalletError):
        holder.show(first["link"], consent=yes)
    holder.refresh_statuses()  # as when the citizen opens the wallet
    left = holder.claims()[0].copies_left
    request = blue_badge.ask(ENGLAND)
    with pytest.raises(WalletError) as caught:
        holder.show(request["link"], consent=yes)
    assert caught.value.code == "claim_revoked"
    assert holder.claims()[0].copies_left == left
    assert blue_badge.standing(ENGLAND, request).get("refused") is None


def test_a_status_list_that_can_not_be_had_never_passes(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    with blue_badge.network.dropping(path_contains("/status/")):
        state = answered(blue_badge, ENGLAND, holder)
    assert (state["answer"]["state"], state["answer"]["reason"]) == ("referred", "status_unavailable")


def test_an_issuer_that_is_suspended_by_the_time_of_showing(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    blue_badge.suspend(Kind.DEPARTMENT, DWP)
    blue_badge.clock.advance(600)
    request = blue_badge.ask(ENGLAND)
    with pytest.raises(WalletError) as caught:
        holder.show(request["link"], consent=yes)
    assert caught.value.code == "refused_issuer"


def test_a_replayed_response(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    request = blue_badge.ask(ENGLAND)
    holder.show(request["link"], consent=yes)
    (exchange,) = blue_badge.network.seen("/oid4vp/response")
    assert exchange.response.status_code == 200
    assert blue_badge.network.replay(exchange).status_code >= 400


def test_a_response_replayed_at_another_request(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    first, second = blue_badge.ask(ENGLAND), blue_badge.ask(ENGLAND)
    holder.show(first["link"], consent=yes)
    holder.show(second["link"], consent=yes)
    one, other = blue_badge.network.seen("/oid4vp/response")
    third = blue_badge.ask(ENGLAND)
    holder.open_request(third["link"])
    address = str(other.request.url)
    swapped = blue_badge.network.client().post(
        address,
        content=one.request.content,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert swapped.status_code >= 400
    assert blue_badge.standing(ENGLAND, third)["state"] == "open"


def test_a_tampered_response(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    request = blue_badge.ask(ENGLAND)
    tampered = blue_badge.network.tampering(
        path_contains("/oid4vp/response"), body=lambda body: body[:-4] + b"AAAA"
    )
    with tampered, pytest.raises(WalletError) as caught:
        holder.show(request["link"], consent=yes)
    assert caught.value.code == "answer_refused"
    assert holder.show(request["link"], consent=yes).outcome == "shown"


def test_a_lost_reply_answers_once(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    request = blue_badge.ask(ENGLAND)
    with (
        blue_badge.network.losing_replies(path_contains("/oid4vp/response")),
        pytest.raises(WalletError) as caught,
    ):
        holder.show(request["link"], consent=yes)
    assert caught.value.code == "answer_unconfirmed"
    with pytest.raises(WalletError) as again:
        holder.show(request["link"], consent=yes)
    assert again.value.code == "request_spent"


def test_a_request_that_is_too_old_by_the_time_it_is_answered(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    opened = holder.open_request(blue_badge.ask(ENGLAND)["link"])
    blue_badge.clock.advance(601)
    with pytest.raises(WalletError) as caught:
        opened.answer()
    assert caught.value.code == "request_spent"


def test_a_proof_that_was_delayed_on_the_way(blue_badge: BlueBadge) -> None:
    holder = blue_badge.wallet_with(DWP, "amira", MOVING)
    request = blue_badge.ask(ENGLAND)
    slow = blue_badge.network.delaying(
        path_contains("/oid4vp/response"), seconds=3600, clock=blue_badge.clock
    )
    with slow, pytest.raises(WalletError) as caught:
        holder.show(request["link"], consent=yes)
    assert caught.value.code == "answer_refused"
