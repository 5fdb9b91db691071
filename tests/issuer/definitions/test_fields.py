"""What a register's columns may hold for each type, whichever database they come from."""

from datetime import UTC, date, datetime

import pytest

from issuer.definitions.fields import FieldError, FieldType, read_record


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("text", "x", "x"),
        ("text", 12, "12"),
        ("whole_number", 8, 8),
        ("whole_number", "8", 8),
        ("yes_no", True, True),
        ("yes_no", 0, False),
        ("yes_no", "Yes", True),
        ("yes_no", "false", False),
        ("date", date(2026, 1, 2), date(2026, 1, 2)),
        ("date", datetime(2026, 1, 2, 23, 59, tzinfo=UTC), date(2026, 1, 2)),
        # a moment is a day of the law's calendar: midnight in London is an hour earlier in summer by UTC
        ("date", datetime(2026, 6, 30, 23, tzinfo=UTC), date(2026, 7, 1)),
        ("date", "2026-06-30T23:00:00Z", date(2026, 7, 1)),
        ("date", "2026-06-30 22:59:59+00:00", date(2026, 6, 30)),
        ("date", "2026-07-01T00:00:00.000", date(2026, 7, 1)),
        ("date", datetime(2026, 7, 1, 23), date(2026, 7, 1)),
        ("date", "2026-01-02", date(2026, 1, 2)),
        ("date", "2026-01-02 00:00:00", date(2026, 1, 2)),
        ("date?", None, None),
        ("text?", None, None),
    ],
)
def test_what_a_column_holds(kind: FieldType, raw: object, expected: object) -> None:
    value = read_record({"x": raw}, {"x": kind})["x"]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", None),
        ("text", 1.5),
        ("text", b"canary"),
        ("whole_number", "canary"),
        ("whole_number", 8.5),
        ("whole_number", True),
        ("yes_no", "canary"),
        ("yes_no", 2),
        ("date", "canary"),
        ("date", "2026-01-02canary"),
        ("date", "2026-W01-1"),
        ("date", "20260102"),
        ("whole_number", "1_000"),
        ("whole_number", "\uff18"),
        ("date", "2026-02-30"),
        ("date", 20260101),
        ("date?", ""),
    ],
)
def test_what_a_column_must_not_hold(kind: FieldType, raw: object) -> None:
    with pytest.raises(FieldError) as caught:
        read_record({"x": raw}, {"x": kind})
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
