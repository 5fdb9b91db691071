"""npm @openid4vc/openid4vci and @openid4vc/openid4vp as a wallet: it gets our claim and answers our question.

The credential is verified, and presented, by npm @sd-jwt/sd-jwt-vc; the query is answered by npm dcql.
"""

from typing import Any

import pytest

from examples.blue_badge.citizen import Browser, Council, code_on_page
from examples.blue_badge.network import parties
from tests.interop.node import run_node
from tests.running import RunningNetwork

pytestmark = pytest.mark.interop


def _ask_and_answer(
    network: RunningNetwork, *, service: str, claim: str, persona: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let their wallet get a claim and answer a service; gives what the wallet said, and the answer."""
    council = Council(network.plan, service, network.network.api_keys[service])
    request = council.ask("qr")
    offer = network.offer(parties.DWP, [claim], persona)
    task = {
        "root": network.plan.root.read_text(),
        "offer": offer.link.replace(f"{network.url(parties.WALLET)}/add", "openid-credential-offer://"),
        "tx_code": offer.transaction_code,
        "requests": [request["link"]],
    }
    done = run_node("wallet.mjs", task, ca=network.plan.tls.ca if network.plan.tls else None)
    (response,) = done["responses"]
    assert response["status"] == 200, response
    assert set(response["body"]) == {"redirect_uri"}
    code = code_on_page(Browser(network.plan).open(response["body"]["redirect_uri"]))
    answer: Any = council.confirm(request["id"], code)["answer"]
    return done, answer


def test_their_wallet_gets_our_claim_and_answers_our_question(running_tls_network: RunningNetwork) -> None:
    done, answer = _ask_and_answer(
        running_tls_network,
        service=parties.BLUE_BADGE_ENGLAND,
        claim="pip-moving-around-8",
        persona="amira",
    )
    assert [one["vct"] for one in done["credentials"]] == ["urn:pdx:claim:dwp:pip-moving-around-8:1"] * 3
    assert answer["state"] == "approved"
    assert set(answer["claims"][0]["disclosed"]) == {
        "family_name",
        "given_name",
        "birthdate",
        "address",
        "award_end_date",
    }


def test_their_wallet_shows_nothing_more_than_was_asked(running_tls_network: RunningNetwork) -> None:
    _, answer = _ask_and_answer(
        running_tls_network, service=parties.VEHICLE_TAX, claim="pip-mobility-enhanced", persona="grace"
    )
    assert (answer["state"], answer["claims"][0]["disclosed"]) == ("approved", {})
