"""Whether departments still stand by their claims: Token Status List draft 14 on the holder's side.

The list is one file for thousands of people and is fetched without saying which entry is meant. It is
fetched when the citizen looks at what the wallet holds, at most once a day, and never while a request is
answered: a fetch at that moment would tell the department when a claim is shown
(docs/decisions/0014-when-a-wallet-looks-at-the-status.md).
"""

from collections.abc import Mapping

from protocol.errors import ProtocolError
from protocol.sd_jwt_vc import parse_sd_jwt_vc
from protocol.status_list import (
    INVALID,
    SUSPENDED,
    VALID,
    StatusReference,
    VerifiedStatusList,
    parse_status_claim,
    verify_status_list_token,
)
from serving.http import FetchError, HttpClient
from wallet.holder.claims import ClaimStatus, HeldClaim
from wallet.holder.limits import Limits
from wallet.holder.network import Network
from wallet.holder.store import Store

STATUS_LIST_TYPE = "application/statuslist+jwt"  # draft 14 §8.2

_MEANINGS: Mapping[int, ClaimStatus] = {
    VALID: ClaimStatus.VALID,
    INVALID: ClaimStatus.REVOKED,
    SUSPENDED: ClaimStatus.SUSPENDED,
}


class Statuses:
    """Looks at the status lists of what the store holds."""

    def __init__(self, store: Store, http: HttpClient, limits: Limits) -> None:
        self._store = store
        self._http = http
        self._limits = limits

    def refresh(self, network: Network, *, now: int) -> None:
        """Notes what the lists say of the claims that are due; what can't be had changes nothing."""
        lists: dict[str, VerifiedStatusList | None] = {}
        for claim in self._store.claims():
            reference = self._reference(claim) if self._is_due(claim, now) else None
            if reference is None:
                continue
            if reference.uri not in lists:
                lists[reference.uri] = self._fetch(reference.uri, network, now)
            self._note(claim, lists[reference.uri], reference.index, now)

    def _is_due(self, claim: HeldClaim, now: int) -> bool:
        age = now - claim.status_checked_at
        return not claim.expired(now) and not 0 <= age < self._limits.status_max_age

    def _reference(self, claim: HeldClaim) -> StatusReference | None:
        # any copy will do: a department withdraws all of them, and this one is not shown
        copy = self._store.fresh_copy(claim.id)
        return parse_status_claim(parse_sd_jwt_vc(copy.credential).claims) if copy else None

    def _fetch(self, uri: str, network: Network, now: int) -> VerifiedStatusList | None:
        try:
            limit = self._limits.max_status_list_bytes
            body = self._http.get(uri, accept=STATUS_LIST_TYPE, max_bytes=limit).body
            token = body.decode("ascii", errors="replace").strip()
            return verify_status_list_token(
                token, expected_uri=uri, trust=network.issuers, now=now, leeway=self._limits.leeway
            )
        except (FetchError, ProtocolError):
            return None

    def _note(self, claim: HeldClaim, found: VerifiedStatusList | None, index: int, now: int) -> None:
        if found is None:
            return
        try:
            status = _MEANINGS.get(found.status(index), ClaimStatus.UNKNOWN)
        except ProtocolError:  # outside the list
            status = ClaimStatus.UNKNOWN
        if found.signer.organisation_id != claim.issuer_id:  # another's list says nothing of this claim
            status = ClaimStatus.UNKNOWN
        self._store.set_status(claim.id, status, checked_at=now)
