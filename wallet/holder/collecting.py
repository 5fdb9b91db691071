"""Carries an issuance: the requests to one department, in order, and what its refusals mean for the
citizen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from protocol.errors import ProtocolError
from protocol.openid4vci.nonce import parse_nonce_response
from protocol.openid4vci.token import TokenResponse, parse_error_response
from protocol.trust_list.members import Member
from serving.clock import Clock
from serving.http import Fetched, FetchError, HttpClient
from serving.randomness import Random
from wallet.holder.claims import NewClaim
from wallet.holder.documents import Documents
from wallet.holder.dpop import NONCE_HEADER, USE_NONCE, DpopSession
from wallet.holder.errors import WalletError
from wallet.holder.issuance import Asked, Issuance
from wallet.holder.keys import create_holder_key
from wallet.holder.limits import Limits
from wallet.holder.network import Network
from wallet.holder.receipt import verify_receipt
from wallet.holder.showing import technical
from wallet.holder.words import Words

_INVALID_NONCE = "invalid_nonce"

Post = Callable[[], Fetched]


@dataclass(frozen=True)
class Batch:
    """What a department sent for one request, unverified."""

    asked: Asked
    unverified_credentials: tuple[str, ...]


class Collecting:
    """One issuance with its connection; every method raises WalletError."""

    def __init__(
        self,
        issuance: Issuance,
        http: HttpClient,
        *,
        name: Words,
        clock: Clock,
        random: Random,
        limits: Limits,
    ) -> None:
        self._issuance = issuance
        self._http = http
        self._name = name
        self._clock = clock
        self._limits = limits
        self._dpop = DpopSession(create_holder_key(), random)

    def discover(self) -> None:
        """Fetches the metadata of the department and of its authorization server."""
        issuance = self._issuance
        try:
            issuance.accept_issuer_metadata(self._metadata(issuance.issuer_metadata_url))
            issuance.accept_server_metadata(self._metadata(issuance.server_metadata_url))
        except ProtocolError as error:
            raise WalletError("offer_unusable", name=self._name, detail=technical(error)) from error

    def collect(self, transaction_code: str | None) -> tuple[Batch, ...]:
        """Trades the code for a token and the token for the credentials of every offered configuration."""
        form = self._issuance.token_form(transaction_code)
        try:
            token = self._issuance.accept_token(self._token(form, with_code="tx_code" in form))
            return tuple(self._batch(one.id, token) for one in self._issuance.configurations)
        except ProtocolError as error:
            raise WalletError("issuer_failed", name=self._name, detail=technical(error)) from error

    def receive(
        self, batch: Batch, *, network: Network, department: Member | None, documents: Documents
    ) -> NewClaim:
        """The batch, verified; raises WalletError `claim_refused`."""
        vct = batch.asked.configuration.vct or ""
        entry = network.claim_type(vct)
        try:
            return verify_receipt(
                batch.unverified_credentials,
                keys=batch.asked.keys,
                expected_vct=vct,
                expected_issuer=department.organisation_id if department else None,
                issuers=network.issuers,
                metadata=documents.type_metadata(vct, network),
                expected_integrity=entry.integrity if entry else None,
                issuer_url=self._issuance.credential_issuer,
                now=self._clock.now(),
                leeway=self._limits.leeway,
            )
        except ProtocolError as error:
            raise WalletError("claim_refused", name=self._name, detail=technical(error)) from error

    # --- the single requests

    def _metadata(self, url: str) -> bytes:
        try:
            limit = self._limits.max_metadata_bytes
            return self._http.get(url, accept="application/json", max_bytes=limit).body
        except FetchError as error:
            raise self._unreachable(error) from error

    def _token(self, form: Mapping[str, str], *, with_code: bool) -> bytes:
        reply = self._post_form(self._issuance.token_endpoint, form)
        if reply.status == 200:
            return reply.body
        error = _error_code(reply)
        if error == "invalid_grant":  # RFC 6749 §5.2: a server does not say which of the two is wrong
            raise WalletError("code_wrong" if with_code else "offer_spent", detail=error)
        raise WalletError("issuer_failed", name=self._name, detail=error)

    def _batch(self, configuration_id: str, token: TokenResponse) -> Batch:
        configuration = next(one for one in self._issuance.configurations if one.id == configuration_id)
        keys = [create_holder_key() for _ in range(self._issuance.copies)]
        for attempt in (1, 2):
            asked = self._issuance.ask(configuration, keys=keys, nonce=self._nonce(), now=self._clock.now())
            reply = self._post_json(self._issuance.metadata.credential_endpoint, asked.body, token)
            # §8.3.1.2: a nonce that ran out on the way is worth one more try
            if attempt == 2 or _error_code(reply) != _INVALID_NONCE:
                break
        if reply.status != 200:
            raise self._refusal(reply)
        return Batch(asked, self._issuance.accept_credentials(reply.body, asked))

    def _nonce(self) -> str | None:
        """§7: a fresh nonce for the proofs, where the department has a place to ask for one."""
        endpoint = self._issuance.metadata.nonce_endpoint
        if endpoint is None:
            return None
        reply = self._guarded(lambda: self._http.request("POST", endpoint, content=b"", max_bytes=4096))
        self._dpop.learn_nonce(endpoint, reply.headers.get(NONCE_HEADER))
        if reply.status != 200:
            raise WalletError("issuer_failed", name=self._name, detail=_error_code(reply))
        return parse_nonce_response(reply.body)

    def _refusal(self, reply: Fetched) -> WalletError:
        error = _error_code(reply)
        code = "no_claim" if error == "credential_request_denied" else "issuer_failed"
        return WalletError(code, name=self._name, detail=error)

    # --- DPoP, RFC 9449 §8 and §9

    def _post_form(self, url: str, form: Mapping[str, str]) -> Fetched:
        limit = self._limits.max_metadata_bytes

        def post() -> Fetched:
            headers = self._dpop.headers("POST", url, now=self._clock.now())
            return self._http.post_form(url, form, headers=headers, max_bytes=limit)

        return self._with_nonce(url, post)

    def _post_json(self, url: str, body: Any, token: TokenResponse) -> Fetched:
        limit = self._limits.max_credential_response_bytes

        def post() -> Fetched:
            headers = self._dpop.headers("POST", url, now=self._clock.now(), access_token=token)
            return self._http.post_json(url, body, headers=headers, max_bytes=limit)

        return self._with_nonce(url, post)

    def _with_nonce(self, url: str, post: Post) -> Fetched:
        reply = self._guarded(post)
        is_new = self._dpop.learn_nonce(url, reply.headers.get(NONCE_HEADER))
        if is_new and _wants_nonce(reply):
            reply = self._guarded(post)
            self._dpop.learn_nonce(url, reply.headers.get(NONCE_HEADER))
        return reply

    def _guarded(self, post: Post) -> Fetched:
        try:
            return post()
        except FetchError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: FetchError) -> WalletError:
        return WalletError("unreachable", name=self._name, detail=error.code)


def _wants_nonce(reply: Fetched) -> bool:
    # RFC 9449 §8: the token endpoint says so in its body; §9: a resource server in WWW-Authenticate
    challenge = reply.headers.get("www-authenticate", "")
    return reply.status in {400, 401} and (USE_NONCE in challenge or _error_code(reply) == USE_NONCE)


def _error_code(reply: Fetched) -> str:
    try:
        return parse_error_response(reply.body)
    except ProtocolError:
        return f"status {reply.status}"
