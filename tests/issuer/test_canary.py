"""Nothing about a person reaches logs, tables, errors or addresses: each flow runs with values to seek.

What may hold them: the register itself, the claim, the pages that staff see.
"""

import sqlite3
from collections.abc import Iterator

import pytest

from issuer.links import offer_links
from issuer.matching.attributes import AttributeProblem
from issuer.usecases.check_person import check_person
from issuer.usecases.make_offer import MadeOffer, OfferRefused, make_offer
from issuer.usecases.revoke_claims import revoke_claims
from tests.issuer.world import DLA, MOVING, World, attributes

CANARIES = {
    "family_name": "Canaryfamily",
    "given_name": "Canarygiven",
    "birthdate": "1931-07-13",
    "national_insurance_number": "QQ777777D",
    "postal_code": "ZZ77 7QQ",
}
SOUGHT = [*CANARIES.values(), "canary", "QQ777777", "ZZ777QQ", "1931", "777777"]


@pytest.fixture
def canary(world: World) -> World:
    """The register holds one person whose every attribute stands out."""
    world.change_register(
        "UPDATE person SET family_name = ?, given_name = ?, birthdate = ?, nino = ?, postal_code = ?"
        " WHERE person_id = 1",
        *CANARIES.values(),
    )
    return world


def everything_stored(world: World) -> Iterator[str]:
    for path in world.directory.glob("issuer.sqlite*"):
        yield path.read_bytes().decode("latin-1")
    with sqlite3.connect(world.directory / "issuer.sqlite") as connection:
        yield "\n".join(connection.iterdump())


def found_in(text: str) -> set[str]:
    return {one for one in SOUGHT if one.lower() in text.lower()}


def run_every_flow(world: World) -> tuple[MadeOffer, list[str]]:
    """Good and bad: gives the offer and every error text and address of it."""
    wallet, seen = world.wallet(), []
    made = make_offer(world.deps, CANARIES, [MOVING])
    code = wallet.code(made)
    seen.append(wallet.ask_token(code, "000000" if made.tx_code != "000000" else "111111").text)
    token = wallet.ask_token(code, made.tx_code).json()["access_token"]
    assert wallet.ask_credential(token, wallet.proofs(wallet.nonce())).status_code == 200
    seen.append(wallet.ask_credential(token, wallet.proofs("canary")).text)
    seen.append(world.client().get("/canary", headers={"accept": "text/html"}).text)
    seen.append(world.client().post("/token", data={"grant_type": "canary"}).text)
    for given, name in [({**CANARIES, "postal_code": "canary"}, MOVING), (CANARIES, DLA)]:
        try:
            make_offer(world.deps, given, [name])
        except (AttributeProblem, OfferRefused) as error:
            seen.append(str(error))
    world.change_register("UPDATE pip_award SET start_date = 'canary' WHERE award_id = 1")
    seen.append(wallet.ask_credential(token, wallet.proofs(wallet.nonce())).text)
    check_person(world.deps, CANARIES)
    revoke_claims(world.deps, record_key="1")
    links = offer_links(world.deps, made.reference)
    seen += [links.offer_uri, links.any_wallet, *[one.link for one in links.wallets]]
    return made, seen


def test_nothing_about_a_person_is_logged_stored_or_sent_back(canary: World) -> None:
    made, seen = run_every_flow(canary)
    assert len(seen) == 10
    assert found_in("\n".join(seen)) == set()
    printed = canary.printed.getvalue()
    assert found_in(printed) == set()
    for event in ("offer_made", "wrong_transaction_code", "code_redeemed", "claim_issued", "claims_revoked"):
        assert f'"event": "{event}"' in printed
    for stored in everything_stored(canary):
        assert found_in(stored) == set()
        assert made.reference not in stored
        assert made.reference not in printed
        assert f"'{made.tx_code}'" not in stored


def test_the_search_finds_what_it_seeks(canary: World) -> None:
    """The register does hold the values, so that a test that finds none elsewhere says something."""
    assert found_in(canary.register.read_bytes().decode("latin-1")) >= {*CANARIES.values()}


def test_codes_and_tokens_are_stored_as_digests_only(world: World) -> None:
    wallet = world.wallet()
    made = world.offer("amira")
    code = wallet.code(made)
    token = wallet.ask_token(code, made.tx_code).json()["access_token"]
    nonce = wallet.nonce()
    wallet.ask_credential(token, wallet.proofs(nonce))
    for stored in everything_stored(world):
        for secret in (made.reference, code, token, nonce):
            assert secret not in stored
    assert attributes("amira")["family_name"] not in world.printed.getvalue()
