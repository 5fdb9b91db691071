from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from serving.documents import DocumentError, load_document
from serving.settings import ServiceSettings, Text, Theme, contrast


def settings(**changes: Any) -> ServiceSettings:
    return ServiceSettings(**{"base_url": "https://claims.example", "keystore": Path("keys"), **changes})


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings().__setattr__("demo", True)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"base_url": "http://localhost:8401"}, "must begin with https"),
        ({"base_url": "http://claims.example", "demo": True}, "must be on localhost"),
        ({"outgoing": {"allow_private": True}}, "is for a demonstration"),
        ({"base_url": "https://claims.example/"}, "closing slash"),
        ({"base_url": "https://claims.example?a=b"}, "without user, query"),
        ({"base_url": "https://me@claims.example"}, "without user, query"),
        ({"base_url": "ftp://claims.example"}, "an address such as"),
        ({"base_url": "https://"}, "an address such as"),
        ({"base_url": "https://Claims.example"}, "lower-case"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"unknown": 1}, "Extra inputs"),
        ({"theme": {"accent": "red"}}, "match pattern"),
        ({"theme": {"accent": "#ffff00"}}, "contrast of 4.5"),
    ],
)
def test_what_is_unsafe_or_wrong_does_not_start(changes: dict[str, Any], refused: str) -> None:
    with pytest.raises(ValidationError, match=refused):
        settings(**changes)


def test_a_demonstration_may_use_http_on_localhost() -> None:
    demo = settings(base_url="http://localhost:8401", demo=True, outgoing={"allow_private": True})
    assert not demo.is_https
    assert demo.origin == "http://localhost:8401"
    assert settings(base_url="https://claims.example/dwp").origin == "https://claims.example"


def test_a_settings_file_says_where_it_is_unsafe(tmp_path: Path) -> None:
    path = tmp_path / "service.yaml"
    path.write_text("base_url: http://localhost:8401\nkeystore: keys\n")
    with pytest.raises(DocumentError, match=r"service\.yaml:1: .*demo: true"):
        load_document(path, ServiceSettings)


def test_text_by_language() -> None:
    text = Text(en="Name", cy="Enw")
    assert (text["en"], text["cy"], text["fr"]) == ("Name", "Enw", "Name")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast(Theme().accent, Theme().on_accent) > 7
