"""What must fit together between members before anything about them is signed or published."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from authority.member import Member
from authority.names import sounds
from authority.refusal import RefusedError
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import AskedClaim, Question

Catalogue = Mapping[str, ClaimType]


def catalogue(members: Iterable[Member]) -> Catalogue:
    """Every claim type of the network, by vct."""
    return {claim_type.vct: claim_type for member in members for claim_type in member.claim_types}


def check_member(member: Member, members: Sequence[Member], questions: Sequence[Question] = ()) -> None:
    """Raises RefusedError with everything about a member, or `questions` that it is to ask, that does not
    fit with the others.
    """
    others = [one for one in members if one.id != member.id]
    _refuse([*_likenesses(member, others), *_problems(member, catalogue(members), questions)])


def check_network(members: Sequence[Member]) -> None:
    """Raises RefusedError with everything that does not fit in the whole network."""
    known = catalogue(members)
    _refuse(problem for member in members for problem in _problems(member, known))


def _refuse(problems: Iterable[str]) -> None:
    found = list(dict.fromkeys(problems))
    if found:
        raise RefusedError("\n".join(found))


def _likenesses(member: Member, others: Iterable[Member]) -> Iterator[str]:
    # A citizen knows a member by its name, a wallet a department by its address (OpenID4VCI 1.0 §12.2.1).
    for other in others:
        if sounds(member.name) & sounds(other.name):
            yield f"the {other.kind.value} {other.id} has this name; citizens could not tell the two apart"
        if (member.kind, member.url) == (other.kind, other.url):
            yield f"the {other.kind.value} {other.id} has this address; wallets could not tell the two apart"


def _problems(member: Member, known: Catalogue, questions: Sequence[Question] = ()) -> Iterator[str]:
    who = f"{member.kind.value} {member.id}"
    for claim_type in member.claim_types:
        if claim_type.owner != member.id:
            yield f"{who}: the claim type {claim_type.id} is owned by {claim_type.owner}, not by {member.id}"
    for question in member.questions_with(questions):
        yield from (f"{who}: {problem}" for problem in _question_problems(question, known))


def _question_problems(question: Question, known: Catalogue) -> Iterator[str]:
    for asked in question.asked_claims():
        claim_type = known.get(asked.claim)
        if claim_type is None:
            yield f"the question {question.reference} asks for {asked.claim}, which no department issues"
        else:
            yield from _attribute_problems(question, asked, claim_type)


def _attribute_problems(question: Question, asked: AskedClaim, claim_type: ClaimType) -> Iterator[str]:
    for path in asked.all_attributes:
        if path not in claim_type.paths:
            name = ".".join(str(step) for step in path)
            can = ", ".join(sorted(".".join(path) for path in claim_type.paths)) or "nothing"
            yield f"the question {question.reference} asks {asked.claim} for {name}; it can disclose: {can}"
