"""Names that citizens read and decide by: whoever is admitted must not look like somebody else.

A name has the letters of English and Welsh (Unicode's Latin-1 and Latin Extended-A, and ẁ ẃ ẅ ỳ), each as one
character, and nothing that can't be seen: no controls, no direction marks, no spaces of other widths. Letters
of other scripts that look the same (UTS #39 calls them confusables) are thereby out.
"""

import re
from typing import Final

from serving.settings import Text

_WORD: Final = r"[!-~À-ÖØ-öø-İĲ-ķĹ-žẀ-ẅỲỳ‘’“”–—·£€]+"
_NAME: Final = re.compile(f"{_WORD}(?: {_WORD})*")


def check_name(name: str) -> str:
    """Gives the name back; raises ValueError for one that could be misread."""
    if not _NAME.fullmatch(name):
        raise ValueError("write it in letters of English and Welsh, with single spaces")
    return name


def sounds(name: Text) -> frozenset[str]:
    """What two members may not have in common: the name in either language, whatever the capitals."""
    return frozenset({name.en.casefold(), name.cy.casefold()})
