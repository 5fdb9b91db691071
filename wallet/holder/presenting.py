"""Carries an answer: fetches the request, asks the citizen, spends the copies, posts, and says where to go
next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from protocol.dcql import Candidate, CredentialQuery, Match
from protocol.errors import ProtocolError, UnsatisfiedError
from protocol.openid4vp.link import PresentationLink
from protocol.openid4vp.refusal import ClaimProblem, parse_claim_problem
from protocol.openid4vp.request_object import REQUEST_OBJECT_MEDIA_TYPE
from protocol.openid4vp.response import create_error_response, create_response, parse_response_answer
from protocol.registration.certificate import RegisteredNeed
from protocol.sd_jwt_vc import add_key_binding
from serving.clock import Clock
from serving.http import Fetched, FetchError, HttpClient
from serving.randomness import Random, token
from wallet.holder.claims import ClaimStatus, Copy, HeldClaim
from wallet.holder.consent import ConsentRequest, ToldClaim, terms_of, told_claim
from wallet.holder.documents import Documents
from wallet.holder.errors import WalletError
from wallet.holder.limits import Limits
from wallet.holder.network import Network
from wallet.holder.selection import candidate_of, presentation_of, select_least
from wallet.holder.showing import AcceptedRequest, technical, verify_request
from wallet.holder.store import Store
from wallet.holder.words import Words, claim_title

_NONCE_BYTES = 24

# what a service says of a claim is its word; the wallet says whose word it is, and asks the department itself
_REFUSALS: Mapping[ClaimProblem, str] = {
    ClaimProblem.REVOKED: "refused_revoked",
    ClaimProblem.SUSPENDED: "refused_suspended",
    ClaimProblem.EXPIRED: "refused_expired",
    ClaimProblem.ISSUER_UNTRUSTED: "refused_issuer",
    ClaimProblem.STATUS_UNKNOWN: "refused_status",
}
_KEPT_BACK: Mapping[ClaimStatus, str] = {
    ClaimStatus.REVOKED: "claim_revoked",
    ClaimStatus.SUSPENDED: "claim_suspended",
    ClaimStatus.UNKNOWN: "claim_unsure",
}


@dataclass(frozen=True)
class ShowResult:
    """How a request ended; `redirect_uri` is where the citizen goes on, if the service named a place."""

    outcome: Literal["shown", "declined"]
    service: Words
    told: ConsentRequest | None
    redirect_uri: str | None


@dataclass(frozen=True)
class ChosenClaim:
    """One claim that would be shown: the match, the copy that would be spent, and what it tells."""

    match: Match
    claim: HeldClaim
    copy: Copy
    told: ToldClaim


@dataclass(frozen=True)
class PreparedAnswer:
    """An answer that waits for the citizen's word."""

    accepted: AcceptedRequest
    asked: ConsentRequest
    chosen: tuple[ChosenClaim, ...]


