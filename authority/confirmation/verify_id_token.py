"""Verifies that a reviewer signed in for a decision (OpenID Connect Core 1.0 §3.1.3.7).

1. The signature is by a key of the provider, with an algorithm that has a private half (6, 7).
2. `iss` is the provider and `aud` the office; of several audiences `azp` is (2 to 5).
3. `nonce` is the digest of the document (11).
4. The person is one whom the operator named, by subject or by an address that the provider verified.
5. `auth_time` (12, 13) and `iat` (10) are within minutes of the decision, and `exp` is after it (9).

The token may have expired when it is looked at: what counts is the moment of the decision.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from authority.people.email import read_email
from authority.settings import ReviewerSettings
from serving.errors import OperatorError

ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
MAX_TOKEN: Final = 1 << 16
BEFORE: Final = 120  # seconds: clocks differ
AFTER: Final = 900  # and the way to the provider and back may take ten minutes


class NotConfirmedError(OperatorError):
    """A decision that no reviewer signed in for; the text says what is wrong and names nobody."""


class UnknownKeyError(NotConfirmedError):
    """The provider has no key of this name, or had none when its keys were fetched."""


def verify_id_token(
    id_token: str, keys: KeySet, reviewers: ReviewerSettings, *, expected_nonce: str, decided_at: int
) -> None:
    """Raises NotConfirmedError; `decided_at` in Unix seconds."""
    claims = _signed(id_token, keys)
    _check_parties(claims, reviewers)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected_nonce.encode()):
        raise NotConfirmedError("the sign-in was for something else")
    if not _is_reviewer(claims, reviewers):
        raise NotConfirmedError("whoever signed in is not one of `reviewers`")
    _check_times(claims, decided_at)


def _signed(id_token: str, keys: KeySet) -> Mapping[str, Any]:
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        if len(id_token) > MAX_TOKEN:
            raise NotConfirmedError("the sign-in can't be read")
        return jwt.decode(id_token, key=keys, registry=registry).claims
    except InvalidKeyIdError:
        raise UnknownKeyError("the sign-in is signed with a key that the provider has not") from None
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):  # its header is anybody's
        raise NotConfirmedError("the sign-in is not signed by the provider") from None


def _check_parties(claims: Mapping[str, Any], reviewers: ReviewerSettings) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    azp = claims.get("azp", reviewers.client_id if len(audiences) == 1 else None)
    if claims.get("iss") != reviewers.issuer:
        raise NotConfirmedError("the sign-in is another provider's")
    if reviewers.client_id not in audiences or azp != reviewers.client_id:
        raise NotConfirmedError("the sign-in was for another client")


def _is_reviewer(claims: Mapping[str, Any], reviewers: ReviewerSettings) -> bool:
    subject, email = claims.get("sub"), claims.get("email")
    if isinstance(subject, str) and subject in reviewers.subjects:
        return True
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    return is_verified and read_email(str(email)) in reviewers.addresses


def _check_times(claims: Mapping[str, Any], decided_at: int) -> None:
    for name in ("auth_time", "iat"):
        at = claims.get(name)
        if name == "auth_time" and at is None:
            continue  # a provider should say it where it was asked for; `iat` is there always
        if type(at) is not int or not decided_at - BEFORE <= at <= decided_at + AFTER:
            raise NotConfirmedError("the sign-in was at another time than the decision")
    ends = claims.get("exp")
    if type(ends) is not int or ends <= decided_at:
        raise NotConfirmedError("the sign-in had ended before the decision")
