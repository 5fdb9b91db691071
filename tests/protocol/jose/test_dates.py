"""RFC 7519 §4.1.4 to §4.1.6 with leeway."""

from typing import Any

import pytest

from protocol.errors import MalformedError, ValidityError
from protocol.jose.dates import check_validity_dates, numeric_date


@pytest.mark.parametrize(
    ("value", "expected"), [(5, 5), (5.9, 5), (0, 0), (253_402_300_799, 253_402_300_799)]
)
def test_numbers(value: Any, expected: int) -> None:
    assert numeric_date({"exp": value}, "exp") == expected


def test_absent() -> None:
    assert numeric_date({}, "exp") is None


@pytest.mark.parametrize(
    "value", ["5", None, True, [5], {}, float("inf"), float("nan"), -1, -0.5, 253_402_300_800, 10**19, 1e308]
)
def test_no_numbers(value: Any) -> None:
    with pytest.raises(MalformedError):
        numeric_date({"exp": value}, "exp")


@pytest.mark.parametrize("now", [90, 100, 150, 199, 209])
def test_within(now: int) -> None:
    check_validity_dates({"nbf": 100, "exp": 200}, now=now, leeway=10)


@pytest.mark.parametrize(("now", "code"), [(89, "not_yet_valid"), (210, "expired"), (0, "not_yet_valid")])
def test_outside(now: int, code: str) -> None:
    with pytest.raises(ValidityError) as caught:
        check_validity_dates({"nbf": 100, "exp": 200}, now=now, leeway=10)
    assert caught.value.code == code


def test_both_are_optional() -> None:
    check_validity_dates({}, now=0, leeway=0)
