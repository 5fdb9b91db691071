"""OpenID4VP 1.0 §10, §5.10: the link or QR code that opens a wallet."""

import pytest

from protocol.errors import MalformedError
from protocol.openid4vp.link import PresentationLink, create_presentation_link, parse_presentation_link

LINK = PresentationLink("x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk", "https://a.example/r/1")
QUERY = "client_id=x509_hash%3Aa&request_uri=https%3A%2F%2Fa.example%2Fr%2F1"


@pytest.mark.parametrize("endpoint", ["https://wallet.example/present", "openid4vp://", "haip-vp://"])
def test_there_and_back(endpoint: str) -> None:
    assert parse_presentation_link(create_presentation_link(endpoint, LINK)) == LINK


def test_only_what_is_needed() -> None:
    """Checklist 2.1: client_id, request_uri, and request_uri_method only where it is post."""
    assert create_presentation_link("openid4vp://", LINK).count("=") == 2
    posted = PresentationLink(LINK.client_id, LINK.request_uri, "post")
    assert create_presentation_link("openid4vp://", posted).endswith("&request_uri_method=post")


def test_wallet_address_with_a_query() -> None:
    link = create_presentation_link("https://wallet.example/?view=present", LINK)
    assert parse_presentation_link(link) == LINK


def test_any_order_and_unknown_parameters() -> None:
    swapped = "openid4vp://?x=1&request_uri=https%3A%2F%2Fa.example%2Fr%2F1&client_id=x509_hash%3Aa&x=2"
    assert parse_presentation_link(swapped).client_id == "x509_hash:a"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=x509_hash%3Aa",
        "request_uri=https%3A%2F%2Fa.example%2Fr%2F1",
        "client_id=&request_uri=https%3A%2F%2Fa.example%2Fr%2F1",
        "client_id=a&request_uri=http%3A%2F%2Fa.example%2Fr%2F1",
        "client_id=a&request_uri=https%3A%2F%2Fa.example%2Fr%23x",
        "client_id=a&request_uri=https%3A%2F%2Fu%40a.example%2F",
        "client_id=a&request_uri=javascript%3Aalert(1)",
        f"{QUERY}&client_id=b",
        f"{QUERY}&request_uri_method=put",
        f"{QUERY}&request_uri_method=POST",
        f"{QUERY}&x={'y' * 9000}",
    ],
)
def test_refused(query: str) -> None:
    with pytest.raises(MalformedError):
        parse_presentation_link(f"openid4vp://?{query}")


def test_loopback_for_a_demonstration() -> None:
    link = PresentationLink("x509_hash:a", "http://localhost:8411/oid4vp/request/1")
    assert parse_presentation_link(create_presentation_link("http://localhost:8420/present", link)) == link
