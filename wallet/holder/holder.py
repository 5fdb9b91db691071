"""The holder: carries messages between departments, services and the store. What they mean is decided
elsewhere.

`add_offer` gets a claim (`issuance.py`, `receipt.py`), `show` answers a request (`showing.py`,
`selection.py`, `consent.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.errors import ProtocolError
from protocol.openid4vci.offer import CredentialOffer, OfferReference, parse_offer, parse_offer_link
from protocol.openid4vp.link import parse_presentation_link
from protocol.trust_list.members import Member
from serving.clock import Clock
from serving.http import FetchError, HttpClient
from serving.randomness import Random
from wallet.holder.claims import HeldClaim, NewClaim
from wallet.holder.collecting import Collecting
from wallet.holder.consent import Consent, ConsentRequest
from wallet.holder.documents import Documents
from wallet.holder.errors import WalletError
from wallet.holder.issuance import Issuance
from wallet.holder.limits import Limits
from wallet.holder.network import Network, name_of
from wallet.holder.network_settings import NetworkSettings
from wallet.holder.presenting import PreparedAnswer, Presenting, ShowResult
from wallet.holder.receipt import attributes_of
from wallet.holder.showing import technical
from wallet.holder.statuses import Statuses
from wallet.holder.store import Store
from wallet.holder.words import Words, claim_title, same


@dataclass(frozen=True)
class OpenedOffer:
    """An offer that a department of the network made, before the citizen takes it."""

    issuance: Issuance
    department: Member | None
    name: Words
    titles: tuple[Words, ...]

    @property
    def needs_code(self) -> bool:
        return self.issuance.transaction_code is not None


@dataclass(frozen=True)
class OpenedRequest:
    """A service's request that waits for the citizen's word."""

    presenting: Presenting
    prepared: PreparedAnswer

    @property
    def asked(self) -> ConsentRequest:
        return self.prepared.asked

    def answer(self) -> ShowResult:
        return self.presenting.answer(self.prepared)

    def decline(self) -> ShowResult:
        return self.presenting.decline(self.prepared.accepted)


class Holder:
    """A citizen's wallet without a screen. Methods raise WalletError, and nothing is half done then."""

    def __init__(
        self, store: Store, http: HttpClient, *, clock: Clock, random: Random, limits: Limits | None = None
    ) -> None:
        self._store = store
        self._http = http
        self._clock = clock
        self._random = random
        self._limits = limits or Limits()
        self._documents = Documents(store, http, self._limits)
        self._statuses = Statuses(store, http, self._limits)

    # --- the network

    def set_network(self, settings: NetworkSettings) -> Network:
        """Joins a network, once its trust list could be fetched and verified."""
        self._documents.refresh(settings, now=self._clock.now())
        self._store.set_network(settings)
        return self.network()

    def network(self) -> Network:
        """The network as its newest trust list shows it."""
        return self._documents.network(now=self._clock.now())

    # --- claims

    def claims(self) -> tuple[HeldClaim, ...]:
        """What the wallet holds, oldest first."""
        return self._store.claims()

    def refresh_statuses(self) -> None:
        """Looks whether departments still stand by the claims, where it is a day since the last look.

        For moments at which the citizen looks at the wallet: never as part of answering a request.
        """
        self._statuses.refresh(self.network(), now=self._clock.now())

    def title(self, claim: HeldClaim) -> Words:
        """What a claim is called, in words."""
        return claim_title(self._documents.type_metadata(claim.vct, self.network()), claim.vct)

    def remove(self, claim_id: str) -> bool:
        """Forgets a claim and all its copies."""
        return self._store.remove_claim(claim_id)

    def open_offer(self, link: str) -> OpenedOffer:
        """Reads an offer and says who makes it; contacts nobody whom the trust list does not name."""
        network = self.network()
        issuance = Issuance(self._offer(link), limits=self._limits)
        department = network.department_at(issuance.credential_issuer)
        name = name_of(department) if department else same(issuance.credential_issuer)
        collecting = self._collecting(issuance, name)
        collecting.discover()
        for configuration in issuance.configurations:
            network.check_may_issue(department, configuration.vct or "")
        titles = tuple(self._title(one.vct or "", network) for one in issuance.configurations)
        return OpenedOffer(issuance, department, name, titles)

    def accept_offer(self, opened: OpenedOffer, transaction_code: str | None = None) -> tuple[HeldClaim, ...]:
        """Takes an opened offer: all its claims arrive, are verified and stored in one step, or none is."""
        network = self.network()
        collecting = self._collecting(opened.issuance, opened.name)
        batches = collecting.collect(transaction_code)
        claims = [
            collecting.receive(
                batch, network=network, department=opened.department, documents=self._documents
            )
            for batch in batches
        ]
        added = self._keep(claims)
        return tuple(one for one in self.claims() if one.id in added)

    def add_offer(self, link: str, transaction_code: str | None = None) -> tuple[HeldClaim, ...]:
        """Opens an offer and takes it."""
        return self.accept_offer(self.open_offer(link), transaction_code)

    def _offer(self, link: str) -> CredentialOffer:
        try:
            found = parse_offer_link(link)
            return self._fetch_offer(found) if isinstance(found, OfferReference) else found
        except ProtocolError as error:
            raise WalletError("link_unreadable", detail=technical(error)) from error

    def _fetch_offer(self, reference: OfferReference) -> CredentialOffer:
        try:
            limit = self._limits.max_metadata_bytes
            url = reference.credential_offer_uri
            return parse_offer(self._http.get(url, accept="application/json", max_bytes=limit).body)
        except FetchError as error:
            raise _offer_error(error) from error

    def _collecting(self, issuance: Issuance, name: Words) -> Collecting:
        return Collecting(
            issuance, self._http, name=name, clock=self._clock, random=self._random, limits=self._limits
        )

    def _title(self, vct: str, network: Network) -> Words:
        return claim_title(self._documents.type_metadata(vct, network), vct)

    def _keep(self, claims: Sequence[NewClaim]) -> frozenset[str]:
        renewed = [(claim, self._renewed_by(claim)) for claim in claims]
        return frozenset(self._store.add_claims(renewed, received_at=self._clock.now()))

    def _renewed_by(self, claim: NewClaim) -> tuple[str, ...]:
        """The held claims that say the same, so that new copies replace them."""
        same_type = [one for one in self.claims() if (one.vct, one.issuer_id) == (claim.vct, claim.issuer_id)]
        return tuple(one.id for one in same_type if self._says_the_same(one, claim))

    def _says_the_same(self, held: HeldClaim, claim: NewClaim) -> bool:
        copy = self._store.fresh_copy(held.id)
        return copy is None or attributes_of(copy.claims) == attributes_of(claim.copies[0].claims)

    # --- showing

    def open_request(self, link: str) -> OpenedRequest:
        """Fetches and verifies a service's request and chooses the least that answers it; sends nothing."""
        presenting = self._presenting(link)
        return OpenedRequest(presenting, presenting.prepare(self.network()))

    def show(self, link: str, *, consent: Consent) -> ShowResult:
        """Answers a service's request if it may be answered, something answers it, and the citizen agrees."""
        opened = self.open_request(link)
        return opened.answer() if consent(opened.asked) else opened.decline()

    def decline(self, link: str) -> ShowResult:
        """Tells the service of a request that may be answered that the citizen does not answer it."""
        presenting = self._presenting(link)
        return presenting.decline(presenting.fetch(self.network()))

    def _presenting(self, link: str) -> Presenting:
        try:
            parsed = parse_presentation_link(link)
        except ProtocolError as error:
            raise WalletError("link_unreadable", detail=technical(error)) from error
        return Presenting(
            parsed,
            store=self._store,
            http=self._http,
            documents=self._documents,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
        )


def _offer_error(error: FetchError) -> WalletError:
    if error.status is not None and 400 <= error.status < 500:
        return WalletError("offer_spent", detail=error.code)
    return WalletError("unreachable", detail=error.code)
