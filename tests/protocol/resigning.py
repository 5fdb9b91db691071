"""Take a valid signed object, change one thing, sign it again with the right key: that tests the rule."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from protocol.encoding import b64url_decode, json_object
from protocol.jose.jws import create_jws
from tests.protocol.authority_for_tests import Party

Change = Callable[[dict[str, Any]], object]


def payload_of(compact: str) -> dict[str, Any]:
    """The payload of a compact JWS, unverified."""
    return json_object(b64url_decode(compact.split(".")[1]))


def header_of(compact: str) -> dict[str, Any]:
    """The header of a compact JWS, unverified."""
    return json_object(b64url_decode(compact.split(".", maxsplit=1)[0]))


def resigned(compact: str, party: Party, change: Change = lambda _: None, *, typ: str | None = None) -> str:
    """The object with its payload changed (or its type, or its signer), signed by `party`."""
    payload = deepcopy(payload_of(compact))
    change(payload)
    return create_jws(payload, party.key, typ=typ or header_of(compact)["typ"], x5c=party.x5c)


def with_broken_signature(compact: str) -> str:
    """The object with one bit of its signature changed."""
    head, _, signature = compact.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
