"""What a wallet may send: OpenID4VP 1.0 §6.4, the smallest set of claims that answers the query.

The wallet tells what it holds as candidates; `match_query` finds for every credential query which fit
and which disclosures each needs. The choice among options and among several fitting credentials is
made with `QueryMatch.selection`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.dcql.paths import Path, resolve
from protocol.dcql.query import ClaimsQuery, CredentialQuery, CredentialSetQuery, DcqlQuery
from protocol.errors import UnsatisfiedError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A held credential as the matching sees it; `key` is the wallet's own name for it."""

    key: str
    format: str
    vct: str
    claims: Mapping[str, Any]
    authority_key_ids: frozenset[bytes] = frozenset()
    holder_bound: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate that answers a credential query, with the concrete paths it would disclose."""

    query_id: str
    candidate: Candidate
    claims: tuple[ClaimsQuery, ...]
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class SetMatch:
    """A credential set query with those of its options that can be met, in the service's order."""

    required: bool
    options: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class QueryMatch:
    """Everything a wallet could answer; building one means the required sets can be met."""

    query: DcqlQuery
    matches: Mapping[str, tuple[Match, ...]]
    sets: tuple[SetMatch, ...]

    def selection(
        self,
        *,
        options: Mapping[int, int] | None = None,
        credentials: Mapping[str, Sequence[str]] | None = None,
        include_optional: Collection[int] = (),
    ) -> tuple[Match, ...]:
        """What to present, by default the first option of each required set and the first fitting credential.

        `options` chooses an option by the position of its set, `credentials` candidates by query id,
        `include_optional` the positions of optional sets to answer as well. Raises UnsatisfiedError when a
        choice is not among what matches.
        """
        chosen = dict(options or {})
        asked = [
            _option(one, chosen.get(position, 0))
            for position, one in enumerate(self.sets)
            if one.required or position in include_optional
        ]
        ids = dict.fromkeys(query_id for option in asked for query_id in option)
        keys = credentials or {}
        return tuple(match for one in ids for match in self._chosen(one, keys.get(one)))

    def _chosen(self, query_id: str, keys: Sequence[str] | None) -> tuple[Match, ...]:
        matches = self.matches[query_id]
        if keys is None:
            return matches[:1]
        found = tuple(match for match in matches if match.candidate.key in keys)
        if len(found) != len(set(keys)) or not found:
            raise UnsatisfiedError("a chosen credential does not fit the request", code="no_such_choice")
        credential = self.query.credential(query_id)
        if len(found) > 1 and not (credential and credential.multiple):  # §6.1 multiple
            raise UnsatisfiedError("only one credential may be presented here", code="not_multiple")
        return found


def match_query(query: DcqlQuery, candidates: Sequence[Candidate]) -> QueryMatch:
    """What of `candidates` answers `query`; UnsatisfiedError when a required set cannot (§6.4.2)."""
    matches = {one.id: _matches(one, candidates) for one in query.credentials}
    sets = tuple(_set_match(one, matches) for one in query.sets())
    if any(one.required and not one.options for one in sets):
        raise UnsatisfiedError("no held credentials answer the request", code="no_match")
    return QueryMatch(query=query, matches=matches, sets=sets)


def _set_match(one: CredentialSetQuery, matches: Mapping[str, tuple[Match, ...]]) -> SetMatch:
    met = tuple(option for option in one.options if all(matches[query_id] for query_id in option))
    return SetMatch(required=one.required, options=met)


def _option(one: SetMatch, position: int) -> tuple[str, ...]:
    if not 0 <= position < len(one.options):
        raise UnsatisfiedError("a chosen option cannot be met", code="no_such_choice")
    return one.options[position]


def _matches(query: CredentialQuery, candidates: Sequence[Candidate]) -> tuple[Match, ...]:
    found = (_match(query, candidate) for candidate in candidates if _fits(query, candidate))
    return tuple(match for match in found if match is not None)


def _fits(query: CredentialQuery, candidate: Candidate) -> bool:
    return (
        candidate.format == query.format
        and candidate.vct in query.vct_values  # Appendix B.3.5
        and (candidate.holder_bound or not query.require_cryptographic_holder_binding)  # Appendix B.3
        and _trusted(query, candidate.authority_key_ids)
    )


def _trusted(query: CredentialQuery, authority_key_ids: frozenset[bytes]) -> bool:
    # §6.1.1: one of the values of one of the types. Only `aki` is known here (HAIP 1.0 §5 asks for no other)
    authorities = query.trusted_authorities
    return not authorities or any(one.accepts(authority_key_ids) for one in authorities)


def _match(query: CredentialQuery, candidate: Candidate) -> Match | None:
    for claims in query.alternatives():  # §6.4.1: the first combination that can be satisfied
        paths = _disclosed(claims, candidate.claims)
        if paths is not None:
            return Match(query_id=query.id, candidate=candidate, claims=claims, paths=paths)
    return None


def _disclosed(claims: tuple[ClaimsQuery, ...], held: Mapping[str, Any]) -> tuple[Path, ...] | None:
    paths: dict[Path, None] = {}
    for claim in claims:
        try:
            found = [at for at, value in resolve(held, claim.path) if claim.accepts(value)]
        except UnsatisfiedError:
            return None
        if not found:  # §6.4.1: a value that does not match counts as a claim that is not there
            return None
        paths.update(dict.fromkeys(found))
    return tuple(paths)
