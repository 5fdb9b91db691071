"""Which records of a person could claims rest on, whatever they say today: for revoking."""

from collections.abc import Mapping

from issuer.deps import Deps
from issuer.matching.attributes import read_given
from issuer.matching.match import Matched
from issuer.records import find_person, record_key


def find_records(deps: Deps, given: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """The keys of the person's records by configuration id; a claim type that can't tell has no entry.

    Raises AttributeProblem, RegisterUnavailable.
    """
    known = read_given(given)
    found: dict[str, frozenset[str]] = {}
    for name, claim_type in deps.claim_types.items():
        definition = claim_type.definition
        if not set(definition.match.required) <= known.keys():
            continue
        outcome = find_person(definition, deps.registers[definition.register_.name], known)
        if isinstance(outcome, Matched):
            found[name] = frozenset(record_key(definition, record) for record in outcome.records)
    return found
