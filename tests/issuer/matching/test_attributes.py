"""How an attribute is compared with a record, and what it gives to a query."""

from datetime import date

import pytest

from issuer.matching.attributes import ATTRIBUTES, AttributeProblem, agree, bind, query_parameters, read_given


@pytest.mark.parametrize(
    ("name", "given", "held", "expected"),
    [
        ("family_name", "O'Neill", "O’Neill", True),
        ("family_name", "Sian", "Siân", True),
        ("family_name", "Jones", "Johns", False),
        ("birthdate", "1970-01-31", date(1970, 1, 31), True),
        ("birthdate", "1970-01-31", date(1970, 1, 13), False),
        ("postal_code", "sw1a1aa", "SW1A 1AA", True),
        ("postal_code", "SW1A 1AA", "not a postcode", False),
        ("national_insurance_number", "QQ 12 34 56 C", "QQ123456C", True),
        ("national_insurance_number", "QQ 12 34 56", "QQ123456C", True),
        ("national_insurance_number", "QQ 12 34 56 C", "QQ123456", True),
        ("national_insurance_number", "QQ 12 34 56 C", "QQ123456D", False),
        ("national_insurance_number", "QQ 12 34 57", "QQ123456", False),
        ("service_number", "qq-900 017", "QQ900017", True),
        ("family_name", "Jones", None, False),
    ],
)
def test_what_agrees(name: str, given: str, held: str | date | None, expected: bool) -> None:
    assert agree(name, given, held) is expected


def test_what_was_not_given_never_agrees() -> None:
    assert not agree("family_name", None, "Jones")


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("birthdate", " 1970-01-31 ", {"birthdate": "1970-01-31"}),
        ("postal_code", "sw1a1aa", {"postal_code": "SW1A 1AA", "postal_code_compact": "SW1A1AA"}),
        (
            "national_insurance_number",
            "qq 12 34 56 c",
            {"national_insurance_number": "QQ123456C", "national_insurance_number_stem": "QQ123456"},
        ),
        ("family_name", " Jones ", {"family_name": "Jones"}),
    ],
)
def test_what_a_query_is_given(name: str, given: str, expected: dict[str, str]) -> None:
    assert bind(name, given) == expected
    assert query_parameters(name) == expected.keys()


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_a_problem_names_the_attribute_and_not_what_was_given(name: str) -> None:
    for given in ("!canary!" * 40, "\x00", ""):
        with pytest.raises(AttributeProblem) as caught:
            bind(name, given)
        assert caught.value.attribute == name
        assert "canary" not in str(caught.value)


def test_an_unknown_attribute() -> None:
    with pytest.raises(AttributeProblem, match="not known; use one of family_name"):
        bind("shoe_size", "42")


def test_empty_entries_are_left_out() -> None:
    assert read_given({"family_name": " Jones ", "given_name": "  "}) == {"family_name": "Jones"}
