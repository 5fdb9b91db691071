"""The credential endpoint: OpenID4VCI 1.0 §8 and Appendix F.1, RFC 6750 §3, RFC 9449 §7."""

from typing import Any

import pytest
from sqlmodel import select

from issuer.store import ClaimCopy, OfferedClaim
from protocol.openid4vci.proof import create_proof
from tests.issuer.conftest import MakeWorld
from tests.issuer.world import ENHANCED, MOVING, URL, Wallet, World, error_of, signed_again
from tests.protocol.keys_for_tests import signing_key

Change = dict[str, Any]


class Holder:
    """A wallet with a token for one claim."""

    def __init__(self, world: World) -> None:
        self.world, self.wallet = world, world.wallet()
        self.token = self.wallet.token(world.offer("amira"))

    def ask(self, **more: Any) -> tuple[int, str]:
        answer = self.wallet.ask_credential(self.token, self.wallet.proofs(self.wallet.nonce()), **more)
        return (200, "") if answer.status_code == 200 else error_of(answer)

    def ask_with(self, *proofs: str) -> tuple[int, str]:
        answer = self.wallet.ask_credential(self.token, proofs)
        return (200, "") if answer.status_code == 200 else error_of(answer)


@pytest.fixture
def holder(world: World) -> Holder:
    return Holder(world)


def copies(world: World) -> int:
    with world.deps.database.reading() as session:
        return len(session.exec(select(ClaimCopy)).all())


# --- what is accepted


def test_a_token_is_good_for_several_requests(holder: Holder) -> None:
    assert [holder.ask() for _ in range(3)] == [(200, "")] * 3
    assert copies(holder.world) == 3


def test_unknown_members_are_ignored(holder: Holder) -> None:
    assert holder.ask(change=lambda body: body.update(unknown=1)) == (200, "")


def test_the_scheme_in_any_case(holder: Holder) -> None:
    assert holder.ask(headers={"authorization": f"dPoP {holder.token}"}) == (200, "")


def test_the_answer_is_not_cached_and_has_nothing_else(holder: Holder) -> None:
    answer = holder.wallet.ask_credential(holder.token, holder.wallet.proofs(holder.wallet.nonce(), 2))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json().keys() == {"credentials"}
    assert [one.keys() for one in answer.json()["credentials"]] == [{"credential"}] * 2


# --- what is asked for


def test_an_unknown_configuration(holder: Holder) -> None:
    assert holder.ask(name="unknown") == (400, "unknown_credential_configuration")


def test_an_identifier_that_was_never_given(holder: Holder) -> None:
    def change(body: Change) -> None:
        body["credential_identifier"] = body.pop("credential_configuration_id")

    assert holder.ask(change=change) == (400, "unknown_credential_identifier")


def test_a_claim_that_was_not_offered(holder: Holder) -> None:
    assert holder.ask(name=ENHANCED) == (403, "insufficient_scope")


def test_no_name_or_two(holder: Holder) -> None:
    expected = (400, "invalid_credential_request")
    assert holder.ask(change=lambda body: body.pop("credential_configuration_id")) == expected
    assert holder.ask(change=lambda body: body.update(credential_identifier="x")) == expected


def test_an_encrypted_answer_is_not_asked_for_in_the_open(holder: Holder) -> None:
    def change(body: Change) -> None:
        body["credential_response_encryption"] = {"jwk": {}, "enc": "A128GCM"}

    assert holder.ask(change=change) == (400, "invalid_encryption_parameters")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff"])
def test_a_body_that_is_no_object(holder: Holder, body: bytes) -> None:
    assert send(holder, body, "application/json") == (400, "invalid_credential_request")


def test_another_content_type(holder: Holder) -> None:
    assert send(holder, b"{}", "text/plain") == (400, "invalid_credential_request")


def send(holder: Holder, body: bytes, content_type: str) -> tuple[int, str]:
    headers = {
        "authorization": f"DPoP {holder.token}",
        "content-type": content_type,
        **holder.wallet.dpop("/credential", access_token=holder.token),
    }
    return error_of(holder.world.client().post("/credential", content=body, headers=headers))


def test_ten_megabytes_are_refused(holder: Holder) -> None:
    status, _ = send(holder, b" " * 10_000_000, "application/json")
    assert status == 413
    assert holder.ask() == (200, "")


# --- proofs


def test_no_proof(holder: Holder) -> None:
    assert holder.ask_with() == (400, "invalid_proof")


def test_more_proofs_than_a_batch(holder: Holder) -> None:
    assert holder.ask_with(*holder.wallet.proofs(holder.wallet.nonce(), 11)) == (400, "invalid_proof")
    assert holder.ask_with(*holder.wallet.proofs(holder.wallet.nonce(), 10)) == (200, "")


