"""The signed, static files that a verifier fetches: the trust list, claim types' names, status lists.

A department never learns that its claim was shown: a status list is fetched like any file, for everybody on
it at once, and kept for as long as it allows. What can't be had is never taken for a yes.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeVar

from cryptography import x509

from protocol.errors import ProtocolError
from protocol.sd_jwt_vc.display import choose_display
from protocol.sd_jwt_vc.integrity import check_integrity
from protocol.sd_jwt_vc.type_metadata import parse_type_metadata
from protocol.status_list import VerifiedStatusList, verify_status_list_token
from protocol.trust_list.members import ClaimType, Name, TrustList
from protocol.trust_list.signed import verify_trust_list
from protocol.trust_list.trusted import TrustedIssuers
from serving.database import Database
from serving.http import FetchError, HttpClient
from serving.settings import Text
from verifier import store
from verifier.errors import TrustUnavailable
from verifier.settings import Network, host_of
from verifier.store import TrustListRow

# any static file server may host the trust list, and few know the first of these
TRUST_LIST_TYPES: Final = ("application/jwt", "application/jose", "application/octet-stream", "text/plain")
STATUS_LIST_TYPE: Final = "application/statuslist+jwt"  # Token Status List draft 14 §8.2
TRUST_LIST_BYTES: Final = 4 << 20
STATUS_LIST_BYTES: Final = 2 << 20
TYPE_BYTES: Final = 256 << 10
KEPT_LISTS: Final = 128
LONGEST_SECONDS: Final = 43_200  # a list that names no ttl is fetched again after half a day
RETRY_SECONDS: Final = 10  # after a failure, so that a broken publisher is not asked for every response
NAMES_RETRY_SECONDS: Final = 60  # a name is worth less waiting: pages do without

_NOBODY: Final = TrustList(
    sequence_number=0, issued_at=0, next_update=0, operator=Name(en="nobody", cy="neb")
)
_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class _Trust:
    issuers: TrustedIssuers
    trust_list: TrustList | None
    checked_at: int  # when it was last fetched, or tried


class TrustSource:
    """The network's trust list: fetched, verified, kept; the last good one serves on within its grace."""

    def __init__(
        self,
        network: Network,
        *,
        http: HttpClient,
        database: Database,
        anchors: Sequence[x509.Certificate],
        additional_anchors: Sequence[x509.Certificate] = (),
    ) -> None:
        self._network = network
        self._http = http
        self._database = database
        self._anchors = tuple(anchors)
        self._additional = tuple(additional_anchors)
        self._lock = Lock()
        self._retry_at = 0
        self._trust: _Trust | None = None

    def issuers(self, *, now: int) -> TrustedIssuers:
        """Whom to believe at `now`; raises TrustUnavailable when there is no list that is recent enough."""
        return self._current(now).issuers

    def trust_list(self, *, now: int) -> TrustList | None:
        """The trust list at `now`, None where the installation has none; raises TrustUnavailable."""
        return self._current(now).trust_list

    def _current(self, now: int) -> _Trust:
        trust = self._trust
        if trust is None or now - trust.checked_at >= self._network.refresh_seconds:
            trust = self._refresh(trust, now)
        if trust.trust_list is not None and self._is_too_old(trust.trust_list, now):
            raise TrustUnavailable
        return trust

    def _refresh(self, trust: _Trust | None, now: int) -> _Trust:
        # one thread fetches; the others go on with what there is, or wait where there is nothing
        if not self._lock.acquire(blocking=trust is None) and trust is not None:
            return trust
        try:
            if self._trust is trust:
                self._trust = self._refreshed(now)
            return self._trust or self._refreshed(now)
        finally:
            self._lock.release()

    def _is_too_old(self, trust_list: TrustList, now: int) -> bool:
        return now >= trust_list.next_update + trust_list.grace

    def _refreshed(self, now: int) -> _Trust:
        if self._network.trust_list is None:
            return self._trusting(None, now)
        if now < self._retry_at:
            raise TrustUnavailable
        kept = self._kept()
        trust_list = self._fetched(self._network.trust_list, kept, now) or kept
        if trust_list is None:
            self._retry_at = now + RETRY_SECONDS
            raise TrustUnavailable
        return self._trusting(trust_list, now)

    def _trusting(self, trust_list: TrustList | None, now: int) -> _Trust:
        before = self._trust
        if before is not None and before.trust_list == trust_list:  # keep the chains it has verified
            return _Trust(before.issuers, trust_list, now)
        issuers = TrustedIssuers(trust_list or _NOBODY, self._anchors, extra_anchors=self._additional)
        return _Trust(issuers, trust_list, now)

    def _fetched(self, url: str, previous: TrustList | None, now: int) -> TrustList | None:
        try:
            fetched = self._http.get(url, accept=TRUST_LIST_TYPES, max_bytes=TRUST_LIST_BYTES)
            token = fetched.body.decode("ascii", "replace")
            trust_list = verify_trust_list(token, anchors=self._anchors, now=now, previous=previous)
        except (FetchError, ProtocolError):
            return None
        with self._database.unit() as unit:
            row = TrustListRow(url=url, sequence=trust_list.sequence_number, token=token, fetched_at=now)
            store.keep_trust_list(unit, row)
            unit.commit()
        return trust_list

    def _kept(self) -> TrustList | None:
        """The newest list that any process has seen: no older one is gone back to (ETSI TS 119 602)."""
        ours = self._trust.trust_list if self._trust is not None else None
        with self._database.reading() as unit:
            row = store.find_trust_list(unit, self._network.trust_list or "")
        if row is None or (ours is not None and row.sequence <= ours.sequence_number):
            return ours
        try:
            return verify_trust_list(row.token, anchors=self._anchors, now=row.fetched_at)
        except ProtocolError:
            return ours


