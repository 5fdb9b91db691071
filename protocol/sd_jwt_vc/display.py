"""Which of several languages to show: SD-JWT VC draft 13 §8 and §9.2 leave the choice to the application."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class _Localised(Protocol):
    @property
    def locale(self) -> str: ...


_L = TypeVar("_L", bound=_Localised)


def choose_display(displays: Sequence[_L], *, languages: Sequence[str]) -> _L | None:
    """Returns the display for the first of the person's `languages` (BCP 47) there is, else the first.

    `en` is served by `en-GB` and the other way round (RFC 4647 lookup, both ways).
    """
    for language in languages:
        for matches in (_same, _same_primary):
            for display in displays:
                if matches(display.locale, language):
                    return display
    return displays[0] if displays else None


def _same(locale: str, language: str) -> bool:
    return locale.lower() == language.lower()


def _same_primary(locale: str, language: str) -> bool:
    return locale.lower().partition("-")[0] == language.lower().partition("-")[0]
