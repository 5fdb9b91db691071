"""The Status List Token in JWT form: Token Status List draft 14 §5.1, verified after §8.3 and HAIP 1.0 §6.1.

The token is a static, signed file. A verifier caches the result by the token's digest for at most `ttl`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

from protocol.encoding import b64url_decode, b64url_encode
from protocol.errors import MalformedError, UntrustedError, ValidityError
from protocol.jose.dates import MAX_DATE, check_validity_dates, numeric_date
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import SigningKey
from protocol.status_list.bits import StatusList, compress, decompress
from protocol.x509 import LeafIdentity

STATUS_LIST_TYP = "statuslist+jwt"
#: Longest token accepted, in bytes.
MAX_TOKEN_BYTES = 3 << 19


class StatusTrust(Protocol):
    """Says who may sign status lists."""

    def status_issuer_for(self, x5c: tuple[bytes, ...], *, now: int) -> LeafIdentity:
        """Returns the signer that the chain (DER, leaf first) stands for; raises UntrustedError."""
        ...


@dataclass(frozen=True, slots=True)
class VerifiedStatusList:
    """A status list whose signature, signer, address and dates have been checked; times are Unix seconds."""

    uri: str
    signer: LeafIdentity
    issued_at: int
    expires_at: int | None
    ttl: int | None
    statuses: StatusList

    def status(self, index: int) -> int:
        """Returns the status at `index`; raises StatusError if the list has no such entry."""
        return self.statuses.get(index)

    def fresh_until(self, *, fetched_at: int) -> int | None:
        """Says until when a copy fetched at `fetched_at` may be used; None: no bound given."""
        by_ttl = None if self.ttl is None else fetched_at + self.ttl  # §13.7
        bounds = [bound for bound in (by_ttl, self.expires_at) if bound is not None]
        return min(bounds, default=None)


def create_status_list_token(
    statuses: StatusList,
    *,
    uri: str,
    signing_key: SigningKey,
    x5c: Sequence[bytes],
    now: int,
    expires_at: int | None = None,
    ttl: int | None = None,
) -> str:
    """Signs a status list; `uri` is where it is published, `ttl` how many seconds a copy may be kept."""
    dates = {"iat": now, "exp": expires_at, "ttl": ttl}
    status_list = {"bits": statuses.bits, "lst": b64url_encode(compress(statuses.packed))}
    claims = {"sub": uri, "status_list": status_list} | {k: v for k, v in dates.items() if v is not None}
    return create_jws(claims, signing_key, typ=STATUS_LIST_TYP, x5c=x5c)


def verify_status_list_token(
    token: str, *, expected_uri: str, trust: StatusTrust, now: int, leeway: int = 0
) -> VerifiedStatusList:
    """Checks a fetched token and unpacks its list.

    It establishes, in this order:
    1. the form: ES256, typ `statuslist+jwt`, an x5c chain;
    2. the chain leads to someone trusted to sign status lists, and the signature is by its leaf;
    3. `sub` is the address the credential gave;
    4. `iat` is there and not in the future, `exp` not past, `ttl` positive;
    5. the list unpacks within bounds.

    Raises MalformedError, UntrustedError, SignatureError or ValidityError.
    """
    jws = parse_jws(token, expected_typ=STATUS_LIST_TYP, max_bytes=MAX_TOKEN_BYTES)  # 1
    if not jws.x5c:  # HAIP 1.0 §6.1
        raise MalformedError("The status list token has no x5c", code="missing_x5c")
    signer = trust.status_issuer_for(jws.x5c, now=now)  # 2
    claims = verify_jws(jws, signer.public_key)  # 2
    if claims.get("sub") != expected_uri:  # 3, §8.3 step 4.a
        raise UntrustedError(
            "The status list is another one than the credential names", code="wrong_status_list"
        )
    check_validity_dates(claims, now=now, leeway=leeway)  # 4, §8.3 step 4.c
    return VerifiedStatusList(
        uri=expected_uri,
        signer=signer,
        issued_at=_issued_at(claims, now=now, leeway=leeway),  # 4
        expires_at=numeric_date(claims, "exp"),
        ttl=_ttl(claims),  # 4
        statuses=_unpack(claims.get("status_list")),  # 5
    )


def _issued_at(claims: Mapping[str, Any], *, now: int, leeway: int) -> int:
    iat = numeric_date(claims, "iat")
    if iat is None:  # §5.1: REQUIRED
        raise MalformedError("The status list token has no iat", code="malformed_status_list")
    if iat > now + leeway:
        raise ValidityError("The status list is from the future", code="not_yet_valid")
    return iat


def _ttl(claims: Mapping[str, Any]) -> int | None:
    if "ttl" not in claims:
        return None
    ttl: object = claims["ttl"]
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 < ttl <= MAX_DATE:
        # §5.1: a positive number
        raise MalformedError("The status list's ttl is not positive", code="malformed_status_list")
    return ceil(ttl)


def _unpack(status_list: Any) -> StatusList:
    if type(status_list) is not dict or type(status_list.get("lst")) is not str:  # §4.2
        raise MalformedError("The token holds no status list", code="malformed_status_list")
    bits = status_list.get("bits")
    if type(bits) is not int or bits not in (1, 2, 4, 8):  # §4.2
        raise MalformedError("The status list's bits are not 1, 2, 4 or 8", code="malformed_status_list")
    packed = decompress(b64url_decode(status_list["lst"], max_bytes=MAX_TOKEN_BYTES))  # §8.3 step 5
    return StatusList.from_packed(packed, bits=bits)
