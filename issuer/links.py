"""The links by which an offer reaches a wallet: https links of accredited wallets, and one for any other."""

from dataclasses import dataclass

from issuer.deps import Deps
from protocol.openid4vci.offer import OfferReference, create_offer_link
from serving.qr import qr_svg
from serving.settings import Text

ANY_WALLET = "openid-credential-offer://"


@dataclass(frozen=True, repr=False)
class WalletLink:
    """One wallet's link; drawing it takes half a second and is left to who shows it."""

    name: Text
    link: str

    @property
    def qr_code(self) -> str:
        """The link as a QR code (SVG)."""
        return qr_svg(self.link)


@dataclass(frozen=True, repr=False)
class OfferLinks:
    """The links of one offer."""

    wallets: tuple[WalletLink, ...]
    any_wallet: str
    offer_uri: str

    @property
    def any_wallet_qr_code(self) -> str:
        """The link for any wallet as a QR code (SVG)."""
        return qr_svg(self.any_wallet)


def offer_links(deps: Deps, reference: str) -> OfferLinks:
    """Makes the links of an offer by its reference."""
    uri = deps.url(f"/offers/{reference}")
    by_reference = OfferReference(credential_offer_uri=uri)
    wallets = [
        (wallet.name, create_offer_link(f"{wallet.url}/add", by_reference))
        for wallet in deps.settings.wallets
    ]
    any_wallet = create_offer_link(ANY_WALLET, by_reference)
    return OfferLinks(
        wallets=tuple(WalletLink(name, link) for name, link in wallets),
        any_wallet=any_wallet,
        offer_uri=uri,
    )
