"""Matching: from the records that a query found to the one person who is meant, or to why not.

1. Every required attribute must agree.
2. Where the records of several people are left, the disambiguating attributes decide, in their order.
3. Enough of the confidence attributes must agree with the one who is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from issuer.definitions.fields import Record
from issuer.matching.attributes import agree


@dataclass(frozen=True)
class MatchRule:
    """How a person is matched: names of attributes, each of which is also a field of the record."""

    required: tuple[str, ...]
    disambiguating: tuple[str, ...] = ()
    confidence: tuple[str, ...] = ()
    at_least: int = 0


@dataclass(frozen=True)
class Matched:
    """One person, with each record the register holds of theirs."""

    records: tuple[Record, ...]


@dataclass(frozen=True)
class NotFound:
    """Nobody in the register has all these attributes."""


@dataclass(frozen=True)
class Ambiguous:
    """Several people have them; `attribute` would tell them apart, None if nothing we ask would."""

    attribute: str | None


@dataclass(frozen=True)
class NotConfident:
    """One person has the required attributes, too few others agree; `attributes` were not given."""

    attributes: tuple[str, ...]


Outcome = Matched | NotFound | Ambiguous | NotConfident
Given = Mapping[str, str]


def match_person(records: Sequence[Record], given: Given, *, rule: MatchRule, person: str) -> Outcome:
    """Finds the one person who is meant; `person` is the field that tells people apart."""
    people = _by_person([r for r in records if _all_agree(r, given, rule.required)], person)
    if not people:
        return NotFound()
    for attribute in rule.disambiguating:
        if len(people) <= 1:
            break
        if attribute not in given:
            return Ambiguous(attribute)
        people = [kept for own in people if (kept := _agreeing(own, given, attribute))]
    if not people:
        return NotFound()
    if len(people) > 1:
        return Ambiguous(None)
    return _with_confidence(people[0], given, rule)


def _with_confidence(records: Sequence[Record], given: Given, rule: MatchRule) -> Outcome:
    agreed = sum(bool(_agreeing(records, given, attribute)) for attribute in rule.confidence)
    if agreed >= rule.at_least:
        return Matched(tuple(records))
    return NotConfident(tuple(a for a in rule.confidence if a not in given))


def _by_person(records: Sequence[Record], person: str) -> list[list[Record]]:
    people: dict[object, list[Record]] = {}
    for record in records:
        people.setdefault(record[person], []).append(record)
    return list(people.values())


def _all_agree(record: Record, given: Given, attributes: Sequence[str]) -> bool:
    return all(agree(a, given.get(a), record[a]) for a in attributes)


def _agreeing(records: Sequence[Record], given: Given, attribute: str) -> list[Record]:
    return [r for r in records if agree(attribute, given.get(attribute), r[attribute])]
