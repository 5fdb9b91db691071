"""What became of certification requests: `GET /api/certificate-requests/{receipt}`; and, with no more than
the questions in it, what a service may ask now: `GET /api/services/{id}/questions`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import ValidationError

from protocol.encoding import json_dumps
from protocol.enrolment.organisation import CODE, Organisation, read_organisation, write_organisation
from protocol.enrolment.purposes import PURPOSES
from protocol.members import Members
from protocol.registration.question import Question

MAX_CHAIN: Final = 32 * 1024
MAX_QUESTIONS: Final = 256


@dataclass(frozen=True, slots=True)
class Pending:
    """Not decided yet: ask again."""

    state: ClassVar[str] = "pending"


@dataclass(frozen=True, slots=True)
class Refused:
    """Refused for good; `reason` is for the person who asked."""

    state: ClassVar[str] = "refused"
    reason: str


@dataclass(frozen=True, slots=True)
class NetworkPlaces:
    """Where a network is: the trust list, the root's certificate (PEM), the address of what is published."""

    url: str
    trust_list: str
    root: str


@dataclass(frozen=True, slots=True)
class RegisteredQuestion:
    """A question that the member may ask, and where its registration certificate is published."""

    question: Question
    registration: str


@dataclass(frozen=True, slots=True)
class Certified:
    """A chain (PEM, leaf first) for each purpose, and what the server needs to take part.

    Nothing here is signed by itself: the receiver verifies chains and registrations under the root it pinned.
    """

    state: ClassVar[str] = "certified"
    chains: Mapping[str, str]
    organisation: Organisation
    network: NetworkPlaces
    questions: tuple[RegisteredQuestion, ...] = ()


CertificateAnswer = Pending | Refused | Certified


def create_answer(answer: CertificateAnswer) -> dict[str, Any]:
    """The JSON of an answer."""
    if isinstance(answer, Refused):
        return {"state": answer.state, "reason": answer.reason}
    if isinstance(answer, Pending):
        return {"state": answer.state}
    network = answer.network
    return {
        "state": answer.state,
        "certificates": dict(answer.chains),
        "organisation": write_organisation(answer.organisation),
        "network": {"url": network.url, "trust_list": network.trust_list, "root": network.root},
        **create_questions(answer.questions),
    }


def parse_answer(value: object) -> CertificateAnswer:
    """Read it; raises MalformedError."""
    members = Members(value, code=CODE, name="the answer")
    state = members.string("state", limit=16)
    if state == Pending.state:
        return Pending()
    if state == Refused.state:
        return Refused(members.string("reason"))
    if state != Certified.state:
        raise members.wrong("the answer's state is not known")
    network = members.members("network")
    return Certified(
        chains=_chains(members.members("certificates")),
        organisation=read_organisation(members, "organisation"),
        network=NetworkPlaces(
            url=network.url("url"),
            trust_list=network.url("trust_list"),
            root=network.string("root", limit=MAX_CHAIN),
        ),
        questions=_questions(members),
    )


def create_questions(questions: Sequence[RegisteredQuestion]) -> dict[str, Any]:
    """The JSON of what a service may ask now; the receiver verifies each, as those of `Certified`."""
    return {"questions": [_write_question(one) for one in questions]}


def parse_questions(value: object) -> tuple[RegisteredQuestion, ...]:
    """Read it; raises MalformedError."""
    return _questions(Members(value, code=CODE, name="the questions"))


def _write_question(one: RegisteredQuestion) -> dict[str, Any]:
    question = one.question.model_dump(mode="json", exclude_none=True)
    return {"question": question, "registration": one.registration}


def _chains(certificates: Members) -> dict[str, str]:
    if not certificates.raw or not certificates.raw.keys() <= PURPOSES.keys():
        raise certificates.wrong("certificates must be for known purposes")
    return {purpose: certificates.string(purpose, limit=MAX_CHAIN) for purpose in certificates.raw}


def _questions(members: Members) -> tuple[RegisteredQuestion, ...]:
    if not members.raw.get("questions"):
        return ()
    return tuple(_question(one) for one in members.all_members("questions", limit=MAX_QUESTIONS))


def _question(one: Members) -> RegisteredQuestion:
    try:
        question = Question.model_validate_json(json_dumps(one.members("question").raw))
    except ValidationError:
        raise one.wrong("a question can't be read") from None
    return RegisteredQuestion(question, one.url("registration"))
