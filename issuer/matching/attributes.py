"""The attributes by which a person can be matched, and how each is read, compared and given to a query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from issuer.definitions.fields import Value
from issuer.matching import normalise

MAX_LENGTH = 200


class AttributeProblem(Exception):
    """An attribute is not known or not of its form; the text names the attribute, never what was given."""

    def __init__(self, attribute: str, text: str) -> None:
        super().__init__(f"{attribute}: {text}")
        self.attribute = attribute


@dataclass(frozen=True)
class Attribute:
    """One attribute of a person."""

    name: str
    agrees: Callable[[str, str], bool]
    parameters: Callable[[str, str], Mapping[str, str]]


def _names_agree(given: str, held: str) -> bool:
    one, other = normalise.name_key(given), normalise.name_key(held)
    return one == other or normalise.folded(one) == normalise.folded(other)


def _name_parameters(name: str, given: str) -> Mapping[str, str]:
    normalise.name_key(given)
    return {name: given.strip()}


def _postcodes_agree(given: str, held: str) -> bool:
    return normalise.postcode_key(given) == normalise.postcode_key(held)


def _postcode_parameters(name: str, given: str) -> Mapping[str, str]:
    plain = normalise.postcode_key(given)
    return {name: f"{plain[:-3]} {plain[-3:]}", f"{name}_compact": plain}


def _national_insurance_agrees(given: str, held: str) -> bool:
    (stem, suffix), (held_stem, held_suffix) = map(normalise.national_insurance_key, (given, held))
    return stem == held_stem and (suffix == held_suffix or not suffix or not held_suffix)


def _national_insurance_parameters(name: str, given: str) -> Mapping[str, str]:
    stem, suffix = normalise.national_insurance_key(given)
    return {name: stem + suffix, f"{name}_stem": stem}


def _dates_agree(given: str, held: str) -> bool:
    return normalise.date_key(given) == normalise.date_key(held)


def _date_parameters(name: str, given: str) -> Mapping[str, str]:
    return {name: normalise.date_key(given).isoformat()}


def _references_agree(given: str, held: str) -> bool:
    return normalise.reference_key(given) == normalise.reference_key(held)


def _reference_parameters(name: str, given: str) -> Mapping[str, str]:
    return {name: normalise.reference_key(given)}


ATTRIBUTES: Mapping[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute("family_name", _names_agree, _name_parameters),
        Attribute("given_name", _names_agree, _name_parameters),
        Attribute("birthdate", _dates_agree, _date_parameters),
        Attribute("postal_code", _postcodes_agree, _postcode_parameters),
        Attribute("national_insurance_number", _national_insurance_agrees, _national_insurance_parameters),
        Attribute("service_number", _references_agree, _reference_parameters),
        Attribute("registration_number", _references_agree, _reference_parameters),
    )
}

_EXAMPLES = {
    "family_name": "Jones",
    "given_name": "Siân",
    "birthdate": "1970-01-31",
    "postal_code": "SW1A 1AA",
    "national_insurance_number": "QQ 12 34 56 C",
    "service_number": "12345678",
    "registration_number": "AB123",
}


def query_parameters(attribute: str) -> frozenset[str]:
    """The named parameters that an attribute gives to a register's query."""
    known = ATTRIBUTES[attribute]
    return frozenset(known.parameters(attribute, _EXAMPLES[attribute]))


def read_given(given: Mapping[str, str]) -> Mapping[str, str]:
    """What is known of a person, without the empty entries; raises AttributeProblem."""
    kept = {name: text.strip() for name, text in given.items() if text.strip()}
    for name, text in kept.items():
        bind(name, text)
    return kept


def bind(name: str, given: str) -> Mapping[str, str]:
    """The query parameters for one attribute as given; raises AttributeProblem."""
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        raise AttributeProblem(name[:40], "not known; use one of " + ", ".join(ATTRIBUTES))
    if len(given) > MAX_LENGTH:
        raise AttributeProblem(name, "too long")
    try:
        return attribute.parameters(name, given)
    except ValueError:
        raise AttributeProblem(name, "write it as in " + _EXAMPLES[name]) from None


def agree(name: str, given: str | None, held: Value) -> bool:
    """Whether what was given is what the register holds; an empty or unreadable side never agrees."""
    if given is None or held is None:
        return False
    text = held.isoformat() if isinstance(held, date) else str(held)
    try:
        return ATTRIBUTES[name].agrees(given, text)
    except ValueError:
        return False
