"""OpenID4VCI 1.0 §12.2 and §12.3, and CONFORMANCE of HAIP 1.0 issuers: what a wallet reads first."""

import pytest

from protocol.openid4vci.metadata import parse_authorization_server_metadata, parse_issuer_metadata
from tests.issuer.world import MOVING, URL, World

ISSUER = "/.well-known/openid-credential-issuer"
SERVER = "/.well-known/oauth-authorization-server"


def test_the_issuer_metadata_is_what_a_wallet_can_read(world: World) -> None:
    answer = world.client().get(ISSUER)
    assert answer.headers["content-type"] == "application/json"
    metadata = parse_issuer_metadata(answer.content, expected_issuer=URL)
    assert metadata.nonce_endpoint == f"{URL}/nonce"
    assert metadata.batch_size == 10
    assert [(one.locale, one.name) for one in metadata.display] == [
        ("en-GB", "Department for Work and Pensions"),
        ("cy-GB", "Adran"),
    ]
    one = metadata.configurations[MOVING]
    assert (one.format, one.vct) == ("dc+sd-jwt", "urn:pdx:claim:dwp:pip-moving-around-8:1")
    assert one.scope == MOVING
    assert one.proof_signing_algorithms == {"jwt": ("ES256",)}
    assert {display.locale for display in one.display} == {"en-GB", "cy-GB"}


def test_each_attribute_of_a_claim_is_described_in_both_languages(world: World) -> None:
    configurations = world.client().get(ISSUER).json()["credential_configurations_supported"]
    assert len(configurations) == 5
    for one in configurations.values():
        claims = one["credential_metadata"]["claims"]
        assert ["address", "postal_code"] in [claim["path"] for claim in claims]
        for claim in claims:
            assert claim["mandatory"] is False
            assert [entry["locale"] for entry in claim["display"]] == ["en-GB", "cy-GB"]


def test_the_server_metadata_offers_the_pre_authorized_code_alone(world: World) -> None:
    answer = world.client().get(SERVER)
    metadata = parse_authorization_server_metadata(answer.content, expected_issuer=URL)
    assert metadata.token_endpoint == f"{URL}/token"
    assert metadata.anonymous_pre_authorized
    assert metadata.dpop_algorithms == ("ES256",)
    assert metadata.grant_types == ("urn:ietf:params:oauth:grant-type:pre-authorized_code",)


@pytest.mark.parametrize("path", [ISSUER, SERVER])
def test_any_web_wallet_may_read_it(world: World, path: str) -> None:
    answer = world.client().get(path, headers={"origin": "https://wallet.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_the_nonce_is_fresh_and_never_cached(world: World) -> None:
    first, second = (world.client().post("/nonce") for _ in range(2))
    assert first.headers["cache-control"] == "no-store"
    assert first.json().keys() == {"c_nonce"}
    assert first.json() != second.json()


def test_the_front_page_says_what_the_department_vouches_for(world: World) -> None:
    page = world.client().get("/", headers={"accept": "text/html"}).text
    assert "8 points or more for moving around" in page
    assert "Welfare Reform Act 2012" in page
    assert "Gyfnewid" not in page
    welsh = world.client().get("/?lang=cy", headers={"accept": "text/html"}).text
    assert "8 pwynt neu fwy am symud o gwmpas" in welsh