def test_one_key_twice(holder: Holder) -> None:
    proof = holder.wallet.proofs(holder.wallet.nonce())[0]
    assert holder.ask_with(proof, proof) == (400, "invalid_proof")


def test_a_proof_without_a_nonce(holder: Holder) -> None:
    assert holder.ask_with(*holder.wallet.proofs(None)) == (400, "invalid_proof")


@pytest.mark.parametrize("nonce", ["A" * 75, "x", "ü", "A" * 200])
def test_a_nonce_that_is_not_ours(holder: Holder, nonce: str) -> None:
    assert holder.ask_with(*holder.wallet.proofs(nonce)) == (400, "invalid_nonce")


def test_a_nonce_that_was_used(holder: Holder) -> None:
    nonce = holder.wallet.nonce()
    assert holder.ask_with(*holder.wallet.proofs(nonce)) == (200, "")
    assert holder.ask_with(*holder.wallet.proofs(nonce)) == (400, "invalid_nonce")
    assert copies(holder.world) == 1


def test_a_nonce_that_has_expired(holder: Holder) -> None:
    nonce = holder.wallet.nonce()
    holder.world.clock.advance(300)
    assert holder.ask_with(*holder.wallet.proofs(nonce)) == (400, "invalid_nonce")


def test_a_nonce_of_another_department(holder: Holder) -> None:
    content = (holder.world.clock.now() + 300).to_bytes(8, "big") + bytes(16)
    from protocol.encoding import b64url_encode

    forged = b64url_encode(content + bytes(32))
    assert holder.ask_with(*holder.wallet.proofs(forged)) == (400, "invalid_nonce")


@pytest.mark.parametrize(
    "change",
    [
        {"audience": "https://other.example"},
        {"now": 1_795_000_000 - 3_600},
        {"now": 1_795_000_000 + 3_600},
        {"client_id": "somebody"},
    ],
)
def test_a_proof_for_something_else(holder: Holder, change: Change) -> None:
    assert holder.ask_with(*holder.wallet.proofs(holder.wallet.nonce(), **change)) == (400, "invalid_proof")


def test_a_proof_signed_with_a_foreign_key(holder: Holder) -> None:
    good = create_proof(
        signing_key("mine"), audience=URL, nonce=holder.wallet.nonce(), now=holder.world.clock.now()
    )
    foreign = create_proof(signing_key("hers"), audience=URL, nonce=None, now=holder.world.clock.now())
    swapped = f"{good.rpartition('.')[0]}.{foreign.rpartition('.')[2]}"
    assert holder.ask_with(swapped) == (400, "invalid_proof")


def test_a_proof_of_another_type(holder: Holder) -> None:
    proof = holder.wallet.proofs(holder.wallet.nonce())[0]
    changed = signed_again(proof, holder.wallet.holder_key(0), header={"typ": "JWT"})
    assert holder.ask_with(changed) == (400, "invalid_proof")


def test_a_proof_that_shows_a_private_key(holder: Holder) -> None:
    key = holder.wallet.holder_key(0)
    proof = holder.wallet.proofs(holder.wallet.nonce())[0]
    jwk = {**key.public_key.to_jwk(), "d": "AAAA"}
    assert holder.ask_with(signed_again(proof, key, header={"jwk": jwk})) == (400, "invalid_proof")


def test_a_bad_proof_spends_nothing(holder: Holder) -> None:
    nonce = holder.wallet.nonce()
    good, bad = holder.wallet.proofs(nonce, 2)
    assert holder.ask_with(good, bad[:-4] + "AAAA") == (400, "invalid_proof")
    assert holder.ask_with(good) == (200, "")


# --- the access token


def test_no_token(world: World) -> None:
    answer = world.client().post("/credential", json={})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'DPoP algs="ES256"'


def test_an_unknown_token(world: World) -> None:
    wallet = world.wallet()
    answer = wallet.ask_credential("unknown", wallet.proofs(wallet.nonce()))
    assert error_of(answer) == (401, "invalid_token")
    assert 'DPoP algs="ES256", error="invalid_token"' in answer.headers["www-authenticate"]


def test_an_expired_token(holder: Holder) -> None:
    holder.world.clock.advance(600)
    assert holder.ask() == (401, "invalid_token")


def test_a_token_in_the_address(holder: Holder) -> None:
    headers = holder.wallet.dpop("/credential", access_token=holder.token)
    address = f"/credential?access_token={holder.token}"
    answer = holder.world.client().post(address, json={}, headers=headers)
    assert error_of(answer) == (400, "invalid_request")
    assert holder.token not in holder.world.printed.getvalue()


def test_a_bound_token_as_a_bearer(holder: Holder) -> None:
    assert holder.ask(headers={"authorization": f"Bearer {holder.token}"}) == (401, "invalid_token")


