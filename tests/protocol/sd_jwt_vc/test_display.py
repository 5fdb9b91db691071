"""Which language is shown."""

from dataclasses import dataclass

import pytest

from protocol.sd_jwt_vc.display import choose_display


@dataclass(frozen=True)
class Text:
    locale: str


@pytest.mark.parametrize(
    ("locales", "languages", "expected"),
    [
        (["en", "cy"], ["cy"], "cy"),
        (["en", "cy"], ["CY"], "cy"),
        (["en-GB", "cy-GB"], ["cy"], "cy-GB"),
        (["en", "cy"], ["cy-GB"], "cy"),
        (["en-US", "en-GB"], ["en-GB"], "en-GB"),
        (["en", "cy"], ["fr", "cy"], "cy"),
        (["en", "cy"], ["fr"], "en"),
        (["en", "cy"], [], "en"),
    ],
)
def test_choice(locales: list[str], languages: list[str], expected: str) -> None:
    chosen = choose_display([Text(locale) for locale in locales], languages=languages)
    assert chosen is not None
    assert chosen.locale == expected


def test_nothing_to_choose_from() -> None:
    empty: list[Text] = []
    assert choose_display(empty, languages=["en"]) is None
