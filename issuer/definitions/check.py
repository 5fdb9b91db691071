"""What must fit together within one claim definition: every mistake at once, with what to write instead."""

from collections.abc import Iterator

from issuer.definitions.fields import FieldError, Record, may_be_empty, read_record
from issuer.definitions.model import ClaimDefinition, Disclosed, Example
from issuer.definitions.rule import Rule, RuleError, compile_rule
from issuer.matching.attributes import ATTRIBUTES, query_parameters
from issuer.registers.sql import is_reading
from issuer.registers.sql import query_parameters as named_parameters
from serving.documents import Location

Finding = tuple[Location, str]


def check_definition(definition: ClaimDefinition) -> Iterator[Finding]:
    """Gives each mistake with its place in the file."""
    yield from _check_effective(definition)
    yield from _check_source(definition)
    yield from _check_match(definition)
    yield from _check_disclosed(definition)
    yield from _check_validity(definition)
    yield from _check_rule(definition)


def doubts_about(definition: ClaimDefinition) -> Iterator[Finding]:
    """Gives what is no mistake to a program, and yet for a person to think over."""
    key = definition.register_.key
    if key in ATTRIBUTES:  # by which people are told apart
        yield (
            ("register", "key"),
            f"the service's own database would hold this person's {key} for every copy of a claim; use a key"
            " that means nothing outside the register, such as an award's number",
        )


def _known_fields(definition: ClaimDefinition) -> str:
    return ", ".join(definition.register_.fields)


def _unknown_field(definition: ClaimDefinition, at: Location, name: str) -> Iterator[Finding]:
    if name not in definition.register_.fields:
        yield at, f'register.fields has no "{name}"; add it there, or use one of: {_known_fields(definition)}'


def _check_effective(definition: ClaimDefinition) -> Iterator[Finding]:
    first, last = definition.effective.from_, definition.effective.until
    if last is not None and last < first:
        yield ("effective", "until"), '"until" is before "from"; write the later day, or leave it out'


def _check_source(definition: ClaimDefinition) -> Iterator[Finding]:
    source = definition.register_
    if not is_reading(source.select):
        yield ("register", "select"), "a register is only read; begin the query with SELECT"
    for name in ("key", "person"):
        yield from _unknown_field(definition, ("register", name), getattr(source, name))
        if may_be_empty(source.fields.get(getattr(source, name), "text")):
            yield ("register", name), "this field may be empty; every record must have one"
    yield from _check_parameters(definition)
    again = named_parameters(source.again)
    if again != {"key"}:
        yield (
            ("register", "again"),
            "one record is found by its key; write, for example, again: award_id = :key",
        )


def _check_parameters(definition: ClaimDefinition) -> Iterator[Finding]:
    source = definition.register_
    if named_parameters(source.select):
        yield ("register", "select"), 'parameters (":name") belong into "find" and "again"'
    required = [name for name in definition.match.required if name in ATTRIBUTES]
    known = sorted(p for name in required for p in query_parameters(name))
    unknown = sorted(named_parameters(source.find) - set(known))
    if unknown:
        text = (
            f'":{unknown[0]}" is not given by a required attribute; use: {", ".join(":" + p for p in known)}'
        )
        yield ("register", "find"), text
    if not named_parameters(source.find):
        yield (
            ("register", "find"),
            "this reads the whole register; compare a column with a required attribute",
        )


def _check_match(definition: ClaimDefinition) -> Iterator[Finding]:
    match = definition.match
    yield from _check_attributes(definition, ("match", "required"), match.required)
    yield from _check_attributes(definition, ("match", "disambiguating"), match.disambiguating)
    if match.confidence is None:
        return
    at: Location = ("match", "confidence", "attributes")
    yield from _check_attributes(definition, at, match.confidence.attributes)
    for index, name in enumerate(match.confidence.attributes):
        if name in match.required:
            yield (*at, index), f'"{name}" is required already and can\'t add confidence; remove it here'
    if match.confidence.at_least > len(match.confidence.attributes):
        count = len(match.confidence.attributes)
        yield ("match", "confidence", "at_least"), f"there are only {count} attributes; write {count} or less"


