"""The form in which staff say who a person is: its fields, and which of them are not usable."""

from collections.abc import Mapping
from dataclasses import dataclass

from issuer.definitions.load import ClaimTypes
from issuer.matching.attributes import ATTRIBUTES, AttributeProblem, bind

DATES = ("birthdate",)
_PARTS = ("day", "month", "year")


@dataclass(frozen=True, repr=False)
class PersonForm:
    """What was entered: attributes as far as they are usable, and the names of the fields that are not."""

    entered: Mapping[str, str]
    attributes: Mapping[str, str]
    wrong: tuple[str, ...]


def form_attributes(claim_types: ClaimTypes) -> tuple[str, ...]:
    """The attributes by which any claim type of the department matches, in their usual order."""
    used: set[str] = set()
    for claim_type in claim_types.values():
        rule = claim_type.definition.match.rule
        used |= {*rule.required, *rule.disambiguating, *rule.confidence}
    return tuple(name for name in ATTRIBUTES if name in used)


def read_form(fields: Mapping[str, str], names: tuple[str, ...]) -> PersonForm:
    """Reads the fields of a submitted form; a date comes in three parts."""
    attributes = {name: _entered(fields, name) for name in names}
    given = {name: text for name, text in attributes.items() if text}
    return PersonForm(
        entered={name: text for name, text in fields.items() if name.partition("-")[0] in names},
        attributes=given,
        wrong=tuple(name for name, text in given.items() if not _is_usable(name, text)),
    )


def _entered(fields: Mapping[str, str], name: str) -> str:
    if name not in DATES:
        return fields.get(name, "").strip()
    day, month, year = (fields.get(f"{name}-{part}", "").strip() for part in _PARTS)
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}" if day or month or year else ""


def _is_usable(name: str, text: str) -> bool:
    try:
        bind(name, text)
    except AttributeProblem:
        return False
    return True
