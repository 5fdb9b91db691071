"""The agreement in force and the checklist: versioned texts that are never edited, only superseded.

`agreement/<version>.<language>.md` holds the text; what is signed is its SHA-256.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

AGREEMENT_VERSION: Final = "1"
CHECKLIST_VERSION: Final = "1"
#: The texts of the statements stand in the pages' catalogue, `office.check.<statement>`.
CHECKLIST: Final = ("keys", "patches", "logs", "access", "incidents", "other_way")
_TEXTS: Final = Path(__file__).parent / "agreement"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version in one language."""

    version: str
    language: str
    text: str

    @property
    def sha256(self) -> str:
        """What a signature stands for, in hexadecimal."""
        return sha256(self.text.encode()).hexdigest()

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in self.text.split("\n\n")]


def agreement_in_force(language: str) -> Agreement:
    """The text that is signed now."""
    path = _TEXTS / f"{AGREEMENT_VERSION}.{'cy' if language == 'cy' else 'en'}.md"
    return Agreement(AGREEMENT_VERSION, language, path.read_text(encoding="utf-8"))
