"""Demonstrating proof of possession (RFC 9449): a proof for one HTTP request, made and checked.

`verify_dpop_proof` follows the list of §4.3. Step 1 (one DPoP header field only) is the HTTP layer's; whether
a `jti` was seen before (§11.1) is for the caller to decide by compare-and-set.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from string import ascii_letters, digits
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from protocol.encoding import b64url_encode
from protocol.errors import BindingError, LocalError, MalformedError, ValidityError
from protocol.jose.dates import check_validity_dates, numeric_date
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import PublicKey, SigningKey

TYP: Final = "dpop+jwt"
MAX_BYTES: Final = 8 * 1024
MAX_JTI: Final = 256
MAX_CLOCK_AHEAD: Final = 30
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_UNRESERVED: Final = frozenset(ascii_letters + digits + "-._~")  # RFC 3986 §2.3
_ESCAPE: Final = re.compile("%([0-9A-Fa-f]{2})")
_NOT_IN_URL: Final = re.compile(r"[^!-~]|\\")  # RFC 3986 §2: printable ASCII without space


@dataclass(frozen=True, slots=True)
class DpopProof:
    """A proof that was checked: the key's thumbprint, the proof's identifier and its time in Unix seconds."""

    jkt: str
    jti: str
    iat: int


def create_dpop_proof(
    key: SigningKey,
    *,
    method: str,
    url: str,
    now: int,
    jti: str,
    access_token: str | None = None,
    nonce: str | None = None,
) -> str:
    """Make the proof for one request (RFC 9449 §4.2); raises LocalError."""
    parts = _split(url)
    if parts is None:
        raise LocalError("the URL must be absolute, of http or https")
    claims: dict[str, Any] = {"jti": jti, "htm": method, "htu": _without_query(parts), "iat": now}
    if access_token is not None:
        claims["ath"] = access_token_hash(access_token)
    if nonce is not None:
        claims["nonce"] = nonce
    return create_jws(claims, key, typ=TYP, jwk=key.public_key)


def verify_dpop_proof(
    compact: str,
    *,
    expected_method: str,
    expected_url: str,
    now: int,
    max_age: int,
    access_token: str | None = None,
    expected_jkt: str | None = None,
    expected_nonce: str | None = None,
) -> DpopProof:
    """Check a proof for one request; ages are in seconds.

    `access_token` is given where the proof comes with one, and `expected_jkt` is the key that it is bound to.
    Raises MalformedError, SignatureError, BindingError (another request, token, key or nonce), ValidityError.
    """
    # §4.3 steps 2 to 5: one JWT, of this type, with our one asymmetric algorithm
    jws = parse_jws(compact, expected_typ=TYP, max_bytes=MAX_BYTES)
    key = PublicKey.from_jwk(
        jws.header.get("jwk")
    )  # step 7: no private key; before step 6, which needs the key
    claims = verify_jws(jws, key)  # step 6
    jti, iat = _jti(claims), _iat(claims)  # step 3: all required claims
    _check_request(claims, method=expected_method, url=expected_url)  # steps 8 and 9
    _check_nonce(claims, expected_nonce)  # step 10
    _check_time(iat, now=now, max_age=max_age)  # step 11
    check_validity_dates(claims, now=now, leeway=MAX_CLOCK_AHEAD)  # RFC 7519 §4.1.4, §4.1.5
    _check_token(claims, access_token)  # step 12 a
    jkt = key.thumbprint()
    if expected_jkt is not None and not _equal(jkt, expected_jkt):  # step 12 b
        raise BindingError("the proof is by another key", code="wrong_dpop_key")
    return DpopProof(jkt=jkt, jti=jti, iat=iat)


def access_token_hash(access_token: str) -> str:
    """Give `ath`: base64url of SHA-256 over the token's ASCII (RFC 9449 §4.2)."""
    try:
        return b64url_encode(sha256(access_token.encode("ascii")).digest())
    except UnicodeEncodeError:
        raise MalformedError("an access token is ASCII", code="bad_access_token") from None


def _check_request(claims: Mapping[str, Any], *, method: str, url: str) -> None:
    htm, htu = _string(claims, "htm"), _string(claims, "htu")
    if htm != method:  # RFC 9110 §9.1: methods are case-sensitive
        raise BindingError("the proof is for another HTTP method", code="wrong_htm")
    given, ours = _split(htu), _split(url)
    if given is None or ours is None or _normalise(given) != _normalise(ours):
        raise BindingError("the proof is for another URL", code="wrong_htu")


def _check_nonce(claims: Mapping[str, Any], expected: str | None) -> None:
    if expected is not None and not _equal(_string(claims, "nonce"), expected):
        raise BindingError("the proof has another nonce", code="wrong_dpop_nonce")


def _check_time(iat: int, *, now: int, max_age: int) -> None:
    if iat < now - max_age:  # §11.1
        raise ValidityError("the proof is too old", code="stale_dpop_proof")
    if iat > now + MAX_CLOCK_AHEAD:
        raise ValidityError("the proof is from the future", code="future_dpop_proof")


def _check_token(claims: Mapping[str, Any], access_token: str | None) -> None:
    if access_token is not None and not _equal(_string(claims, "ath"), access_token_hash(access_token)):
        raise BindingError("the proof is for another access token", code="wrong_ath")


def _jti(claims: Mapping[str, Any]) -> str:
    jti = _string(claims, "jti")
    if not 0 < len(jti) <= MAX_JTI:
        raise MalformedError("jti must be of bounded length", code="bad_dpop_proof")
    return jti


def _iat(claims: Mapping[str, Any]) -> int:
    iat = numeric_date(claims, "iat")
    if iat is None:
        raise MalformedError("a proof has its time", code="bad_dpop_proof")
    return iat


def _string(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise MalformedError(f"{name} must be a string", code="bad_dpop_proof")
    return value


def _equal(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode("utf-8"), second.encode("utf-8"))


def _split(url: str) -> SplitResult | None:
    if _NOT_IN_URL.search(url):  # urlsplit would quietly drop some of these
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname and "@" not in parts.netloc else None


def _normalise(parts: SplitResult) -> tuple[str, str, int, str]:
    # §4.3 step 9: without query and fragment. RFC 3986 §6.2.2.1: scheme and host in any case (urlsplit lowers
    # both). §6.2.3: the default port and the empty path. Dot segments stay, so such a URL is refused.
    port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    return parts.scheme, parts.hostname or "", port, _normalise_path(parts.path)


def _normalise_path(path: str) -> str:
    # RFC 3986 §6.2.2.2: an escaped unreserved character is that character; §6.2.2.1: escapes in upper case.
    return _ESCAPE.sub(_normalise_escape, path) or "/"


def _normalise_escape(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _without_query(parts: SplitResult) -> str:
    return parts._replace(query="", fragment="").geturl()
