"""Addresses that a peer's document may name, to make us ask our own network (SSRF)."""

import pytest

from serving.http import FetchError, FetchPolicy, HttpClient, is_allowed

INNER = {
    "IPv4-compatible": "::127.0.0.1",
    "IPv4-translated": "::ffff:0:127.0.0.1",
    "local NAT64": "64:ff9b:1::7f00:1",
    "NAT64 of the metadata service": "64:ff9b::a9fe:a9fe",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001:0:7f00:1::",
    "mapped": "::ffff:10.0.0.1",
    "site-local": "fec0::1",
    "unique local": "fd00:ec2::254",
    "segment routing": "5f00::1",
    "carrier NAT": "100.64.0.1",
    "this network": "0.1.2.3",
    "broadcast": "255.255.255.255",
}


@pytest.mark.parametrize("address", INNER.values(), ids=INNER)
def test_every_way_to_write_an_inner_address(address: str) -> None:
    assert not is_allowed(address, allow_private=False, allow_loopback=False)


@pytest.mark.parametrize("address", ["2a00:1450:4009::1", "93.184.216.34", "2002:5db8:d822::"])
def test_public_addresses_stay_allowed(address: str) -> None:
    assert is_allowed(address, allow_private=False, allow_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://localhost/",
        "https://localhost./",
        "https://[::1]/",
        "https://user@127.0.0.1/",
        "https://example.org@127.0.0.1/",
        "https://127.0.0.1\\@example.org/",
        "http://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
def test_every_way_to_write_this_machine(url: str) -> None:
    """Names are resolved by the machine's own resolver, which knows the odd forms too."""
    client = HttpClient(FetchPolicy())
    with pytest.raises(FetchError) as caught:
        client.get(url, accept="application/jwt")
    assert caught.value.code in {"refused_address", "refused_url", "unreachable", "address"}
    client.close()
