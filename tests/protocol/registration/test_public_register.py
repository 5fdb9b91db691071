from typing import Any

import pytest

from protocol.registration.public_register import MAX_ADDRESS, question_address, question_path
from tests.vectors.reading import vectors

CASES: list[dict[str, Any]] = vectors("registration/register_address.json")["cases"]


def test_the_list_is_whole() -> None:
    assert len(CASES) == 21


@pytest.mark.parametrize("case", CASES, ids=[one["name"] for one in CASES])
@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_address_of_a_question(case: dict[str, Any], language: Any) -> None:
    address = question_address(
        case["registry_uri"], subject=case["sub"], reference=case["intended_use_id"], language=language
    )
    assert address == case[language]


def test_an_address_is_bounded() -> None:
    registry = "https://network.example/" + "a" * MAX_ADDRESS
    assert question_address(registry, subject="PDXGB-a", reference="b@1", language="en") is None


@pytest.mark.parametrize("name", ["..", "a/b", "", "A", "a--b", "-a", "a\n"])
def test_a_path_comes_from_identifiers_only(name: str) -> None:
    for names in ((name, "b"), ("a", name)):
        with pytest.raises(ValueError, match="not an identifier"):
            question_path(*names, language="en")
