"""Whether a response answers the query: the verifier's side of OpenID4VP 1.0 §6.4 and §8.6.

A wallet's word counts for nothing (§14.9): types, claims, values and holder binding are all looked at again.
What came without being asked for is named, so that the service drops it, and left out of `claims`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from protocol.dcql.paths import Path, Withheld, keep_only, overlaps, resolve
from protocol.dcql.query import SD_JWT_VC, ClaimsQuery, CredentialQuery, DcqlQuery
from protocol.errors import UnsatisfiedError


class Processed(Protocol):
    """What became of a presentation's arrays; see `protocol.dcql.paths.resolve`."""

    @property
    def withheld(self) -> Withheld: ...


class Presented(Protocol):
    """What is looked at in a credential whose signatures and key binding are already verified."""

    @property
    def vct(self) -> str: ...
    @property
    def claims(self) -> Mapping[str, Any]: ...
    @property
    def disclosed(self) -> Iterable[Path]: ...
    @property
    def authority_key_ids(self) -> Iterable[bytes]: ...
    @property
    def holder_key(self) -> object | None: ...
    @property
    def payload(self) -> Processed: ...


_P = TypeVar("_P", bound=Presented)


@dataclass(frozen=True, slots=True)
class CheckedCredential(Generic[_P]):
    """A credential that answers: `claims` has only what was asked, `extra` is what else was disclosed."""

    query_id: str
    credential: _P
    claims: Mapping[str, Any]
    extra: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class CheckedResponse(Generic[_P]):
    """A response that answers the query."""

    credentials: tuple[CheckedCredential[_P], ...]

    def by_query(self, query_id: str) -> tuple[CheckedCredential[_P], ...]:
        """The credentials that answer the credential query named `query_id`."""
        return tuple(one for one in self.credentials if one.query_id == query_id)


def check_response(query: DcqlQuery, verified: Mapping[str, Sequence[_P]]) -> CheckedResponse[_P]:
    """`verified` (by credential query id) as answers to `query`; raises UnsatisfiedError.

    1. every id belongs to a credential query;
    2. no query is answered with none, nor with more than one unless it says `multiple`;
    3. every credential fits its query: type, authority, holder binding, claims, values;
    4. every required credential set is met;
    5. nothing was sent beyond one option of each set.
    """
    checked = [
        _checked(_asked(query, query_id), one)
        for query_id, credentials in verified.items()
        for one in _counted(query, query_id, credentials)
    ]
    _check_sets(query, frozenset(verified))
    return CheckedResponse(credentials=tuple(checked))


def _asked(query: DcqlQuery, query_id: str) -> CredentialQuery:
    found = query.credential(query_id)
    if found is None:  # step 1, §8.1
        raise UnsatisfiedError("a credential was sent that was not asked for", code="unknown_credential_id")
    return found


def _counted(query: DcqlQuery, query_id: str, credentials: Sequence[_P]) -> Sequence[_P]:
    if not credentials:  # step 2, §8.1: no entry where there is no credential
        raise UnsatisfiedError("an asked credential came empty", code="no_presentation")
    if len(credentials) > 1 and not _asked(query, query_id).multiple:
        raise UnsatisfiedError("more credentials were sent than asked for", code="not_multiple")
    return credentials


def _checked(query: CredentialQuery, one: _P) -> CheckedCredential[_P]:
    # step 3
    if query.format != SD_JWT_VC or one.vct not in query.vct_values:  # Appendix B.3.5
        raise UnsatisfiedError("a credential is not of the asked type", code="wrong_credential_type")
    if query.require_cryptographic_holder_binding and one.holder_key is None:  # Appendix B.3
        raise UnsatisfiedError("a credential is not bound to a holder", code="no_holder_binding")
    keys = frozenset(one.authority_key_ids)
    if query.trusted_authorities and not any(each.accepts(keys) for each in query.trusted_authorities):
        raise UnsatisfiedError("a credential is not from an asked authority", code="wrong_authority")
    paths = _answered(query, one)
    return CheckedCredential(
        query_id=query.id, credential=one, claims=keep_only(one.claims, paths), extra=_extra(one, paths)
    )


def _answered(query: CredentialQuery, one: Presented) -> tuple[Path, ...]:
    # §6.4.1: the first combination that the presentation satisfies, as concrete paths
    problem = UnsatisfiedError("an asked claim is missing", code="claim_missing")
    for alternative in query.alternatives():
        try:
            return tuple(path for claim in alternative for path in _asked_paths(claim, one))
        except UnsatisfiedError as error:
            problem = error
    raise problem


def _asked_paths(claim: ClaimsQuery, one: Presented) -> list[Path]:
    found = resolve(one.claims, claim.path, withheld=one.payload.withheld)
    accepted = [path for path, value in found if claim.accepts(value)]
    if not accepted:  # §6.3 values
        raise UnsatisfiedError("a claim does not have an asked value", code="value_mismatch")
    return accepted


def _extra(one: Presented, asked: tuple[Path, ...]) -> tuple[Path, ...]:
    # an object disclosed on the way to an asked member, and members of an asked object, are not extra
    unasked = [path for path in one.disclosed if not any(overlaps(path, each) for each in asked)]
    return tuple(sorted(unasked, key=repr))


def _check_sets(query: DcqlQuery, answered: frozenset[str]) -> None:
    answers = {frozenset[str]()}
    for one in query.sets():
        met = [frozenset(option) for option in one.options if answered.issuperset(option)]
        if one.required and not met:  # step 4, §6.4.2
            raise UnsatisfiedError("a required credential is missing", code="credential_missing")
        chosen = {answer | option for answer in answers for option in met}
        answers = chosen if one.required else answers | chosen
    if answered not in answers:  # step 5
        raise UnsatisfiedError("a credential was sent that answers nothing", code="extra_credential")
