"""Which wallets a citizen can choose, and the link or QR code that opens one with a request.

The trust list names the accredited wallets; the settings may add others, or put one address in place of
them all.
"""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import qrcode
from qrcode.image.svg import SvgPathFillImage

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
    """One wallet: its name and the address that presentation links begin with."""

    name: Text
    endpoint: str


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
    return WalletChoice(name, provider.url.rstrip("/") + PRESENT)


def request_link(house: Installation, service: Service, request: RequestRow, wallet: WalletChoice) -> str:
    """The address that opens `wallet` with a request; nothing in it is about the citizen."""
    link = PresentationLink(
        client_id=service.client_id,
        request_uri=house.url(f"/oid4vp/request/{request.ref}"),
        request_uri_method=house.settings.request_uri_method,
    )
    return create_presentation_link(wallet.endpoint, link)


def qr_svg(text: str) -> bytes:
    """A QR code as an SVG document, dark on white whatever the page's colours."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=4)
    code.add_data(text)
    out = BytesIO()
    code.make_image(image_factory=SvgPathFillImage).save(out)
    return out.getvalue()


def qr_data_uri(text: str) -> str:
    """The same as a `data:` address, to put into a page of one's own."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(text)).decode("ascii")


def qr_terminal(text: str) -> str:
    """The same in block characters."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=2)
    code.add_data(text)
    code.make()
    rows: list[list[bool]] = code.get_matrix()
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(_BLOCKS[a, b] for a, b in zip(*pair, strict=True)) for pair in pairs)


# light modules are drawn, so that it reads on a dark terminal
_BLOCKS: Final = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
