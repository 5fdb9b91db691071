"""What a member writes itself when it adopts a question, as a form."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from authority.member import Member
from authority.proposals.proposal import Adoption
from authority.proposals.question_form import Pairs, field_of
from authority.usecases.adopt_question import Own
from protocol.registration.question import Question

FIELDS = (
    "email",
    "phone",
    "privacy_policy",
    "supervisor-name",
    "supervisor-email",
    "supervisor-phone",
    "supervisor-uri",
)
_SUPERVISOR = ("name", "email", "phone", "uri")


def read_own(get: Callable[[str], str]) -> tuple[Own | None, list[str]]:
    """What was written, or the names of the fields that can't be used."""
    values = {
        "contact": {name: get(name) for name in ("email", "phone") if get(name)},
        "privacy_policy": get("privacy_policy"),
        "supervisory_authority": {
            name: get(f"supervisor-{name}") for name in _SUPERVISOR if get(f"supervisor-{name}")
        },
    }
    try:
        return Own.model_validate(values), []
    except ValidationError as error:
        wrong = {field_of(one["loc"]) for one in error.errors()}
        return None, [name for name in FIELDS if name in wrong]


def entered_own(member: Member, adoptions: Sequence[Adoption], question_id: str) -> Pairs:
    """What it wrote the last time, for this question if it can be: most will stay the same."""
    asked = [one.question for one in member.registrations] + [one.question for one in adoptions]
    same = [one for one in asked if one.id == question_id]
    newest = (same or asked)[-1:]
    return [pair for one in newest for pair in _entered(one)]


def _entered(question: Question) -> Pairs:
    contact = question.contact.model_dump(exclude_none=True)
    supervisor = question.supervisory_authority.model_dump(exclude_none=True)
    return [
        *contact.items(),
        ("privacy_policy", question.privacy_policy),
        *((f"supervisor-{name}", value) for name, value in supervisor.items()),
    ]
