"""A network with a department, two services and people; nothing of it is pretended."""

from dataclasses import dataclass
from typing import Any

from authority.actors import Actor, Role
from authority.member import Kind, MemberName, Purpose
from authority.proposals.proposal import Proposal
from authority.usecases.adopt_question import Own
from authority.usecases.decide_proposal import Verdict, decide_proposal
from authority.usecases.submit_proposal import submit_proposal
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.database import Database
from tests.authority.network import DAY, NOW, RANDOM, VCT, WORDS, Network, claim_type, question, request_of

AUTHORITY = "authority"
DEPARTMENT = Actor("ann", "dwp", frozenset({Role.TECHNICAL}))
SERVICE = Actor("bob", "blue-badge", frozenset({Role.OWNER}))
OTHER = Actor("cat", "council-two", frozenset({Role.TECHNICAL}))
REVIEWER = Actor("dan", AUTHORITY, frozenset({Role.REVIEWER}))
SECOND = Actor("eve", AUTHORITY, frozenset({Role.REVIEWER}))
MATCHED = {"needed": True, "reason": WORDS}
OWN = Own.model_validate(
    {
        "contact": {"email": "team@council-two.example"},
        "privacy_policy": "https://council-two.example/privacy",
        "supervisory_authority": {"email": "help@supervisor.example"},
    }
)


def proposed(*paths: list[str], claim: str = VCT, **changes: Any) -> Question:
    """A question with all that a proposal has to say."""
    asked = list(paths) or [["family_name"], ["address", "postal_code"]]
    values = {
        "id": "badge",
        "any_of": [{"all_of": [{"claim": claim, "attributes": asked}]}],
        "purpose_code": "parking-badge",
        "channels": ["online", "telephone"],
        "objection": WORDS,
        "match": MATCHED,
        "needs": [{"attribute": path, "reason": WORDS} for path in asked],
    }
    return question(**(values | changes))


def approval(**changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "approved": True,
        "reasons": "It asks for no more than the regulations need.",
        "conditions": "Officers are trained first.",
        "expires_at": NOW + 100 * DAY,
    }
    return Verdict(**(values | changes))


REFUSAL = Verdict(approved=False, reasons="The postcode alone would do.")


@dataclass
class World:
    network: Network

    @property
    def database(self) -> Database:
        return self.network.records.database

    def submit(self, document: ClaimType | Question, actor: Actor = SERVICE, now: int = NOW) -> Proposal:
        return submit_proposal(self.database, actor, document, now=now, random=RANDOM)

    def decide(
        self, proposal: Proposal, verdict: Verdict, actor: Actor = REVIEWER, now: int = NOW
    ) -> Proposal:
        return decide_proposal(self.database, actor, proposal.id, verdict, authority_id=AUTHORITY, now=now)

    def approved(self, document: ClaimType | Question, actor: Actor = SERVICE, **changes: Any) -> Proposal:
        return self.decide(self.submit(document, actor), approval(**changes))

    def newer_claim_type(self, **changes: Any) -> Proposal:
        return self.approved(claim_type(version=2, **changes), DEPARTMENT, expires_at=None)


def too_long(world: World) -> Question:
    """All in order, but more than an entry of the log can hold."""
    names = [f"attribute_{number}" for number in range(45)]
    attributes = [
        {"path": [name], "title": WORDS, "justification": "A service must see it to decide at all."}
        for name in names
    ]
    world.network.admit_department(claim_types=(claim_type(id="wide", attributes=attributes),))
    long = {"en": "w" * 300, "cy": "ŵ" * 300}
    most = {"en": "w" * 2000, "cy": "ŵ" * 2000}
    texts = dict.fromkeys(("title", "purpose", "law", "objection"), most)
    needs = [{"attribute": [name], "reason": long} for name in names]
    claim = "urn:pdx:claim:dwp:wide:1"
    return proposed(*([name] for name in names), claim=claim, needs=needs, **texts)


def create_world(network: Network) -> World:
    network.admit_department()
    network.admit_service(questions=())
    network.admit_service(
        id="council-two",
        name=MemberName(en="Second council", cy="Ail gyngor"),
        url="https://council-two.example",
        requests={Purpose.REQUEST_SIGNING: request_of(network.key("two"), "PDXGB-council-two")},
        questions=(),
    )
    assert network.records.find_member(Kind.SERVICE, "council-two")
    return World(network)
