"""The token endpoint: OpenID4VCI 1.0 §6 and §13.6, RFC 6749 §5, RFC 9449 §4.3 and §5."""

from typing import Any

import pytest

from issuer.store import Offer
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import FORM, URL, World, error_of, signed_again

INVALID_GRANT = (400, "invalid_grant")
INVALID_REQUEST = (400, "invalid_request")
INVALID_PROOF = (400, "invalid_dpop_proof")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_token_is_bound_and_not_cached(world: World) -> None:
    made = world.offer("amira")
    wallet = world.wallet()
    answer = wallet.ask_token(wallet.code(made), made.tx_code)
    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    assert answer.json()["token_type"] == "DPoP"
    assert answer.json()["expires_in"] == 600
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"


def test_unknown_parameters_are_ignored(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    answer = wallet.ask_token(wallet.code(made), made.tx_code, whatever="x", client_id="wallet")
    assert answer.status_code == 200


def test_a_code_is_good_once(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    assert wallet.ask_token(code, made.tx_code).status_code == 200
    assert error_of(wallet.ask_token(code, made.tx_code)) == INVALID_GRANT


def test_a_code_that_comes_again_takes_nothing_away(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    token = wallet.ask_token(code, made.tx_code).json()["access_token"]
    wallet.ask_token(code, made.tx_code)
    assert wallet.ask_credential(token, wallet.proofs(wallet.nonce())).status_code == 200


def test_an_unknown_code(world: World) -> None:
    assert error_of(world.wallet().ask_token("unknown", "123456")) == INVALID_GRANT


def test_an_expired_code(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    world.clock.advance(899)
    assert wallet.fetch_offer(made)
    world.clock.advance(1)
    assert error_of(wallet.ask_token(code, made.tx_code)) == INVALID_GRANT


def test_a_code_without_its_transaction_code(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    assert error_of(wallet.ask_token(code, None)) == INVALID_REQUEST
    assert error_of(wallet.ask_token(code, "")) == INVALID_REQUEST
    assert wallet.ask_token(code, made.tx_code).status_code == 200


def test_the_offer_locks_at_the_fifth_wrong_transaction_code(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    texts = []
    for _ in range(5):
        answer = wallet.ask_token(code, wrong(made.tx_code))
        assert error_of(answer) == INVALID_GRANT
        texts.append(answer.json()["error_description"][-1])
    assert texts == ["4", "3", "2", "1", "w"]
    assert error_of(wallet.ask_token(code, made.tx_code)) == INVALID_GRANT
    with world.deps.database.reading() as session:
        offer = session.get(Offer, 1)
    assert offer
    assert offer.state == "locked"


def test_four_wrong_ones_and_a_right_one(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    for _ in range(4):
        wallet.ask_token(code, wrong(made.tx_code))
    assert wallet.ask_token(code, made.tx_code).status_code == 200


def test_a_transaction_code_is_good_for_its_own_offer_only(world: World) -> None:
    one, other, wallet = world.offer("amira"), world.offer("grace"), world.wallet()
    if one.tx_code == other.tx_code:
        pytest.skip("the two offers have the same code by chance, one time in a million")
    assert error_of(wallet.ask_token(wallet.code(one), other.tx_code)) == INVALID_GRANT


def test_a_request_without_a_good_proof_costs_no_try(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    code = wallet.code(made)
    for _ in range(6):
        assert error_of(wallet.ask_token(code, wrong(made.tx_code), headers={})) == INVALID_PROOF
    assert wallet.ask_token(code, made.tx_code).status_code == 200


def test_another_grant_is_not_supported(world: World) -> None:
    answer = world.client().post("/token", data={"grant_type": "authorization_code", "code": "x"})
    assert error_of(answer) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("body", ["grant_type=a&grant_type=b", "", "a=%ff", "a=b&" * 80])
def test_a_form_that_is_none(world: World, body: str) -> None:
    answer = world.client().post("/token", content=body, headers=FORM)
    assert error_of(answer) == INVALID_REQUEST


def test_json_is_no_form(world: World) -> None:
    assert error_of(world.client().post("/token", json={})) == INVALID_REQUEST


def test_a_get_is_no_request(world: World) -> None:
    assert world.client().get("/token").status_code == 405


# --- DPoP: RFC 9449 §4.3; each changes one thing of a good proof


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"url": f"{URL}/credential"},
        {"url": "http://other.example/token"},
        {"now": 1_795_000_000 - 3_600},
        {"now": 1_795_000_000 + 3_600},
    ],
)
def test_a_proof_for_something_else(world: World, change: dict[str, Any]) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    answer = wallet.ask_token(wallet.code(made), made.tx_code, headers=wallet.dpop("/token", **change))
    assert error_of(answer) == INVALID_PROOF


@pytest.mark.parametrize("member", ["jti", "htm", "htu", "iat"])
def test_a_proof_without_a_required_claim(world: World, member: str) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    proof = signed_again(wallet.dpop("/token")["dpop"], wallet.key, remove=member)
    answer = wallet.ask_token(wallet.code(made), made.tx_code, headers={"dpop": proof})
    assert error_of(answer) == INVALID_PROOF


def test_a_proof_within_the_clocks_leeway(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    headers = wallet.dpop("/token", now=world.clock.now() + 10)
    assert wallet.ask_token(wallet.code(made), made.tx_code, headers=headers).status_code == 200


def test_a_proof_that_was_used(world: World) -> None:
    wallet = world.wallet()
    headers = wallet.dpop("/token")
    one, other = world.offer("amira"), world.offer("grace")
    assert wallet.ask_token(wallet.code(one), one.tx_code, headers=headers).status_code == 200
    assert error_of(wallet.ask_token(wallet.code(other), other.tx_code, headers=headers)) == INVALID_PROOF


def test_two_proofs(world: World) -> None:
    made, wallet = world.offer("amira"), world.wallet()
    data = {"grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code"}
    data |= {"pre-authorized_code": wallet.code(made), "tx_code": made.tx_code}
    headers = [(name, value) for _ in range(2) for name, value in wallet.dpop("/token").items()]
    assert error_of(world.client().post("/token", data=data, headers=headers)) == INVALID_PROOF


def test_without_dpop_where_the_department_allows_it(make_world: MakeWorld) -> None:
    world = make_world(dpop_required=False, token_seconds=300)
    made, wallet = world.offer("amira"), world.wallet()
    answer = wallet.ask_token(wallet.code(made), made.tx_code, headers={})
    assert answer.json()["token_type"] == "Bearer"
    body = {"credential_configuration_id": "pip-moving-around-8-1"}
    body["proofs"] = {"jwt": wallet.proofs(wallet.nonce())}  # type: ignore[assignment]
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    assert world.client().post("/credential", json=body, headers=headers).status_code == 200
