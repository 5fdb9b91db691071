"""QR codes: the same modules on a page and in a terminal, dark on light on both."""

import base64
import re

from serving.qr import qr_data_uri, qr_svg, qr_terminal

LINK = "https://wallet.example/present?client_id=x"


def modules(svg: str) -> int:
    size = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert size is not None
    return int(size[1])


def test_a_page_gets_an_element_that_is_dark_on_white() -> None:
    svg = qr_svg(LINK)
    assert svg.startswith("<svg ")
    assert '<rect fill="white"' in svg
    assert LINK not in svg


def test_more_correction_takes_more_room() -> None:
    assert modules(qr_svg(LINK * 3, correction="M")) > modules(qr_svg(LINK * 3, correction="L"))


def test_a_data_address_holds_the_same_element() -> None:
    head, _, data = qr_data_uri(LINK).partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == qr_svg(LINK)


def test_a_terminal_shows_the_same_modules_two_rows_a_line() -> None:
    rows = qr_terminal(LINK).splitlines()
    width = modules(qr_svg(LINK, correction="L")) - 2 * (4 - 2)  # a terminal has a narrower quiet zone
    assert {len(row) for row in rows} == {width}
    assert len(rows) == (width + 1) // 2
    # the quiet zone is drawn, since terminals are dark; the finder pattern's edge is not
    assert rows[0] == "█" * width
    assert rows[1][2:9] == " " + "▄" * 5 + " "
