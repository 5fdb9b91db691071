"""Where a network's public register shows a question: one address for all of its versions.

The authority writes the page there; a wallet finds it from a registration certificate that it has verified
(ETSI TS 119 475 clause 5.2.4: `registry_uri`, `sub`, `intended_use_id`). Whatever has not the strict form
that our registrar writes has no address: none is guessed.
"""

import re
from typing import Final, Literal

Language = Literal["en", "cy"]

#: Everything of the register stands below this, below the authority's own address.
DIRECTORY: Final = "register"
MAX_ADDRESS: Final = 512

_ID: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_SUBJECT: Final = re.compile(rf"PDXGB-({_ID})")
_REFERENCE: Final = re.compile(rf"({_ID})@[1-9][0-9]{{0,8}}")
_HTTPS: Final = r"https://[a-z0-9.-]+"
_LOCAL: Final = r"http://(?:localhost|127\.0\.0\.1)"  # a demonstration
_REGISTRY: Final = re.compile(rf"(?:{_HTTPS}|{_LOCAL})(?::[0-9]{{1,5}})?(?:/[a-z0-9_~-][a-z0-9._~-]*)*")


def question_path(service: str, question: str, language: Language) -> str:
    """The page of a question, from the authority's address; raises ValueError for what is no identifier."""
    for one in (service, question):
        if not re.fullmatch(_ID, one):
            raise ValueError("not an identifier")
    return f"{DIRECTORY}/{language}/questions/{service}/{question}.html"


def question_address(registry_uri: str, *, subject: str, reference: str, language: Language) -> str | None:
    """The page about what a verified registration approved, or None where there can't be one.

    `subject` is an organisation_id, `reference` is `id@version`; the page is the same for every version.
    """
    service, question = _SUBJECT.fullmatch(subject), _REFERENCE.fullmatch(reference)
    if service is None or question is None or not _REGISTRY.fullmatch(registry_uri):
        return None
    address = f"{registry_uri}/{question_path(service[1], question[1], language)}"
    return address if len(address) <= MAX_ADDRESS else None