class ClaimNames:
    """What claim types are called, from the catalogue that the trust list names by address and hash."""

    def __init__(self, http: HttpClient, trust: TrustSource) -> None:
        self._http = http
        self._trust = trust
        self._lock = Lock()
        self._names: OrderedDict[str, Text] = OrderedDict()
        self._failures: OrderedDict[str, int] = OrderedDict()

    def name(self, vct: str, *, now: int) -> Text:
        """The name in both languages; the type's identifier where the catalogue can't be had."""
        unnamed = Text(en=vct, cy=vct)
        try:
            trust_list = self._trust.trust_list(now=now)
        except TrustUnavailable:
            return unnamed
        claim_type = trust_list.claim_types.get(vct) if trust_list is not None else None
        if claim_type is None or self._is_put_off(claim_type, now):
            return unnamed
        try:
            return self._named(claim_type)
        except (FetchError, ProtocolError) as error:
            self._put_off(claim_type, error, now)
            return unnamed

    def _is_put_off(self, claim_type: ClaimType, now: int) -> bool:
        with self._lock:
            retry_at = [self._failures.get(key) for key in (host_of(claim_type.url), claim_type.vct)]
            if any(at is not None and now < at for at in retry_at):
                return True
            if retry_at[0] is not None:  # one page tries again and perhaps waits; the others go on without
                _keep(self._failures, host_of(claim_type.url), now + NAMES_RETRY_SECONDS)
        return False

    def _put_off(self, claim_type: ClaimType, error: Exception, now: int) -> None:
        # a host that does not answer is waited for once, not once for each of its claim types
        is_silent = isinstance(error, FetchError) and error.status is None
        key = host_of(claim_type.url) if is_silent else claim_type.vct
        with self._lock:
            _keep(self._failures, key, now + NAMES_RETRY_SECONDS)

    def _named(self, claim_type: ClaimType) -> Text:
        with self._lock:
            if claim_type.integrity in self._names:
                return self._names[claim_type.integrity]
        fetched = self._http.get(claim_type.url, accept="application/json", max_bytes=TYPE_BYTES)
        check_integrity(fetched.body, claim_type.integrity)
        displays = parse_type_metadata(fetched.body, expected_vct=claim_type.vct).display or ()
        names = {
            language: one.name if (one := choose_display(displays, languages=[language])) else claim_type.vct
            for language in ("en", "cy")
        }
        with self._lock:
            _keep(self._names, claim_type.integrity, Text(**names))
            self._failures.pop(host_of(claim_type.url), None)
        return Text(**names)


class StatusUnavailable(Exception):
    """A status list could not be had, or is not what it should be."""


class StatusLists:
    """Status lists by address, each kept until its `ttl`, its `exp` or its signer ends, at most 12 hours."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self._lock = Lock()
        self._lists: OrderedDict[str, tuple[VerifiedStatusList, int]] = OrderedDict()
        self._failures: OrderedDict[str, int] = OrderedDict()

    def fetch(self, uri: str, *, trust: TrustedIssuers, now: int) -> VerifiedStatusList:
        """The list at `uri`, its signature and dates verified; raises StatusUnavailable."""
        with self._lock:
            kept = self._lists.get(uri)
            if kept is not None and now < kept[1]:
                self._lists.move_to_end(uri)
                return kept[0]
            if now < self._failures.get(uri, 0):
                raise StatusUnavailable
        return self._fetched(uri, trust, now)

    def _fetched(self, uri: str, trust: TrustedIssuers, now: int) -> VerifiedStatusList:
        try:
            fetched = self._http.get(uri, accept=STATUS_LIST_TYPE, max_bytes=STATUS_LIST_BYTES)
            token = fetched.body.decode("ascii", "replace")
            found = verify_status_list_token(token, expected_uri=uri, trust=trust, now=now)
        except (FetchError, ProtocolError) as error:
            with self._lock:
                _keep(self._failures, uri, now + RETRY_SECONDS)
            raise StatusUnavailable from error
        until = min(now + LONGEST_SECONDS, found.signer.not_after)
        with self._lock:
            _keep(self._lists, uri, (found, min(until, found.fresh_until(fetched_at=now) or until)))
        return found


def _keep(cache: OrderedDict[str, _Kept], uri: str, value: _Kept) -> None:
    cache[uri] = value
    cache.move_to_end(uri)
    while len(cache) > KEPT_LISTS:
        cache.popitem(last=False)
