"""OpenID4VCI 1.0 §4.1: the offer, by value and by reference."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from protocol.encoding import json_dumps
from protocol.errors import MalformedError
from protocol.openid4vci.offer import (
    PRE_AUTHORIZED_CODE_GRANT,
    AuthorizationCodeGrant,
    CredentialOffer,
    OfferReference,
    PreAuthorizedCodeGrant,
    TransactionCode,
    create_offer,
    create_offer_link,
    parse_offer,
    parse_offer_link,
)
from tests.vectors.reading import vectors

EXAMPLES = vectors("openid4vci/specification_messages.json")["offers"]
OFFER = CredentialOffer(
    credential_issuer="https://dwp.example.org",
    credential_configuration_ids=("pip-moving-around-8",),
    pre_authorized_code=PreAuthorizedCodeGrant(
        "oaKazRN8I0IbtZ0C7JuMn5", TransactionCode(length=6, description="Sent by text message")
    ),
)


def test_number_of_examples() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_the_specification(name: str) -> None:
    offer = parse_offer(EXAMPLES[name])
    assert offer.credential_issuer == "https://credential-issuer.example.com"
    assert parse_offer(create_offer(offer)) == offer


def test_an_empty_tx_code_still_asks_for_one() -> None:
    grant = parse_offer(EXAMPLES["credential_offer_by_reference"]).pre_authorized_code
    assert grant is not None
    assert grant.tx_code == TransactionCode(input_mode="numeric")


def test_no_tx_code_asks_for_none() -> None:
    value = create_offer(OFFER)
    del value["grants"][PRE_AUTHORIZED_CODE_GRANT]["tx_code"]
    grant = parse_offer(value).pre_authorized_code
    assert grant is not None
    assert grant.tx_code is None


def test_authorization_code() -> None:
    grant = AuthorizationCodeGrant(issuer_state="state", authorization_server="https://as.example")
    offer = CredentialOffer("https://dwp.example.org", ("a",), authorization_code=grant)
    assert parse_offer(create_offer(offer)) == offer


def test_no_grants() -> None:
    offer = CredentialOffer("https://dwp.example.org", ("a",))
    assert "grants" not in create_offer(offer)
    assert parse_offer(create_offer(offer)) == offer


@pytest.mark.parametrize(
    "endpoint", ["https://wallet.example/add", "openid-credential-offer://", "haip-vci://"]
)
@pytest.mark.parametrize("offer", [OFFER, OfferReference("https://dwp.example.org/offers/1")])
def test_link(endpoint: str, offer: CredentialOffer | OfferReference) -> None:
    assert parse_offer_link(create_offer_link(endpoint, offer)) == offer


def test_the_specifications_links() -> None:
    by_reference = (
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fserver%2Eexample%2Ecom"
        "%2Fcredential-offer%2FGkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM"
    )
    found = parse_offer_link(by_reference)
    assert isinstance(found, OfferReference)
    assert found.credential_offer_uri.startswith("https://server.example.com/credential-offer/")


def grant(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = value["grants"][PRE_AUTHORIZED_CODE_GRANT]
    return found


FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "credential_issuer missing": lambda o: o.pop("credential_issuer"),
    "credential_issuer http": lambda o: o.update(credential_issuer="http://dwp.example.org"),
    "credential_configuration_ids missing": lambda o: o.pop("credential_configuration_ids"),
    "credential_configuration_ids empty": lambda o: o.update(credential_configuration_ids=[]),
    "credential_configuration_ids twice": lambda o: o.update(credential_configuration_ids=["a", "a"]),
    "credential_configuration_ids no strings": lambda o: o.update(credential_configuration_ids=[1]),
    "grants no object": lambda o: o.update(grants=[]),
    "code missing": lambda o: grant(o).pop("pre-authorized_code"),
    "code empty": lambda o: grant(o).update({"pre-authorized_code": ""}),
    "tx_code no object": lambda o: grant(o).update(tx_code=True),
    "input_mode unknown": lambda o: grant(o)["tx_code"].update(input_mode="voice"),
    "length no number": lambda o: grant(o)["tx_code"].update(length="6"),
    "description too long": lambda o: grant(o)["tx_code"].update(description="a" * 301),
    "authorization_server http": lambda o: grant(o).update(authorization_server="http://a.example"),
}


@pytest.mark.parametrize("change", FAULTS.values(), ids=FAULTS.keys())
def test_refused(change: Callable[[dict[str, Any]], object]) -> None:
    value = deepcopy(create_offer(OFFER))
    change(value)
    with pytest.raises(MalformedError):
        parse_offer(json_dumps(value))


def test_unknown_members_are_ignored() -> None:
    assert parse_offer({**create_offer(OFFER), "x": 1}) == OFFER


@pytest.mark.parametrize(
    "query",
    [
        "",
        "credential_offer_uri=http%3A%2F%2Fa.example",
        "credential_offer_uri=https%3A%2F%2Fa.example&credential_offer=%7B%7D",
        "credential_offer_uri=https%3A%2F%2Fa.example&credential_offer_uri=https%3A%2F%2Fb.example",
        "credential_offer=%7B",
        "credential_offer=%7B%22a%22%3A1%2C%22a%22%3A1%7D",
        f"credential_offer={'a' * 40_000}",
    ],
)
def test_bad_link(query: str) -> None:
    with pytest.raises(MalformedError):
        parse_offer_link(f"openid-credential-offer://?{query}")
