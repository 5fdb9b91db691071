"""The provider's keys, fetched by whoever has the authority's: the office is not asked which they are."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Fetched:
    reviewers: ReviewerSettings
    at: int
    keys: KeySet | None  # nothing where the provider gave none
    problem: str = ""


class ProviderKeys:
    """The keys of one provider, kept for an hour, and asked for at most once in a round.

    Whoever can write a sign-in down can name a key that there is not: that must not cost a fetch each time.
    """

    def __init__(self, home: Path) -> None:
        self._home = home  # where a relative `ca_bundle` starts
        self._known: _Fetched | None = None

    def get(self, reviewers: ReviewerSettings, *, now: int, anew: bool = False) -> KeySet:
        """The keys, fetched where they are not known or `anew`; raises ProviderAwayError.

        `now` is the time of the round (Unix seconds).
        """
        known = self._known
        if known is None or known.reviewers != reviewers or self._is_old(known, now, anew=anew):
            known = self._known = self._fetched(reviewers, now)
        if known.keys is None:
            raise ProviderAwayError(known.problem)
        return known.keys

    def _is_old(self, known: _Fetched, now: int, *, anew: bool) -> bool:
        if known.at == now:
            return False
        return anew or known.keys is None or not known.at < now < known.at + KEPT_SECONDS

    def _fetched(self, reviewers: ReviewerSettings, now: int) -> _Fetched:
        try:
            return _Fetched(reviewers, now, _fetch(reviewers, self._home))
        except ProviderAwayError as error:
            return _Fetched(reviewers, now, None, str(error))


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
