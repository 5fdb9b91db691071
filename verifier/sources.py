"""Where a citizen gets what a question asks for: the departments of the trust list that give it.

A department's address there is also where its public page is: what it gives, and how to ask for it.
"""

from dataclasses import dataclass

from protocol.registration.question import Question
from protocol.trust_list.members import Department, MemberStatus, TrustList
from serving.settings import Text
from verifier.errors import TrustUnavailable
from verifier.installation import Installation


@dataclass(frozen=True, slots=True)
class Source:
    """A department, its page, and the asked claims that it gives (without those that have no known name)."""

    name: Text
    url: str
    claims: tuple[Text, ...]


def sources(house: Installation, question: Question, *, now: int) -> tuple[Source, ...]:
    """Who gives the claims that would answer, in the question's order; nobody where it is not known."""
    try:
        trust_list = house.trust.trust_list(now=now)
    except TrustUnavailable:
        return ()
    if trust_list is None:
        return ()
    vcts = list(dict.fromkeys(one.claim for one in question.asked_claims()))
    return tuple(_source(house, one, vcts, now) for one in _givers(trust_list, vcts))


def _givers(trust_list: TrustList, vcts: list[str]) -> list[Department]:
    active = [one for one in trust_list.departments.values() if one.status is MemberStatus.ACTIVE]
    givers = [one for vct in vcts for one in active if vct in one.claim_types]
    return list({one.organisation_id: one for one in givers}.values())


def _source(house: Installation, department: Department, vcts: list[str], now: int) -> Source:
    given = [vct for vct in vcts if vct in department.claim_types]
    named = [(vct, house.claim_names.name(vct, now=now)) for vct in given]
    return Source(
        name=Text(en=department.name.en, cy=department.name.cy),
        url=department.url,
        claims=tuple(name for vct, name in named if name.en != vct),
    )
