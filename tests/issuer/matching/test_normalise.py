"""One spelling for what people write in many ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.matching.normalise import (
    folded,
    name_key,
    national_insurance_key,
    postcode_key,
    reference_key,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("O'Neill", "O’Neill"),
        ("O'Neill", "OʼNEILL"),
        ("o neill", "O’Neill"),
        ("Smith-Jones", "Smith Jones"),
        ("Smith–Jones", "SmithJones"),
        ("  van  der Berg ", "Van Der Berg"),
        ("STRASSE", "Straße"),
        ("Ｊｏｎｅｓ", "Jones"),
        ("Zoe\u0308", "Zoë"),
        ("Ngũgĩ", "NGŨGĨ"),
        ("Олена", "ОЛЕНА"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siân", "Sian"),
        ("Seán", "SEAN"),
        ("Nguyễn", "Nguyen"),
        ("Thị Hoa", "Thi Hoa"),
        ("Łódź", "Lodz"),
        ("Sørensen", "Sorensen"),
    ],
)
def test_names_without_their_marks(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
    assert folded(name_key(one)) == folded(name_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ann", "Anna"), ("Сергей", "Сергеи"), ("कि", "का"), ("Їжак", "Іжак"), ("Mark", "Марк")],
)
def test_other_names(one: str, other: str) -> None:
    """Marks of other scripts are letters or vowels: a name without them is another name."""
    assert folded(name_key(one)) != folded(name_key(other))


@pytest.mark.parametrize("text", ["", "   ", "'", "--", "123", "x" * 201])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match="a name has letters"):
        name_key(text)


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=30))
def test_a_key_is_its_own_key(name: str) -> None:
    key = name_key(name)
    assert name_key(key) == key


@given(st.text(max_size=40))
def test_any_text_has_a_key_or_none(text: str) -> None:
    try:
        folded(name_key(text))
    except ValueError as error:
        assert str(error) == "a name has letters, and at most 200 characters"  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QQ123456C", ("QQ123456", "C")),
        ("qq 12 34 56 c", ("QQ123456", "C")),
        ("QQ-12-34-56", ("QQ123456", "")),
    ],
)
def test_national_insurance_numbers(text: str, expected: tuple[str, str]) -> None:
    assert national_insurance_key(text) == expected


@pytest.mark.parametrize("text", ["", "QQ12345C", "QQ1234567", "QQ123456E", "Q1234567", "QQ１２３４５X"])
def test_what_is_no_national_insurance_number(text: str) -> None:
    with pytest.raises(ValueError, match="looks like QQ 12 34 56 C"):
        national_insurance_key(text)


@pytest.mark.parametrize("text", ["sw1a1aa", "SW1A 1AA", " SW1A  1AA", "ｓｗ１ａ 1aa"])
def test_postcodes(text: str) -> None:
    assert postcode_key(text) == "SW1A1AA"


@pytest.mark.parametrize("text", ["", "SW1A", "1AA SW1", "SW1A 1A", "SW1A 11AA", "SW1A1AA; DROP"])
def test_what_is_no_postcode(text: str) -> None:
    with pytest.raises(ValueError, match="looks like SW1A 1AA"):
        postcode_key(text)


def test_references() -> None:
    assert reference_key(" ab-12/3 ") == "AB123"
    with pytest.raises(ValueError, match="letters and digits"):
        reference_key("ab'--")
