"""One spelling for what people write in many ways: names, postcodes, numbers, references."""

import re
import unicodedata
from datetime import date

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʻ`´′"))
_DASHES = re.compile(r"[-‐‑‒–—−]")
_SPACES = re.compile(r"\s+")
# Letters that Unicode does not take apart into a base letter and a mark.
_SINGLE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
# The form only: which prefixes were ever allocated is the register's business, and old numbers break
# today's rules (HMRC, National Insurance Manual NIM39110).
_NATIONAL_INSURANCE = re.compile(r"([A-Z]{2}[0-9]{6})([A-D]?)")
_REFERENCE = re.compile(r"[A-Z0-9]{1,40}")
_MAX_NAME = 200


def name_key(text: str) -> str:
    """A name in the form in which two spellings of it are equal, its accents kept.

    Unicode NFKC and case folding; apostrophes of any kind, hyphens and spaces don't count. Raises
    ValueError.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    plain = _SPACES.sub("", _DASHES.sub("", plain)).casefold()
    if not plain or len(text) > _MAX_NAME or not any(letter.isalpha() for letter in plain):
        raise ValueError("a name has letters, and at most 200 characters")
    return unicodedata.normalize("NFC", plain)


def folded(key: str) -> str:
    """A name without the marks on its Latin letters.

    Marks of other scripts stay: there they are letters of their own (й is not и) or vowels.
    """
    kept: list[str] = []
    latin = False
    for letter in unicodedata.normalize("NFD", key.translate(_SINGLE_LETTERS)):
        if not unicodedata.combining(letter):
            latin = unicodedata.name(letter, "").startswith("LATIN")
        elif latin:
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


def postcode_key(text: str) -> str:
    """A UK postcode in capitals without spaces, as in SW1A1AA; raises ValueError."""
    plain = _compact(text)
    if not _POSTCODE.fullmatch(plain):
        raise ValueError("a postcode looks like SW1A 1AA")
    return plain


def national_insurance_key(text: str) -> tuple[str, str]:
    """A National Insurance number as its first eight characters and its suffix letter, "" if none was given.

    The suffix tells nothing about who somebody is, and many registers leave it out. Raises ValueError.
    """
    found = _NATIONAL_INSURANCE.fullmatch(_compact(text))
    if found is None:
        raise ValueError("a National Insurance number looks like QQ 12 34 56 C")
    return found[1], found[2]


def date_key(text: str) -> date:
    """A date written as 2026-04-01; raises ValueError."""
    return date.fromisoformat(text.strip())


def reference_key(text: str) -> str:
    """A reference number in capitals, without spaces, hyphens and slashes; raises ValueError."""
    plain = _compact(text).replace("/", "")
    if not _REFERENCE.fullmatch(plain):
        raise ValueError("a reference has letters and digits, at most 40")
    return plain


def _compact(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).upper()
    return _SPACES.sub("", _DASHES.sub("", plain))
