"""Each rule for an ID token: a token that is right but for one thing, signed with the right key."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from authority.confirmation.verify_id_token import (
    AFTER,
    BEFORE,
    NotConfirmedError,
    UnknownKeyError,
    verify_id_token,
)
from authority.settings import ReviewerSettings
from protocol.encoding import b64url_encode
from tests.authority.network import NOW

KEY = ECKey.generate_key("P-256", {"kid": "one"})
KEYS = KeySet([KEY])
NONCE = "n" * 43
REVIEWERS = ReviewerSettings(
    issuer="https://login.example",
    client_id="office",
    addresses=frozenset({"rhys@example.org"}),
    subjects=frozenset({"ruth"}),
)
CLAIMS: dict[str, Any] = {
    "iss": "https://login.example",
    "aud": "office",
    "sub": "248289761001",
    "email": "rhys@example.org",
    "email_verified": True,
    "nonce": NONCE,
    "iat": NOW + 30,
    "auth_time": NOW + 29,
    "exp": NOW + 330,
}
GONE = "not there"


def signed(key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value != GONE}
    return jwt.encode(header or {"alg": "ES256", "kid": "one"}, claims, key)


def verify(token: str, keys: KeySet = KEYS) -> None:
    verify_id_token(token, keys, REVIEWERS, expected_nonce=NONCE, decided_at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": ["office"]},
        {"aud": ["office", "other"], "azp": "office"},
        {"auth_time": GONE},
        {"sub": "ruth", "email": GONE, "email_verified": GONE},
        {"email": "Rhys@Example.org"},
        {"iat": NOW - BEFORE, "auth_time": NOW - BEFORE},
        {"iat": NOW + AFTER, "exp": NOW + AFTER + 1},
    ],
    ids=repr,
)
def test_a_token_that_is_right(changes: dict[str, Any]) -> None:
    verify(signed(**changes))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"iss": "https://other.example"}, "another provider"),
        ({"iss": GONE}, "another provider"),
        ({"aud": "other"}, "another client"),
        ({"aud": GONE}, "another client"),
        ({"aud": ["office", "other"]}, "another client"),
        ({"aud": ["office", "other"], "azp": "other"}, "another client"),
        ({"azp": "other"}, "another client"),
        ({"nonce": "m" * 43}, "something else"),
        ({"nonce": GONE}, "something else"),
        ({"nonce": 1}, "something else"),
        ({"email": "mallory@example.org"}, "not one of"),
        ({"email_verified": False}, "not one of"),
        ({"email_verified": "true"}, "not one of"),
        ({"email_verified": GONE}, "not one of"),
        ({"email": GONE}, "not one of"),
        ({"sub": ["ruth"], "email": GONE}, "not one of"),
        ({"iat": NOW - BEFORE - 1}, "another time"),
        ({"iat": NOW + AFTER + 1}, "another time"),
        ({"iat": GONE}, "another time"),
        ({"auth_time": NOW - BEFORE - 1}, "another time"),
        ({"auth_time": "now"}, "another time"),
        ({"exp": NOW}, "ended"),
        ({"exp": GONE}, "ended"),
    ],
    ids=repr,
)
def test_one_thing_is_wrong(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(NotConfirmedError, match=text):
        verify(signed(**changes))


def test_a_foreign_key() -> None:
    other = ECKey.generate_key("P-256", {"kid": "one"})
    with pytest.raises(NotConfirmedError, match="not signed by the provider"):
        verify(signed(other))


def test_a_key_that_is_not_known_yet() -> None:
    other = ECKey.generate_key("P-256", {"kid": "two"})
    with pytest.raises(UnknownKeyError):
        verify(signed(other, {"alg": "ES256", "kid": "two"}))


def test_another_algorithm() -> None:
    """Nobody chooses one without a private half, and no key is taken for another kind's."""
    secret = OctKey.import_key("a secret that the provider published, 32 bytes", {"kid": "one"})
    with pytest.raises(NotConfirmedError):
        verify(signed(secret, {"alg": "HS256", "kid": "one"}), KeySet([secret]))
    rsa = RSAKey.generate_key(2048, {"kid": "one"})
    verify(signed(rsa, {"alg": "RS256", "kid": "one"}), KeySet([rsa]))
    with pytest.raises(NotConfirmedError):
        verify(signed(rsa, {"alg": "RS256", "kid": "one"}))


HEADERS = ["[]", "1", "null", "{}", '{"alg":1}', '{"alg":"none"}', '{"alg":"ES256","kid":[]}', '{"alg":[]}']
ODD = [f"{b64url_encode(one.encode())}.{signed().partition('.')[2]}" for one in HEADERS]


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 100_000, *ODD], ids=range(len(ODD) + 3))
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(NotConfirmedError):
        verify(token)
