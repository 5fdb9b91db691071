"""Rules in CEL: what they may look at, and that they fail closed."""

from datetime import date

import pytest

from issuer.definitions.fields import Record
from issuer.definitions.rule import RuleError, compile_rule

TODAY = date(2026, 11, 23)
RECORD: Record = {"points": 8, "name": "x.record", "ends": date(2026, 11, 23), "never": None, "sure": True}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("record.points >= 8", True),
        ("record.points > 8", False),
        ("record.points in [8, 10]", True),
        ("record.ends >= today", True),
        ("record.ends < today", False),
        ("record.ends - duration('24h') < today", True),
        ("record.never == null || record.never > today", True),
        ("record.sure && !(record.points == 9)", True),
        ("record.name == 'x.record'", True),
        ('record.name == "record"', False),
        ("record.name.startsWith('x')", True),
        ("record.points >= 8 ? record.sure : false", True),
    ],
)
def test_a_rule_says_yes_or_no(expression: str, expected: bool) -> None:
    assert compile_rule(expression).holds(RECORD, TODAY) is expected


@pytest.mark.parametrize(
    "expression",
    [
        "record",
        "record == record",
        "record['points'] == 8",
        "record.map(x, x) == []",
        "other.points == 1",
        "[1, 2].all(x, x > 0)",
        "matches(record.name, '(a+)+$')",
        "record.name.matches('(a+)+$')",
        "foo(record.points)",
        "record.points >=",
        "",
        "'record.points",
    ],
)
def test_a_rule_that_cannot_be_used(expression: str) -> None:
    with pytest.raises(RuleError):
        compile_rule(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "record.points",
        "record.never > today",
        "record.name > 1",
        "record.points / 0 == 1",
        "today.record == 1 || record.points == 9",
        "int(record.name) > 1",
    ],
)
def test_a_rule_that_fails_says_neither_yes_nor_no(expression: str) -> None:
    rule = compile_rule(expression)
    with pytest.raises(RuleError) as caught:
        rule.holds(RECORD, TODAY)
    assert "x.record" not in str(caught.value)


def test_the_fields_that_a_rule_looks_at() -> None:
    rule = compile_rule("record.points >= 8 && record . sure && record.name != 'record.other'")
    assert rule.fields == {"points", "sure", "name"}
