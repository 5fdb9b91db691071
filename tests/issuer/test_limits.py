"""Nobody at one address gets more of a department than the settings allow; nobody in good faith feels it."""

from collections.abc import Callable

import httpx
import pytest

from issuer.settings import Limits
from issuer.usecases.begin_session import begin_session
from serving.errors import OperatorError
from tests.issuer.conftest import MakeWorld
from tests.issuer.test_staff_sessions import SIGN_IN
from tests.issuer.world import World

Ask = Callable[[World], httpx.Response]

RULES = sorted(Limits().rules())
HTML = {"accept": "text/html"}
PROTOCOL = ("credential", "nonce", "offer", "token")

ASKING: dict[str, list[Ask]] = {
    "offer": [lambda world: world.client().get("/offers/x")],
    "token": [lambda world: world.client().post("/token", data={"tx_code": "123456"})],
    "nonce": [lambda world: world.client().post("/nonce")],
    "credential": [lambda world: world.client().post("/credential", json={})],
    "sign_in": [
        lambda world: world.client().get("/staff/sign-in"),
        lambda world: world.client().get("/staff/signed-in?code=x&state=x"),
    ],
    "look_up": [
        lambda world: world.client().post("/staff/check"),
        lambda world: world.client().post("/staff/offer"),
    ],
}


def test_every_rule_is_tested() -> None:
    assert sorted(ASKING) == RULES


@pytest.mark.parametrize("rule", RULES)
def test_after_its_share_an_address_is_refused(make_world: MakeWorld, rule: str) -> None:
    only = {name: "2/minute" if name == rule else None for name in RULES}
    world = make_world(limits=only, oidc=SIGN_IN)
    for ask in (ASKING[rule] * 2)[:2]:
        assert ask(world).status_code != 429
    for ask in ASKING[rule]:
        refused = ask(world)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
    for other in RULES:  # which were counted apart, or not at all
        if other != rule:
            assert all(ask(world).status_code != 429 for ask in ASKING[other])


@pytest.mark.parametrize("rule", PROTOCOL)
def test_a_wallet_is_answered_in_json_that_it_may_read(make_world: MakeWorld, rule: str) -> None:
    world = make_world(limits={rule: "1/hour"})
    (ask,) = ASKING[rule]
    ask(world)
    refused = ask(world)
    assert refused.headers["content-type"] == "application/json"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["access-control-allow-origin"] == "*"
    # RFC 6749 has a code of its own for a server that has too much to do
    is_oauth = rule in {"token", "credential"}
    assert refused.json()["error"] == ("temporarily_unavailable" if is_oauth else "too_many_requests")
    assert refused.json()["error_description"] == "too many requests; try again later"


def test_a_refused_try_costs_the_citizen_none(make_world: MakeWorld) -> None:
    world = make_world(limits={"token": "1/second"})
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    answers = [wallet.ask_token(code, "000000" if made.tx_code != "000000" else "1") for _ in range(20)]
    spent = sum(answer.status_code != 429 for answer in answers)
    assert spent < 20
    tried = [answer.json()["error_description"] for answer in answers if answer.status_code == 400]
    assert tried[0].endswith("tries left: 4")


def test_staff_get_a_page(make_world: MakeWorld) -> None:
    world = make_world(limits={"look_up": "1/hour"}, oidc=SIGN_IN)
    browser = world.client()
    browser.cookies.set("pdx_staff", begin_session(world.deps, "alice"))
    browser.post("/staff/check", headers=HTML)
    refused = browser.post("/staff/check?lang=cy", headers=HTML)
    assert refused.status_code == 429
    assert "Gormod o geisiadau" in refused.text
    assert "Who is the claim about?" in browser.get("/staff?lang=en", headers=HTML).text


def test_a_library_full_of_people_gets_its_claims(world: World) -> None:
    """A whole journey is one of each; a mobile network puts thousands of people behind one address."""
    for number in range(10):
        assert world.wallet(f"wallet {number}").get_copies(world.offer("amira"))
    rates = [int(str(rate).partition("/")[0]) for rate in Limits().rules().values()]
    assert min(rates) >= 120


def test_the_address_in_front_of_a_trusted_proxy_counts(make_world: MakeWorld) -> None:
    world = make_world(limits={"nonce": "1/hour", "trusted_proxies": ["127.0.0.0/8"]})

    def ask(address: str) -> int:
        return world.client().post("/nonce", headers={"x-forwarded-for": address}).status_code

    assert [ask("198.51.100.7"), ask("198.51.100.7"), ask("198.51.100.8")] == [200, 429, 200]
    assert "198.51.100" not in world.printed.getvalue()


def test_a_storage_that_can_not_be_used_stops_the_start(make_world: MakeWorld) -> None:
    with pytest.raises(OperatorError, match=r"limits\.storage"):
        make_world(limits={"storage": "nowhere://"})
