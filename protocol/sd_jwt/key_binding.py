"""The key binding JWT: the holder's signature over one presentation to one verifier (RFC 9901 §4.3, §7.3)."""

from hashlib import sha256
from typing import Any, NamedTuple

from protocol.encoding import b64url_encode
from protocol.errors import BindingError, MalformedError, ValidityError
from protocol.jose.dates import check_validity_dates, numeric_date
from protocol.jose.jws import UnverifiedJws, create_jws, parse_jws, verify_jws
from protocol.keys import PublicKey, SigningKey
from protocol.sd_jwt.compact import split_compact

KEY_BINDING_TYP = "kb+jwt"
#: Longest key binding JWT accepted, in bytes.
MAX_KEY_BINDING = 16 * 1024


class ExpectedBinding(NamedTuple):
    """What a verifier expects of a key binding: whom it is for, which request it answers, how fresh it is.

    `max_age` and `leeway` are seconds; a key binding made up to `leeway` in the future (clock skew) is taken.
    """

    audience: str
    nonce: str
    now: int
    max_age: int
    leeway: int


def sd_hash(bound_part: str) -> str:
    """Returns the digest over an SD-JWT as sent, up to and including its last tilde (RFC 9901 §4.3.1)."""
    return b64url_encode(sha256(bound_part.encode()).digest())


def add_key_binding(presentation: str, *, holder_key: SigningKey, audience: str, nonce: str, now: int) -> str:
    """Signs the presentation for one verifier and request; raises MalformedError if it is bound already."""
    if split_compact(presentation).key_binding_jwt is not None:
        raise MalformedError("The presentation has a key binding already", code="unexpected_key_binding")
    claims = {"iat": now, "aud": audience, "nonce": nonce, "sd_hash": sd_hash(presentation)}
    return presentation + create_jws(claims, holder_key, typ=KEY_BINDING_TYP)


def parse_key_binding(key_binding_jwt: str) -> UnverifiedJws:
    """Takes a key binding JWT apart (RFC 9901 §7.3 steps 5.b and 5.d); raises MalformedError."""
    return parse_jws(key_binding_jwt, expected_typ=KEY_BINDING_TYP, max_bytes=MAX_KEY_BINDING)


def verify_key_binding(
    key_binding: UnverifiedJws, *, bound_part: str, holder_key: PublicKey, expected: ExpectedBinding
) -> None:
    """Checks a key binding JWT against the received SD-JWT and the request (RFC 9901 §7.3 step 5).

    Raises MalformedError, SignatureError, ValidityError (too old, from the future) or BindingError (nonce,
    audience, sd_hash).
    """
    claims = verify_jws(key_binding, holder_key)  # step c
    _check_freshness(claims, expected)  # step e
    if claims.get("nonce") != expected.nonce:  # step f
        raise _wrong_member(claims, "nonce")
    if claims.get("aud") != expected.audience:  # step f
        raise _wrong_member(claims, "aud")
    if claims.get("sd_hash") != sd_hash(bound_part):  # step g
        raise _wrong_member(claims, "sd_hash")
    check_validity_dates(claims, now=expected.now, leeway=expected.leeway)  # step h


def _check_freshness(claims: dict[str, Any], expected: ExpectedBinding) -> None:
    iat = numeric_date(claims, "iat")
    if iat is None:  # §4.3
        raise MalformedError("The key binding has no iat", code="malformed_key_binding")
    if iat > expected.now + expected.leeway:
        raise ValidityError("The key binding is from the future", code="key_binding_from_future")
    if iat < expected.now - expected.max_age - expected.leeway:
        raise ValidityError("The key binding is too old", code="key_binding_too_old")


def _wrong_member(claims: dict[str, Any], name: str) -> MalformedError | BindingError:
    # The holder signed the value and was told what to sign: nothing here is secret.
    if type(claims.get(name)) is not str:  # §4.3: each is one string; aud as an array is refused
        return MalformedError(f"The key binding's {name} is not a string", code="malformed_key_binding")
    return BindingError(f"The key binding's {name} is not the expected one", code=f"wrong_{name}")
