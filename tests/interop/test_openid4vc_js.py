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


def _wallet(network: RunningNetwork, **task: Any) -> dict[str, Any]:
    ca = network.plan.tls.ca if network.plan.tls else None
    return run_node("wallet.mjs", {"root": network.plan.root.read_text(), **task}, ca=ca)


def test_their_wallet_gets_our_claim_and_answers_our_question(running_tls_network: RunningNetwork) -> None:
    service = parties.BLUE_BADGE_ENGLAND
    council = Council(running_tls_network.plan, service, running_tls_network.network.api_keys[service])
    request = council.ask("qr")
    offer = running_tls_network.offer(parties.DWP, ["pip-moving-around-8"], "amira")
    done = _wallet(
        running_tls_network,
        offer=offer.link.replace(
            f"{running_tls_network.url(parties.WALLET)}/add", "openid-credential-offer://"
        ),
        tx_code=offer.transaction_code,
        requests=[request["link"]],
    )
    assert [one["vct"] for one in done["credentials"]] == ["urn:pdx:claim:dwp:pip-moving-around-8:1"] * 3
    (response,) = done["responses"]
    assert response["status"] == 200, response
    assert set(response["body"]) == {"redirect_uri"}
    code = code_on_page(Browser(running_tls_network.plan).open(response["body"]["redirect_uri"]))
    answer: Any = council.confirm(request["id"], code)["answer"]
    assert answer["state"] == "approved"
    assert set(answer["claims"][0]["disclosed"]) == {
        "family_name",
        "given_name",
        "birthdate",
        "address",
        "award_end_date",
    }


def test_their_wallet_shows_nothing_more_than_was_asked(running_tls_network: RunningNetwork) -> None:
    service = parties.VEHICLE_TAX
    council = Council(running_tls_network.plan, service, running_tls_network.network.api_keys[service])
    request = council.ask("qr")
    offer = running_tls_network.offer(parties.DWP, ["pip-mobility-enhanced"], "grace")
    done = _wallet(
        running_tls_network,
        offer=offer.link.replace(
            f"{running_tls_network.url(parties.WALLET)}/add", "openid-credential-offer://"
        ),
        tx_code=offer.transaction_code,
        requests=[request["link"]],
    )
    (response,) = done["responses"]
    code = code_on_page(Browser(running_tls_network.plan).open(response["body"]["redirect_uri"]))
    answer: Any = council.confirm(request["id"], code)["answer"]
    assert (answer["state"], answer["claims"][0]["disclosed"]) == ("approved", {})
