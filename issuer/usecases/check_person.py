"""Which claims could this person get: yes, no, or what is missing to tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from issuer.calendar import today_of
from issuer.definitions.fields import Record
from issuer.definitions.load import ClaimType
from issuer.deps import Deps
from issuer.matching.attributes import read_given
from issuer.matching.match import Ambiguous, Matched, NotConfident, NotFound
from issuer.records import find_person, holds, last_day, record_key
from issuer.registers.connector import RegisterUnavailable


@dataclass(frozen=True)
class Yes:
    """The statement is true of this person; the record it rests on, by its key."""

    record_key: str


@dataclass(frozen=True)
class No:
    """The person is in the register and the statement is not true of them."""


@dataclass(frozen=True)
class Unknown:
    """Nobody in the register has these attributes, or it can't be told who is meant."""


@dataclass(frozen=True)
class NeedsMore:
    """These attributes would help; they were not given."""

    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Unavailable:
    """The register can't be asked at the moment."""


Result = Yes | No | Unknown | NeedsMore | Unavailable


@dataclass(frozen=True)
class Check:
    """The result for one claim type."""

    claim_type: ClaimType
    result: Result

    @property
    def configuration_id(self) -> str:
        return self.claim_type.definition.configuration_id


def check_person(
    deps: Deps, given: Mapping[str, str], configuration_ids: Iterable[str] | None = None
) -> tuple[Check, ...]:
    """Checks a person for each claim type in force (or for some); raises AttributeProblem."""
    today = today_of(deps.clock.now())
    known = read_given(given)
    wanted = set(deps.claim_types if configuration_ids is None else configuration_ids)
    return tuple(
        Check(claim_type, _check(deps, claim_type, known, today))
        for name, claim_type in deps.claim_types.items()
        if name in wanted and claim_type.definition.is_effective(today)
    )


def _check(deps: Deps, claim_type: ClaimType, given: Mapping[str, str], today: date) -> Result:
    definition = claim_type.definition
    missing = tuple(name for name in definition.match.required if name not in given)
    if missing:
        return NeedsMore(missing)
    register = deps.registers[definition.register_.name]
    try:
        outcome = find_person(definition, register, given)
        if isinstance(outcome, Matched):
            return _answer(claim_type, outcome.records, today)
    except RegisterUnavailable as away:
        name = definition.configuration_id
        deps.log.error("register_unavailable", claim_type=name, reason=away.reason)
        return Unavailable()
    return _more(outcome)


def _answer(claim_type: ClaimType, records: tuple[Record, ...], today: date) -> Result:
    true = [record for record in records if holds(claim_type, record, today)]
    if not true:
        return No()
    definition = claim_type.definition
    # when several records say yes, the claim rests on the one that lasts longest
    longest = max(true, key=lambda record: last_day(definition, record) or date.max)
    return Yes(record_key(definition, longest))


def _more(outcome: NotFound | Ambiguous | NotConfident) -> Result:
    if isinstance(outcome, Ambiguous) and outcome.attribute:
        return NeedsMore((outcome.attribute,))
    if isinstance(outcome, NotConfident) and outcome.attributes:
        return NeedsMore(outcome.attributes)
    return Unknown()