def _check_attributes(definition: ClaimDefinition, at: Location, names: tuple[str, ...]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in ATTRIBUTES:
            known = ", ".join(ATTRIBUTES)
            yield (
                (*at, index),
                f'"{name}" can\'t be matched; use one of: {known}',
            )
        else:
            yield from _unknown_field(definition, (*at, index), name)
        if name in names[:index]:
            yield (*at, index), f'"{name}" stands twice; keep one of the two'


def _check_disclosed(definition: ClaimDefinition) -> Iterator[Finding]:
    seen: list[tuple[str, ...]] = []
    for place in ("always", "selectively"):
        for index, disclosed in enumerate(getattr(definition.disclose, place)):
            at: Location = ("disclose", place, index)
            yield from _check_one_disclosed(definition, at, disclosed)
            if any(_overlap(disclosed.path, other) for other in seen):
                yield (
                    (*at, "attribute"),
                    f'"{disclosed.attribute}" is carried twice or within another; keep one',
                )
            seen.append(disclosed.path)


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return one[: len(other)] == other[: len(one)]


def _check_one_disclosed(
    definition: ClaimDefinition, at: Location, disclosed: Disclosed
) -> Iterator[Finding]:
    source = definition.register_
    yield from _unknown_field(definition, (*at, "field"), disclosed.field)
    if disclosed.field in {source.key, source.person}:
        yield (
            (*at, "field"),
            "a claim must not carry what identifies the record or the person there",
        )
    if at[1] == "always" and may_be_empty(source.fields.get(disclosed.field, "text")):
        yield (*at, "field"), "what is always disclosed can't come from a field that may be empty"


def _check_validity(definition: ClaimDefinition) -> Iterator[Finding]:
    name = definition.validity.not_beyond
    if name is None:
        return
    at: Location = ("validity", "not_beyond")
    yield from _unknown_field(definition, at, name)
    if not definition.register_.fields.get(name, "date").startswith("date"):
        yield at, f'"{name}" is not a date; name a field of type date or date?'


def _check_rule(definition: ClaimDefinition) -> Iterator[Finding]:
    try:
        rule = compile_rule(definition.rule)
    except RuleError as error:
        yield ("rule",), f"the rule is not usable: {error}"
        return
    unknown = sorted(rule.fields - definition.register_.fields.keys())
    for name in unknown:
        yield from _unknown_field(definition, ("rule",), name)
    if not rule.fields:
        yield ("rule",), "the rule does not look at the record; write, for example, rule: record.points >= 8"
    if not unknown:
        yield from _check_examples(definition, rule)


def _check_examples(definition: ClaimDefinition, rule: Rule) -> Iterator[Finding]:
    for index, example in enumerate(definition.examples):
        yield from _check_example(definition, rule, ("examples", index), example)
    missing = {"yes", "no"} - {example.expect for example in definition.examples}
    for expected in sorted(missing):
        yield (
            ("examples",),
            f"no example expects {expected}; add a record for which the rule says {expected}",
        )


def _check_example(
    definition: ClaimDefinition, rule: Rule, at: Location, example: Example
) -> Iterator[Finding]:
    fields = definition.register_.fields
    unknown = sorted(example.record.keys() - fields.keys())
    absent = sorted(rule.fields - example.record.keys())
    if unknown or absent:
        yield from (f for name in unknown for f in _unknown_field(definition, (*at, "record", name), name))
        yield from (
            ((*at, "record"), f'"{name}" is missing here, and the rule looks at it') for name in absent
        )
        return
    try:
        record = read_record(example.record, {name: fields[name] for name in example.record})
        holds = rule.holds(record, example.today)
    except FieldError as error:
        yield (*at, "record"), f"the record does not fit its fields: {error}"
    except RuleError as error:
        yield (*at, "record"), f"the rule fails on this record: {error}"
    else:
        if holds != (example.expect == "yes"):
            says = "yes" if holds else "no"
            yield (
                at,
                f"the rule says {says} and the example expects {example.expect}; correct one of them",
            )
        yield from _check_empty(definition, rule, example, record)


def _check_empty(
    definition: ClaimDefinition, rule: Rule, example: Example, record: Record
) -> Iterator[Finding]:
    """A field that may be empty must not bring the rule down on the day when it is."""
    for name in sorted(rule.fields):
        if not may_be_empty(definition.register_.fields[name]) or record[name] is None:
            continue
        try:
            rule.holds({**record, name: None}, example.today)
        except RuleError:
            text = f'"{name}" may be empty and the rule fails when it is; write (record.{name} == null || …)'
            yield ("rule",), text
