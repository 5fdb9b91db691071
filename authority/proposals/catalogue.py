"""Which version of a claim type is in force. An older one is superseded, never edited."""

from collections.abc import Iterable, Iterator

from authority.consistency import Catalogue
from authority.refusal import RefusedError
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question


def latest(catalogue: Catalogue) -> dict[str, ClaimType]:
    """The newest version of each claim type, by what its versions have in common."""
    ordered = sorted(catalogue.values(), key=lambda one: one.version)
    return {one.family: one for one in ordered}


def check_current(question: Question, catalogue: Catalogue) -> None:
    """Raises RefusedError where a claim type is unknown, can't disclose what is asked, or is superseded."""
    newest = latest(catalogue)
    problems = list(_problems(question, catalogue, newest))
    if problems:
        raise RefusedError("\n".join(dict.fromkeys(problems)), code="claim_types")


def is_current(question: Question, catalogue: Catalogue, newest: dict[str, ClaimType]) -> bool:
    """Whether every claim type that it asks for is known and in force: the `latest` of the catalogue."""
    return not any(_problems(question, catalogue, newest))


def with_all(catalogue: Catalogue, claim_types: Iterable[ClaimType]) -> Catalogue:
    """The catalogue with claim types that are approved and will be registered in a moment."""
    return {**{one.vct: one for one in claim_types}, **catalogue}


def _problems(question: Question, catalogue: Catalogue, newest: dict[str, ClaimType]) -> Iterator[str]:
    for asked in question.asked_claims():
        claim_type = catalogue.get(asked.claim)
        if claim_type is None:
            yield f"no department issues the claim type {asked.claim}"
            continue
        current = newest[claim_type.family]
        if current != claim_type:
            yield f"{asked.claim} was superseded by {current.vct}; ask for that one"
        missing = sorted(".".join(map(str, path)) for path in set(asked.all_attributes) - claim_type.paths)
        if missing:
            yield f"{asked.claim} can't disclose {', '.join(missing)}"