class Presenting:
    """One request on its way to its answer; every method raises WalletError."""

    def __init__(
        self,
        link: PresentationLink,
        *,
        store: Store,
        http: HttpClient,
        documents: Documents,
        clock: Clock,
        random: Random,
        limits: Limits,
    ) -> None:
        self._link = link
        self._store = store
        self._http = http
        self._documents = documents
        self._clock = clock
        self._random = random
        self._limits = limits

    # --- OpenID4VP 1.0 §5.10: the request

    def fetch(self, network: Network) -> AcceptedRequest:
        """Fetches the request and verifies all of it."""
        wallet_nonce = token(self._random, _NONCE_BYTES) if self._link.request_uri_method == "post" else None
        return verify_request(
            self._request_object(wallet_nonce),
            link=self._link,
            network=network,
            wallet_nonce=wallet_nonce,
            now=self._clock.now(),
        )

    def _request_object(self, wallet_nonce: str | None) -> str:
        try:
            reply = self._get() if wallet_nonce is None else self._post(wallet_nonce)
        except FetchError as error:
            raise _request_error(error) from error
        return reply.body.decode("ascii", errors="replace").strip()

    def _get(self) -> Fetched:
        limit = self._limits.max_request_bytes
        return self._http.get(self._link.request_uri, accept=REQUEST_OBJECT_MEDIA_TYPE, max_bytes=limit)

    def _post(self, wallet_nonce: str) -> Fetched:
        # §5.10: wallet_metadata is left out, it would tell one wallet from another
        reply = self._http.post_form(
            self._link.request_uri,
            {"wallet_nonce": wallet_nonce},
            headers={"accept": REQUEST_OBJECT_MEDIA_TYPE},
            max_bytes=self._limits.max_request_bytes,
        )
        if reply.status != 200:
            raise FetchError("status", "the answer was not a success", status=reply.status)
        if reply.media_type != REQUEST_OBJECT_MEDIA_TYPE:
            raise FetchError("content_type", "the answer has another content type", status=200)
        return reply

    # --- §6, §8: the answer

    def prepare(self, network: Network) -> PreparedAnswer:
        """Fetches the request and chooses the least that answers it; nothing is spent or sent."""
        accepted = self.fetch(network)
        chosen = self._choose(accepted, network)
        return PreparedAnswer(accepted, self._consent_request(accepted, chosen), chosen)

    def answer(self, prepared: PreparedAnswer) -> ShowResult:
        """Sends what was prepared; the citizen has agreed to it."""
        accepted = prepared.accepted
        form = create_response(self._present(accepted, prepared.chosen), request=accepted.request)
        redirect_uri = self._deliver(accepted, form, prepared.chosen)
        self._store.delete_spent_copies()
        return ShowResult("shown", accepted.service, prepared.asked, redirect_uri)

    def decline(self, accepted: AcceptedRequest) -> ShowResult:
        """Tells the service that the citizen does not answer (§8.5 access_denied), and no more."""
        form = create_error_response("access_denied", request=accepted.request)
        return ShowResult("declined", accepted.service, None, self._deliver(accepted, form))

    def _consent_request(self, accepted: AcceptedRequest, chosen: Sequence[ChosenClaim]) -> ConsentRequest:
        return ConsentRequest(
            service=accepted.service,
            organisation_id=accepted.request.service.organisation_id or "",
            answer_goes_to=accepted.host,
            terms=terms_of(accepted.registration) if accepted.registration else None,
            claims=tuple(one.told for one in chosen),
        )

    # --- choosing

    def _choose(self, accepted: AcceptedRequest, network: Network) -> tuple[ChosenClaim, ...]:
        held = {claim.id: claim for claim in self._store.claims()}
        copies = self._fresh_copies(held.values())
        candidates = [self._candidate(held[one], copy, network) for one, copy in copies.items()]
        try:
            matches = select_least(accepted.request.query, candidates)
        except UnsatisfiedError as error:
            raise self._nothing(error, accepted, network) from error
        needs = accepted.registration.needs if accepted.registration else ()
        return tuple(
            self._chosen(one, held[one.candidate.key], copies[one.candidate.key], network, needs)
            for one in matches
        )

    def _fresh_copies(self, claims: Iterable[HeldClaim]) -> Mapping[str, Copy]:
        now = self._clock.now()
        # the claim that lasts longest, and of those the newest, is looked at first
        order = sorted(claims, key=lambda one: (-(one.expires_at or 2**62), -one.received_at))
        copies = {claim.id: self._store.fresh_copy(claim.id) for claim in order if claim.usable(now)}
        return {claim_id: copy for claim_id, copy in copies.items() if copy is not None}

    def _candidate(self, claim: HeldClaim, copy: Copy, network: Network) -> Candidate:
        return candidate_of(claim, copy, authority_key_ids=self._authority_key_ids(claim, copy, network))

    def _authority_key_ids(self, claim: HeldClaim, copy: Copy, network: Network) -> tuple[bytes, ...]:
        try:
            issuer = network.issuers.issuer_for(copy.x5c, vct=claim.vct, now=self._clock.now())
        except ProtocolError:
            return ()  # the issuer is no longer trusted; whether that matters is the service's to say
        return issuer.authority_key_ids

    def _chosen(
        self,
        match: Match,
        claim: HeldClaim,
        copy: Copy,
        network: Network,
        needs: Sequence[RegisteredNeed],
    ) -> ChosenClaim:
        told = told_claim(
            presentation_of(copy, match),
            metadata=self._documents.type_metadata(claim.vct, network),
            issuer=network.issuer_name(claim.issuer_id),
            copies_left=claim.copies_left - 1,
            needs=needs,
        )
        return ChosenClaim(match, claim, copy, told)

    def _nothing(self, error: UnsatisfiedError, accepted: AcceptedRequest, network: Network) -> WalletError:
        """Why nothing answers: a claim that can't be used any more, or one that the citizen does not hold."""
        asked = accepted.request.query.credentials
        for claim in reversed(self._store.claims()):  # the newest is the one that the citizen thinks of
            code = self._kept_back(claim)
            if code and any(claim.vct in query.vct_values for query in asked):
                return WalletError(code, name=accepted.service, issuer=network.issuer_name(claim.issuer_id))
        wanted = self._wanted(asked, network)
        return WalletError("nothing_to_show", name=accepted.service, wanted=wanted, detail=technical(error))

    def _kept_back(self, claim: HeldClaim) -> str | None:
        """Why the wallet does not show this claim; None for one that can be shown."""
        if claim.status is not ClaimStatus.VALID:
            return _KEPT_BACK[claim.status]
        if claim.expired(self._clock.now()):
            return "claim_expired"
        return None if claim.copies_left else "copies_used_up"

    def _wanted(self, asked: Sequence[CredentialQuery], network: Network) -> Words:
        vcts = dict.fromkeys(vct for query in asked for vct in sorted(query.vct_values))
        titles = [claim_title(self._documents.type_metadata(vct, network), vct) for vct in vcts]
        return Words("; ".join(one.en for one in titles), "; ".join(one.cy for one in titles))

    # --- sending

    def _present(self, accepted: AcceptedRequest, chosen: Sequence[ChosenClaim]) -> Mapping[str, list[str]]:
        """Spends each copy and binds it to this service and this request; nothing has been sent yet."""
        now = self._clock.now()
        expires_at = accepted.request.expires_at
        if expires_at is not None and expires_at <= now:  # the citizen took longer than the request lasts
            raise WalletError("request_spent")
        vp_token: dict[str, list[str]] = {}
        for one in chosen:
            copy = self._spend(one, accepted)
            bound = add_key_binding(
                presentation_of(copy, one.match),
                holder_key=copy.key.signing_key,
                audience=accepted.request.client_id,
                nonce=accepted.request.nonce,
                now=now,
            )
            vp_token.setdefault(one.match.query_id, []).append(bound)
        return vp_token

    def _spend(self, chosen: ChosenClaim, accepted: AcceptedRequest) -> Copy:
        """A copy, marked as spent, that is ours alone even if another process shows at the same time."""
        copy: Copy | None = chosen.copy
        while copy is not None:
            if self._store.spend_copy(copy.id):
                return copy
            copy = self._store.fresh_copy(chosen.claim.id)
        raise WalletError("copies_used_up", name=accepted.service, issuer=chosen.told.issuer)

    def _deliver(
        self, accepted: AcceptedRequest, form: Mapping[str, str], chosen: Sequence[ChosenClaim] = ()
    ) -> str | None:
        try:
            limit = self._limits.max_reply_bytes
            reply = self._http.post_form(accepted.request.response_uri, form, max_bytes=limit)
        except FetchError as error:
            raise WalletError("answer_unconfirmed", name=accepted.service, detail=error.code) from error
        if reply.status != 200:
            raise self._refused(accepted, reply, chosen)
        try:
            return parse_response_answer(reply.body)  # §8.2
        except ProtocolError as error:
            raise WalletError("answer_unconfirmed", name=accepted.service, detail=technical(error)) from error

    def _refused(
        self, accepted: AcceptedRequest, reply: Fetched, chosen: Sequence[ChosenClaim]
    ) -> WalletError:
        """What the service's refusal means; nothing that it wrote is shown, only what its code stands for."""
        detail = f"status {reply.status}"
        if reply.status >= 500:
            return WalletError("service_unable", name=accepted.service, detail=detail)
        problem = parse_claim_problem(reply.body) if chosen else None
        if problem is None:
            return WalletError("answer_refused", name=accepted.service, detail=detail)
        for (
            one
        ) in chosen:  # believed no further than that the list is looked at when the wallet is next opened
            self._store.doubt_status(one.claim.id)
        issuer = _either([one.told.issuer for one in chosen])
        return WalletError(_REFUSALS[problem], name=accepted.service, issuer=issuer, detail=detail)


def _either(names: Sequence[Words]) -> Words:
    distinct = list(dict.fromkeys(names))
    return Words(" or ".join(one.en for one in distinct), " neu ".join(one.cy for one in distinct))


def _request_error(error: FetchError) -> WalletError:
    # the service knows no such request: it was answered, it expired, or it never was
    if error.status is not None and 400 <= error.status < 500:
        return WalletError("request_spent", detail=f"status {error.status}")
    if error.code in {"content_type", "too_large", "refused_address"}:
        return WalletError("request_refused", detail=error.code)
    return WalletError("unreachable", detail=error.code)
