"""The provider's keys, fetched by whoever has the authority's: the office is not asked which they are."""

from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from authority.settings import ReviewerSettings
from protocol.encoding import json_object
from protocol.errors import ProtocolError
from serving.errors import OperatorError
from serving.http import FetchError, FetchPolicy, HttpClient

KEPT_SECONDS: Final = 3_600
_MAX_BYTES: Final = 1 << 18
_JSON: Final = ("application/json", "application/jwk-set+json")  # RFC 7517 §8.5


class ProviderAwayError(OperatorError):
    """The provider gave no keys; the next round asks again."""


class ProviderKeys:
    """The keys of one provider, kept for an hour."""

    def __init__(self, home: Path) -> None:
        self._home = home  # where a relative `ca_bundle` starts
        self._known: tuple[ReviewerSettings, int, KeySet] | None = None

    def get(self, reviewers: ReviewerSettings, *, now: int, anew: bool = False) -> KeySet:
        """The keys, fetched where they are not known or `anew`; raises ProviderAwayError."""
        if self._known and self._known[0] == reviewers and not anew:
            fetched_at = self._known[1]
            if fetched_at <= now < fetched_at + KEPT_SECONDS:
                return self._known[2]
        keys = _fetch(reviewers, self._home)
        self._known = (reviewers, now, keys)
        return keys


def _fetch(reviewers: ReviewerSettings, home: Path) -> KeySet:
    policy = FetchPolicy(
        allow_http_localhost=reviewers.is_local,
        allow_private=reviewers.allow_private,
        ca_bundle=home / reviewers.ca_bundle if reviewers.ca_bundle else None,
    )
    client = HttpClient(policy)
    try:
        # OpenID Connect Discovery 1.0 §4
        metadata = _object(client, f"{reviewers.issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != reviewers.issuer:
            raise ProviderAwayError("the provider calls itself by another name than `reviewers.issuer`")
        return KeySet.import_key_set(_object(client, str(metadata.get("jwks_uri"))))  # type: ignore[arg-type]
    except (FetchError, ProtocolError, JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderAwayError("the provider's keys can't be had") from error
    finally:
        client.close()


def _object(client: HttpClient, url: str) -> dict[str, object]:
    return json_object(client.get(url, accept=_JSON, max_bytes=_MAX_BYTES).body, max_bytes=_MAX_BYTES)
