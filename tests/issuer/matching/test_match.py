"""From the records that a query found to the one person who is meant."""

from datetime import date

import pytest

from issuer.definitions.fields import Record, Value
from issuer.matching.match import Ambiguous, Matched, MatchRule, NotConfident, NotFound, Outcome, match_person

RULE = MatchRule(
    required=("family_name", "birthdate"),
    disambiguating=("postal_code", "given_name"),
    confidence=("given_name", "postal_code"),
    at_least=1,
)
JOHN = {"family_name": "Smith", "birthdate": "1961-04-05"}


def record(person: int, **changes: Value) -> Record:
    one: Record = {
        "person": person,
        "family_name": "Smith",
        "given_name": "John",
        "birthdate": date(1961, 4, 5),
        "postal_code": "ZZ1 1AA",
    }
    return {**one, **changes}


def match(*records: Record, **given: str) -> Outcome:
    return match_person(records, {**JOHN, **given}, rule=RULE, person="person")


def test_one_person() -> None:
    one = record(1)
    assert match(one, given_name="John") == Matched((one,))


def test_all_records_of_the_one_person() -> None:
    awards = (record(1, award=1), record(1, award=2))
    assert match(*awards, given_name="John") == Matched(awards)


def test_nobody() -> None:
    assert match() == NotFound()
    assert match(record(1, family_name="Smyth"), given_name="John") == NotFound()
    assert match(record(1, birthdate=None), given_name="John") == NotFound()


def test_two_people_of_one_name_and_birthday() -> None:
    one, other = record(1), record(2, postal_code="ZZ2 2BB")
    assert match(one, other) == Ambiguous("postal_code")
    assert match(one, other, given_name="John") == Ambiguous("postal_code")
    assert match(one, other, postal_code="zz22bb") == Matched((other,))
    assert match(one, other, postal_code="ZZ3 3CC") == NotFound()


def test_the_next_attribute_decides_where_the_first_does_not() -> None:
    one, other = record(1), record(2, given_name="Jane")
    assert match(one, other, postal_code="ZZ1 1AA") == Ambiguous("given_name")
    assert match(one, other, postal_code="ZZ1 1AA", given_name="Jane") == Matched((other,))


def test_two_people_whom_nothing_tells_apart() -> None:
    assert match(record(1), record(2), postal_code="ZZ1 1AA", given_name="John") == Ambiguous(None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, NotConfident(("given_name", "postal_code"))),
        ({"given_name": "Jane"}, NotConfident(("postal_code",))),
        ({"given_name": "Jane", "postal_code": "ZZ9 9ZZ"}, NotConfident(())),
        ({"given_name": "Jane", "postal_code": "ZZ1 1AA"}, Matched((record(1),))),
    ],
)
def test_enough_must_agree(given: dict[str, str], expected: Outcome) -> None:
    assert match(record(1), **given) == expected


def test_two_must_agree_where_two_are_asked_for() -> None:
    rule = MatchRule(required=RULE.required, confidence=RULE.confidence, at_least=2)
    one = {**JOHN, "given_name": "John"}
    both = {**one, "postal_code": "ZZ1 1AA"}
    assert match_person([record(1)], one, rule=rule, person="person") == NotConfident(("postal_code",))
    assert isinstance(match_person([record(1)], both, rule=rule, person="person"), Matched)
