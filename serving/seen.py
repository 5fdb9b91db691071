"""Other people's texts where somebody reads them: nothing in them is invisible, or turns the rest around."""

import unicodedata
from typing import Final

SIGN: Final = "\ufffd"
_KEPT: Final = "\n\r\t"
_JOINERS: Final = "\u200c\u200d"  # UTS #55 §3: not seen either, but they spell names
_UNSEEN: Final = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}  # UAX #9 §2: what gives directions is Cf


def seen(text: str) -> str:
    """The text with a sign for whatever could not be seen in it; its lines stay."""
    if text.isprintable():
        return text
    return "".join(SIGN if _is_unseen(one) else one for one in text)


def is_all_seen(text: str) -> bool:
    """Whether nothing in it is invisible, a joiner included: for a text that many people will read."""
    return text.isprintable() or not any(_is_unseen(one) or one in _JOINERS for one in text)


def _is_unseen(one: str) -> bool:
    return unicodedata.category(one) in _UNSEEN and one not in _KEPT + _JOINERS
