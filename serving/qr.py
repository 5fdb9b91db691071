"""QR codes for pages and terminals (ISO/IEC 18004), drawn by the `qrcode` library."""

import base64
from typing import Final, Literal

import qrcode
from qrcode.image.svg import SvgPathFillImage

Correction = Literal["L", "M"]  # how much of the code may be unreadable: 7 or 15 percent

_LEVELS: Final = {"L": qrcode.constants.ERROR_CORRECT_L, "M": qrcode.constants.ERROR_CORRECT_M}
# Light modules are drawn, so that it reads on a dark terminal.
_BLOCKS: Final = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def qr_svg(text: str, *, correction: Correction = "M") -> str:
    """A QR code as an SVG element that fills its space, dark on white whatever the page's colours."""
    image = _code(text, correction, border=4).make_image(image_factory=SvgPathFillImage)
    return str(image.to_string(encoding="unicode"))


def qr_data_uri(text: str, *, correction: Correction = "M") -> str:
    """The same as a `data:` address, to put into a page of one's own."""
    svg = qr_svg(text, correction=correction).encode()
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"


def qr_terminal(text: str, *, correction: Correction = "L") -> str:
    """The same in half blocks, for a terminal."""
    rows: list[list[bool]] = _code(text, correction, border=2).get_matrix()
    rows = rows + [[False] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(_BLOCKS[a, b] for a, b in zip(*pair, strict=True)) for pair in pairs)


def _code(text: str, correction: Correction, *, border: int) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=_LEVELS[correction], border=border)
    code.add_data(text)
    code.make(fit=True)
    return code
