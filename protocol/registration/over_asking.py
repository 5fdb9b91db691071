"""Whether a query stays within a registration: ETSI TS 119 475 clause 5.2.4.

Every claim asked for has to be registered for every type it may come from, and whatever a citizen could be
made to send together has to be within one alternative of the approved question. Limits on `values` widen
nothing, and a query that asks for no claims asks for the bare credential (OpenID4VP 1.0 §6.4.1).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from protocol.dcql.paths import Path, covers
from protocol.dcql.query import CredentialQuery, CredentialSetQuery, DcqlQuery
from protocol.errors import OverAskingError
from protocol.registration.certificate import RegisteredCredential, RegistrationCertificate

MAX_COMBINATIONS: Final = 4096
_Alternatives = Sequence[Sequence[RegisteredCredential]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one credential of a response would show, at most."""

    format: str
    vct: str
    paths: tuple[Path, ...]

    def is_registered(self, registered: Iterable[RegisteredCredential]) -> bool:
        granted = [path for one in registered if self._is_of(one) for path in one.paths]
        return all(any(covers(path, asked) for path in granted) for asked in self.paths)

    def has_type_in(self, registered: Iterable[RegisteredCredential]) -> bool:
        return any(self._is_of(one) for one in registered)

    def _is_of(self, one: RegisteredCredential) -> bool:
        return one.format == self.format and self.vct in one.vct_values


def check_within_registration(query: DcqlQuery, certificate: RegistrationCertificate) -> None:
    """Raises OverAskingError when `query` asks for anything that `certificate` does not allow."""
    for credential in query.credentials:
        _check(credential, certificate.credentials)
    alternatives = [[certificate.credentials[at] for at in one] for one in certificate.alternatives]
    for homes in _answers(query, alternatives):
        if not homes:
            raise OverAskingError(
                "the service asks for claims together that it may only ask for one by one",
                code="unregistered_combination",
            )


def _check(query: CredentialQuery, registered: Sequence[RegisteredCredential]) -> None:
    if not query.vct_values:  # a format we do not know, or no restriction to a type at all
        raise OverAskingError("the service asks for an unregistered kind of claim", code="unregistered_type")
    for asked in _types(query):
        if not asked.has_type_in(registered):
            raise OverAskingError("the service asks for an unregistered claim", code="unregistered_type")
        if not asked.is_registered(registered):
            raise OverAskingError("the service asks for unregistered details", code="unregistered_claim")


def _within(answer: Iterable[_Asked], registered: Sequence[RegisteredCredential]) -> bool:
    return all(asked.has_type_in(registered) and asked.is_registered(registered) for asked in answer)


def _homes(answer: Sequence[_Asked], alternatives: _Alternatives) -> frozenset[int]:
    """The positions of the alternatives that `answer` is within."""
    return frozenset(at for at, registered in enumerate(alternatives) if _within(answer, registered))


def _types(query: CredentialQuery) -> list[_Asked]:
    # claims of every claim set count, wherever the wallet would stop
    paths = tuple(claim.path for claim in query.claims)
    return [_Asked(query.format, vct, paths) for vct in sorted(query.vct_values)]


def _answers(query: DcqlQuery, alternatives: _Alternatives) -> Iterator[frozenset[int]]:
    """Where everything that could be sent together is at home: an option of each set, a type a credential."""
    everywhere = frozenset(range(len(alternatives)))
    by_id = {
        one.id: [_homes(answer, alternatives) for answer in _credentials(one)] for one in query.credentials
    }
    combinations = 0
    for ids in _selections(query.sets()):
        choices = [by_id[query_id] for query_id in ids]
        combinations += prod(map(len, choices))
        _check_number(combinations)  # of all selections together: who asks decides how many there are
        yield from (everywhere.intersection(*chosen) for chosen in product(*choices))


def _credentials(query: CredentialQuery) -> list[list[_Asked]]:
    types = _types(query)
    return [types] if query.multiple else [[one] for one in types]


def _selections(sets: Sequence[CredentialSetQuery]) -> set[frozenset[str]]:
    selections = {frozenset[str]()}
    for one in sets:
        # optional sets count as if answered: a citizen may be talked into it
        selections = {ids.union(option) for ids in selections for option in one.options}
        _check_number(len(selections))
    return selections


def _check_number(combinations: int) -> None:
    if combinations > MAX_COMBINATIONS:
        raise OverAskingError("the request is too complicated to be checked", code="unregistered_combination")
