"""The short code that a citizen reads on the phone and types, or reads out, where the question was asked.

Fourteen characters that neither look alike (no 0 O, 1 I L, 2 Z, 5 S, 8 B) nor sound alike on a telephone
(of B C D E G P T V only T, of M and N only M, of F and S only F): six of them are one in 7.5 million, and
there are at most five tries.
"""

import hmac
from typing import Final

from serving.randomness import Random, below

ALPHABET: Final = "34679FHKMRTWXY"
LENGTH: Final = 6
_GROUP: Final = 3
_BETWEEN: Final = str.maketrans("", "", " \t\u00a0-\u2010\u2011\u2013")


class WrongCode(Exception):
    """What was typed is not the code."""


def create_code(random: Random) -> str:
    """A new code, each as likely as any other."""
    return "".join(ALPHABET[below(random, len(ALPHABET))] for _ in range(LENGTH))


def show_code(code: str) -> str:
    """The code in groups: `FHK 347`."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def verify_code(typed: str, *, expected_code: str) -> None:
    """Raises WrongCode unless `typed` is the code, whatever its case, spaces, hyphens; in constant time."""
    cleaned = typed[:64].translate(_BETWEEN).upper()
    if not hmac.compare_digest(cleaned.encode(), expected_code.encode()):
        raise WrongCode
