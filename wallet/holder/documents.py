"""What the wallet fetches of the network: the trust list's head, those of its parts that it needs, and the
documents of claim types, and how long it keeps them.

All of it is static and signed or named by digest, the same for everybody. A part has two dozen services, so
that fetching it does not tell which of them the citizen meets; a type's document is fetched when a claim
arrives, and then kept.
"""

from urllib.parse import urljoin

from protocol.encoding import b64url_encode
from protocol.errors import ProtocolError
from protocol.sd_jwt_vc.integrity import check_integrity
from protocol.sd_jwt_vc.type_extension import load_type_metadata
from protocol.sd_jwt_vc.type_metadata import TypeMetadata
from protocol.trust_list.head import TrustListHead, verify_trust_list_head
from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.parts import PARTS_PATH, check_part, part_path
from serving.http import FetchError, HttpClient
from wallet.holder.errors import WalletError
from wallet.holder.limits import Limits
from wallet.holder.network import Network
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.showing import technical
from wallet.holder.store import Store
from wallet.holder.words import Words

_AUTHORITY = Words("The network’s authority", "Awdurdod y rhwydwaith")
HEAD_FILE = "trust-list-head.jwt"
TRUST_LIST_TYPES = ("application/jwt", "application/jose", "application/octet-stream", "text/plain")
PART_TYPES = ("application/json",)
TYPE_METADATA_TYPES = ("application/json", "application/vct+json")


class Documents:
    """Gives the network as it is now, fetching no more than it must."""

    def __init__(self, store: Store, http: HttpClient, limits: Limits) -> None:
        self._store = store
        self._http = http
        self._limits = limits

    def network(self, *, now: int) -> Network:
        """The network by a trust list that is not older than an hour, if one can be had.

        Raises WalletError `network_not_set`, `trust_list_unusable` or `trust_list_old`.
        """
        settings = self._store.network()
        kept = self._kept(settings, now=now)
        if kept is not None and kept.is_current(now) and self._is_fresh(now):
            return self._network(kept, settings, now)
        return self._network(self._newest(settings, kept, now), settings, now)

    def refresh(self, settings: NetworkSettings, *, now: int) -> TrustListHead:
        """Fetches and verifies the list's head by these settings and keeps nothing; raises WalletError."""
        try:
            return self._verify(self._fetch(settings), settings, now=now, previous=None)
        except FetchError as error:
            raise WalletError("unreachable", name=_AUTHORITY, detail=error.code) from error

    def type_metadata(self, vct: str, network: Network) -> TypeMetadata | None:
        """The words and rules of a claim type; None for one that the catalogue does not know."""
        if network.claim_type(vct) is None:
            return None
        try:
            return load_type_metadata(vct, integrity=None, load=lambda one: self._type_document(one, network))
        except ProtocolError as error:
            raise WalletError("trust_list_unusable", detail=technical(error)) from error

    # --- the trust list

    def _network(self, head: TrustListHead, settings: NetworkSettings, now: int) -> Network:
        return Network(PartialTrustList(head, lambda digest: self._part(digest, settings, now)), settings)

    def _part(self, digest: bytes, settings: NetworkSettings, now: int) -> bytes:
        """A part, which never changes: what is kept under its digest is never fetched again."""
        url, name = _beside(settings, part_path(digest)), b64url_encode(digest)
        kept = self._store.document(url, name)
        if kept is not None:
            return kept
        try:
            limit = self._limits.max_part_bytes
            body = self._http.get(url, accept=PART_TYPES, max_bytes=limit).body
            check_part(body, digest)
        except FetchError as error:
            raise WalletError("unreachable", name=_AUTHORITY, detail=error.code) from error
        except ProtocolError as error:
            raise WalletError("trust_list_unusable", detail=technical(error)) from error
        self._store.keep_document(url, name, body, kept_at=now)
        return body

    def _newest(self, settings: NetworkSettings, kept: TrustListHead | None, now: int) -> TrustListHead:
        try:
            fetched = self._fetch(settings)
        except FetchError as error:
            if kept is None:
                raise WalletError("trust_list_old", detail=error.code) from error
            return kept
        trust_list = self._verify(fetched, settings, now=now, previous=self._seen(settings))
        self._store.keep_trust_list(fetched, fetched_at=now)
        # nothing says which parts later lists still name, and one that is missed is fetched again
        kept_before = now - self._limits.part_kept
        self._store.forget_documents(_beside(settings, PARTS_PATH), kept_before=kept_before)
        return trust_list

    def _kept(self, settings: NetworkSettings, *, now: int) -> TrustListHead | None:
        """The newest list seen so far, if it can still serve."""
        kept = self._store.trust_list()
        return self._read(kept[0], settings, at=now, kept=True) if kept is not None else None

    def _seen(self, settings: NetworkSettings) -> TrustListHead | None:
        """The same, whatever ran out since and whatever the clock says: no older one is taken after it."""
        kept = self._store.trust_list()
        return self._read(kept[0], settings, at=kept[1]) if kept is not None else None

    def _read(
        self, trust_list: str, settings: NetworkSettings, *, at: int, kept: bool = False
    ) -> TrustListHead | None:
        try:
            return verify_trust_list_head(trust_list, anchors=settings.roots(), now=at, kept=kept)
        except ProtocolError:
            return None

    def _is_fresh(self, now: int) -> bool:
        kept = self._store.trust_list()
        return kept is not None and 0 <= now - kept[1] < self._limits.trust_list_max_age

    def _fetch(self, settings: NetworkSettings) -> str:
        limit = self._limits.max_trust_list_bytes
        body = self._http.get(_beside(settings, HEAD_FILE), accept=TRUST_LIST_TYPES, max_bytes=limit).body
        return body.decode("ascii", errors="replace").strip()

    def _verify(
        self, fetched: str, settings: NetworkSettings, *, now: int, previous: TrustListHead | None
    ) -> TrustListHead:
        try:
            return verify_trust_list_head(fetched, anchors=settings.roots(), now=now, previous=previous)
        except ProtocolError as error:
            raise WalletError("trust_list_unusable", detail=technical(error)) from error

    # --- claim types

    def _type_document(self, vct: str, network: Network) -> bytes:
        entry = network.claim_type(vct)
        if entry is None:
            raise WalletError("trust_list_unusable", detail="a type extends one that is not in the catalogue")
        kept = self._store.document(entry.url, entry.integrity)
        if kept is not None:
            return kept
        try:
            limit = self._limits.max_metadata_bytes
            body = self._http.get(entry.url, accept=TYPE_METADATA_TYPES, max_bytes=limit).body
        except FetchError as error:
            raise WalletError("unreachable", name=_AUTHORITY, detail=error.code) from error
        check_integrity(body, entry.integrity)
        self._store.keep_document(entry.url, entry.integrity, body)
        return body


def _beside(settings: NetworkSettings, name: str) -> str:
    # head and parts lie beside the whole list, which is for whoever needs everybody
    return urljoin(settings.trust_list_url, name)
