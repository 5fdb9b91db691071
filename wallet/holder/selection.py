"""What to show: of all that answers a question, the least (OpenID4VP 1.0 §6.4, §15.4 data minimisation).

The service's order decides only between answers that tell equally much. Optional parts of a query are left
out where there is a required part: what a service can do without, it does not get.
"""

from collections.abc import Iterable, Sequence
from itertools import islice, product

from protocol.dcql import Candidate, DcqlQuery, Match, QueryMatch, match_query
from protocol.errors import UnsatisfiedError
from protocol.sd_jwt_vc import present_sd_jwt_vc
from wallet.holder.claims import Copy, HeldClaim
from wallet.holder.issuance import SD_JWT_VC

# A query may multiply its options; beyond this many answers only the service's first ones are compared.
MAX_ANSWERS = 4096


def candidate_of(claim: HeldClaim, copy: Copy, *, authority_key_ids: Iterable[bytes]) -> Candidate:
    """A held claim as DCQL looks at it; its key is the claim's id."""
    return Candidate(
        key=claim.id,
        format=SD_JWT_VC,
        vct=claim.vct,
        claims=copy.claims,
        authority_key_ids=frozenset(authority_key_ids),
    )


def select_least(query: DcqlQuery, candidates: Sequence[Candidate]) -> tuple[Match, ...]:
    """The matches that answer the query and tell least; raises UnsatisfiedError when nothing does."""
    found = match_query(query, candidates)
    return min(_answers(found), key=_told)


def _answers(found: QueryMatch) -> list[tuple[Match, ...]]:
    required = [position for position, one in enumerate(found.sets) if one.required]
    optional = [position for position, one in enumerate(found.sets) if not one.required and one.options]
    answered = required or optional[:1]
    if not answered:
        raise UnsatisfiedError("no held credentials answer the request", code="no_match")
    choices = product(*(range(len(found.sets[position].options)) for position in answered))
    chosen = (dict(zip(answered, choice, strict=True)) for choice in islice(choices, MAX_ANSWERS))
    return [found.selection(options=one, include_optional=answered) for one in chosen]


def _told(answer: tuple[Match, ...]) -> tuple[int, int]:
    # min() keeps the first of equals, which is the service's favourite
    return sum(len(match.paths) for match in answer), len(answer)


def presentation_of(copy: Copy, match: Match) -> str:
    """The credential with only the disclosures that the match needs, without key binding."""
    return present_sd_jwt_vc(copy.credential, paths=match.paths)
