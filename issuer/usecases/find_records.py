"""Which records could claims rest on, whatever they say today, and which claims on a record: for revoking."""

from collections.abc import Mapping

from issuer.deps import Deps
from issuer.matching.attributes import read_given
from issuer.matching.match import Matched
from issuer.records import find_person, record_key
from issuer.store import claims_of_record


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


def claims_on(deps: Deps, key: str) -> list[str]:
    """The configuration ids of what was issued or is offered on a record of this key.

    Two registers, or two tables of one, may have different people's records under one key.
    """
    with deps.database.reading() as session:
        return claims_of_record(session, key)
