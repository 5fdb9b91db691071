"""The rule of a claim: one CEL expression over `record` and `today` that says yes or says no.

Common Expression Language (github.com/google/cel-spec): every expression ends, and none reads or writes.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import cel

from issuer.definitions.fields import Record, as_rule_value

VARIABLES = frozenset({"record", "today"})
_FUNCTIONS = frozenset(
    {"contains", "startsWith", "endsWith", "size", "duration", "timestamp", "int", "string"}
)
_TEXT = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_FIELD = re.compile(r"(?<![\w.])record\s*\.\s*([A-Za-z_]\w*)(?!\w|\s*\()")
_RECORD = re.compile(r"(?<![\w.])record(?!\w)")


class RuleError(Exception):
    """A rule is not usable, or gives neither yes nor no; the text says why, without the record."""


@dataclass(frozen=True)
class Rule:
    """A compiled rule, and the fields of the record it looks at."""

    program: Any
    fields: frozenset[str]

    def holds(self, record: Record, today: date) -> bool:
        """Answers for one record on one day; raises RuleError when the rule gives neither yes nor no."""
        seen = {name: as_rule_value(record[name]) for name in self.fields}
        try:
            answer = self.program.execute({"record": seen, "today": as_rule_value(today)})
        except Exception as error:  # the library raises many kinds, and some quote the value
            raise RuleError(_reason(error)) from None
        if not isinstance(answer, bool):
            raise RuleError("it gives a value where it must give yes or no; compare the value with something")
        return answer


def compile_rule(expression: str) -> Rule:
    """Compiles a rule; raises RuleError with what to write instead."""
    program = _compile(expression)
    unknown = sorted(set(program.variables()) - VARIABLES)
    if unknown:
        raise RuleError(f'it names "{unknown[0]}"; a rule knows "record.<field>" and "today"')
    _check_functions(program.functions())
    bare = _TEXT.sub('""', expression)
    fields = _FIELD.findall(bare)
    if len(fields) != len(_RECORD.findall(bare)):
        raise RuleError('each use of "record" must name a field, as in record.points')
    return Rule(program, frozenset(fields))


def _compile(expression: str) -> Any:
    try:
        return cel.compile(expression)
    except Exception as error:
        place = re.search(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)", str(error))
        if place is None:
            raise RuleError("it can't be read as CEL") from None
        line, column, what = place.groups()
        raise RuleError(
            f"it can't be read as CEL (its line {line}, character {column}): {what[:100]}"
        ) from None


def _check_functions(used: list[str]) -> None:
    unknown = sorted(name for name in used if name not in _FUNCTIONS and not _is_operator(name))
    if unknown:
        known = ", ".join(sorted(_FUNCTIONS))
        raise RuleError(f'it calls "{unknown[0]}", which a rule does not know; it knows: {known}')


def _is_operator(name: str) -> bool:
    return not name.isidentifier() or name.startswith("_")


def _reason(error: Exception) -> str:
    if isinstance(error, TypeError):
        return "it compares values of different types, or an empty one (test it with != null)"
    return "it can't be worked out"