def test_two_authorization_headers(holder: Holder) -> None:
    headers = [("authorization", f"DPoP {holder.token}")] * 2
    headers += list(holder.wallet.dpop("/credential", access_token=holder.token).items())
    answer = holder.world.client().post("/credential", json={}, headers=headers)
    assert error_of(answer) == (400, "invalid_request")


def test_a_token_with_another_wallets_key(holder: Holder) -> None:
    thief = holder.world.wallet("thief")
    answer = thief.ask_credential(holder.token, thief.proofs(thief.nonce()))
    assert error_of(answer) == (401, "invalid_token")


def test_a_token_is_not_reached_by_dropping_dpop(make_world: MakeWorld) -> None:
    world = make_world(dpop_required=False, token_seconds=300)
    holder = Holder(world)
    body = {
        "credential_configuration_id": MOVING,
        "proofs": {"jwt": holder.wallet.proofs(holder.wallet.nonce())},
    }
    headers = {"authorization": f"Bearer {holder.token}"}
    assert error_of(world.client().post("/credential", json=body, headers=headers)) == (401, "invalid_token")


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"url": f"{URL}/token"},
        {"access_token": "another"},
        {"access_token": None},
        {"now": 1_795_000_000 - 3_600},
        {"now": 1_795_000_000 + 3_600},
    ],
)
def test_a_dpop_proof_for_something_else(holder: Holder, change: Change) -> None:
    headers = holder.wallet.dpop("/credential", **{"access_token": holder.token, **change})
    assert holder.ask(headers=headers) == (401, "invalid_dpop_proof")


@pytest.mark.parametrize("change", [{"typ": "JWT"}, {"alg": "none"}, {"jwk": None}])
def test_a_dpop_proof_of_another_form(holder: Holder, change: Change) -> None:
    good = holder.wallet.dpop("/credential", access_token=holder.token)["dpop"]
    headers = {"dpop": signed_again(good, holder.wallet.key, header=change)}
    assert holder.ask(headers=headers) == (401, "invalid_dpop_proof")


def test_a_dpop_proof_that_was_used(holder: Holder) -> None:
    headers = holder.wallet.dpop("/credential", access_token=holder.token)
    assert holder.ask(headers=headers) == (200, "")
    assert holder.ask(headers=headers) == (401, "invalid_dpop_proof")


def test_a_dpop_failure_spends_no_nonce(holder: Holder) -> None:
    proofs = holder.wallet.proofs(holder.wallet.nonce())
    bad = holder.wallet.dpop("/credential", access_token="another")
    assert error_of(holder.wallet.ask_credential(holder.token, proofs, headers=bad))[0] == 401
    assert holder.ask_with(*proofs) == (200, "")


def test_a_token_does_not_work_for_ever(holder: Holder) -> None:
    with holder.world.deps.database.unit() as session:
        claim = session.exec(select(OfferedClaim)).one()
        claim.requests_left = 1
        session.add(claim)
        session.commit()
    assert holder.ask() == (200, "")
    assert holder.ask() == (400, "credential_request_denied")


# --- the register is read again


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pip_award SET status = 'suspended' WHERE award_id = 1",
        "UPDATE pip_award SET end_date = '2026-11-17' WHERE award_id = 1",
        "DELETE FROM pip_award WHERE award_id = 1",
        "UPDATE pip_activity_score SET points = 4 WHERE award_id = 1 AND activity = 12",
    ],
)
def test_a_register_that_has_changed_its_mind(holder: Holder, statement: str) -> None:
    holder.world.change_register(statement)
    assert holder.ask() == (400, "credential_request_denied")
    assert copies(holder.world) == 0


def test_the_claim_carries_what_the_register_says_now(world: World) -> None:
    wallet: Wallet = world.wallet()
    token = wallet.token(world.offer("amira"))
    world.change_register("UPDATE person SET family_name = 'Hassan-Jones' WHERE person_id = 1")
    answer = wallet.ask_credential(token, wallet.proofs(wallet.nonce()))
    (one,) = answer.json()["credentials"]
    assert world.verify(one["credential"]).claims["family_name"] == "Hassan-Jones"


def test_a_register_that_is_not_there(holder: Holder) -> None:
    holder.world.register.unlink()
    answer = holder.wallet.ask_credential(holder.token, holder.wallet.proofs(holder.wallet.nonce()))
    assert error_of(answer) == (503, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "60"
    assert copies(holder.world) == 0
    assert '"claim_type": "pip-moving-around-8-1", "reason": "no_answer"' in holder.world.printed.getvalue()


def test_a_register_that_holds_something_else(holder: Holder) -> None:
    holder.world.change_register("UPDATE pip_award SET start_date = 'canary' WHERE award_id = 1")
    assert holder.ask() == (503, "temporarily_unavailable")
    assert "canary" not in holder.world.printed.getvalue()
    assert '"reason": "unexpected_value:start_date"' in holder.world.printed.getvalue()
