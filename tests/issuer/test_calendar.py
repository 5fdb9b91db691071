"""Days in London, where summer time moves midnight."""

from datetime import date

import pytest

from issuer.calendar import end_of, start_of, today_of


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (1_795_391_999, date(2026, 11, 22)),  # 2026-11-22T23:59:59Z
        (1_795_392_000, date(2026, 11, 23)),
        (1_782_860_399, date(2026, 6, 30)),  # 2026-06-30T22:59:59Z is 23:59:59 in London
        (1_782_860_400, date(2026, 7, 1)),
    ],
)
def test_today(now: int, expected: date) -> None:
    assert today_of(now) == expected


def test_a_day_has_its_own_length() -> None:
    lengths = {
        day: end_of(day) - start_of(day) for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 7, 1))
    }
    assert list(lengths.values()) == [23 * 3600, 25 * 3600, 24 * 3600]


def test_today_begins_at_its_start() -> None:
    day = date(2026, 7, 1)
    assert today_of(start_of(day)) == day
    assert today_of(start_of(day) - 1) == date(2026, 6, 30)
    assert today_of(end_of(day)) == date(2026, 7, 2)
