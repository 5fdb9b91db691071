"""Which wallets a citizen can choose, and the link or QR code that opens one with a request.

The trust list names the accredited wallets; the settings may add others, or put one address in place of
them all.
"""

from dataclasses import dataclass
from typing import Final

from protocol.openid4vp.link import PresentationLink, create_presentation_link
from protocol.trust_list.members import MemberStatus, WalletProvider
from serving.settings import Text
from verifier.errors import TrustUnavailable
from verifier.installation import Installation
from verifier.service import Service
from verifier.store import RequestRow

PRESENT: Final = "/present"  # under a wallet provider's address in the trust list
ANY_WALLET: Final = "openid4vp://"  # whatever the device has (OpenID4VP 1.0 §13.1.2)


@dataclass(frozen=True, slots=True)
class WalletChoice:
    """One wallet: its name, the address that presentation links begin with, and where one gets it.

    `home` is the address of an accredited wallet's provider; of others nothing is known.
    """

    name: Text
    endpoint: str
    home: str | None = None


def wallets(house: Installation, *, now: int) -> tuple[WalletChoice, ...]:
    """The wallets to offer, the first by default; never none."""
    settings = house.settings
    if settings.wallet_endpoint is not None:
        return (WalletChoice(Text(en="Wallet", cy="Waled"), settings.wallet_endpoint),)
    configured = tuple(WalletChoice(one.name, one.url) for one in settings.wallets)
    found = (*_accredited(house, now), *configured)
    return found or (WalletChoice(Text(en="Wallet", cy="Waled"), ANY_WALLET),)


def _accredited(house: Installation, now: int) -> tuple[WalletChoice, ...]:
    try:
        trust_list = house.trust.trust_list(now=now)
    except TrustUnavailable:
        return ()
    providers = trust_list.wallet_providers.values() if trust_list is not None else ()
    return tuple(_choice(one) for one in providers if one.status is MemberStatus.ACTIVE)


def _choice(provider: WalletProvider) -> WalletChoice:
    name = Text(en=provider.name.en, cy=provider.name.cy)
    return WalletChoice(name, provider.url.rstrip("/") + PRESENT, home=provider.url)


def request_link(house: Installation, service: Service, request: RequestRow, wallet: WalletChoice) -> str:
    """The address that opens `wallet` with a request; nothing in it is about the citizen."""
    link = PresentationLink(
        client_id=request.client_id or service.signer.client_id,
        request_uri=house.url(f"/oid4vp/request/{request.ref}"),
        request_uri_method=house.settings.request_uri_method,
    )
    return create_presentation_link(wallet.endpoint, link)
