"""From a claim definition to records of its register: looking for a person, and reading one record again."""

from collections.abc import Mapping, Sequence
from datetime import date

from issuer.definitions.fields import FieldError, Record, read_record
from issuer.definitions.load import ClaimType
from issuer.definitions.model import ClaimDefinition
from issuer.definitions.rule import RuleError
from issuer.matching.attributes import bind
from issuer.matching.match import Outcome, match_person
from issuer.registers.connector import Parameters, Register, RegisterUnavailable
from issuer.registers.sql import query_parameters


def find_person(definition: ClaimDefinition, register: Register, given: Mapping[str, str]) -> Outcome:
    """Looks for the person in the definition's register; `given` has every required attribute.

    Raises RegisterUnavailable.
    """
    source = definition.register_
    bound = {k: v for name in definition.match.required for k, v in bind(name, given[name]).items()}
    wanted = {name: bound[name] for name in query_parameters(source.find)}
    records = _records(definition, register, source.find_query, wanted)
    return match_person(records, given, rule=definition.match.rule, person=source.person)


def read_again(definition: ClaimDefinition, register: Register, key: str) -> Record | None:
    """Reads a record afresh; None when the register has it no more. Raises RegisterUnavailable."""
    source = definition.register_
    records = _records(definition, register, source.again_query, {"key": key})
    matching = [record for record in records if record_key(definition, record) == key]
    if len(matching) > 1:
        raise RegisterUnavailable("key_not_unique")
    return matching[0] if matching else None


def record_key(definition: ClaimDefinition, record: Record) -> str:
    """The key by which the register finds this record again."""
    return str(record[definition.register_.key])


def last_day(definition: ClaimDefinition, record: Record) -> date | None:
    """The day beyond which no claim that rests on the record may last, None where it has no end."""
    name = definition.validity.not_beyond
    day = record[name] if name else None
    return day if isinstance(day, date) else None


def holds(claim_type: ClaimType, record: Record, today: date) -> bool:
    """Whether the statement is true of a record; raises RegisterUnavailable when that can't be told.

    Of a record whose last day is over it is not: whatever the rule says, the claim would have run out.
    """
    last = last_day(claim_type.definition, record)
    if last is not None and last < today:
        return False
    try:
        return claim_type.rule.holds(record, today)
    except RuleError:
        raise RegisterUnavailable("rule_failed") from None


def _records(
    definition: ClaimDefinition, register: Register, query: str, parameters: Parameters
) -> Sequence[Record]:
    fields = definition.register_.fields
    try:
        return [read_record(row, fields) for row in register.rows(query, parameters, list(fields))]
    except FieldError as error:
        raise RegisterUnavailable(f"unexpected_value:{error.field}") from None
