"""What a member writes itself when it adopts a question, as a form."""

from collections.abc import Callable, Iterator

from pydantic import ValidationError
from sqlmodel import Session

from authority.member import Kind as MemberKind
from authority.people.apply import find_application
from authority.people.details import Details
from authority.people.store import decisions_on
from authority.proposals.proposal import Kind
from authority.proposals.question_form import Pairs, field_of
from authority.proposals.store import read_adoptions, read_proposals
from authority.store import find_member
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


def known_own(session: Session, organisation_id: str, *, question_id: str = "") -> Pairs:
    """What a member will most likely write: what it wrote the last time, for this question if it can be.

    Where that was the organisation's contact, it is the one of today. Whoever never wrote anything finds what
    the organisation says of itself.
    """
    asked = [one for _, one in sorted(_asked(session, organisation_id), key=lambda one: one[0])]
    same = [one for one in asked if one.id == question_id]
    if asked:
        return with_contact_of_today(session, organisation_id, _entered((same or asked)[-1]))
    details = _details(session, organisation_id)
    if details is None:
        return []
    return [("email", details.contact), ("supervisor-name", details.supervisory_authority)]


def with_contact_of_today(session: Session, organisation_id: str, pairs: Pairs) -> Pairs:
    """The same with the organisation's contact in place of one that it had; any other address stays."""
    details = _details(session, organisation_id)
    if details is None:
        return pairs
    decided = (Details.model_validate_json(one.details) for one in decisions_on(session, organisation_id))
    earlier = {one.contact for one in decided}
    return [
        (name, details.contact if name == "email" and value in earlier else value) for name, value in pairs
    ]


def _details(session: Session, organisation_id: str) -> Details | None:
    application = find_application(session, organisation_id)
    return application.details if application else None


def _asked(session: Session, organisation_id: str) -> Iterator[tuple[int, Question]]:
    """Every question that it has asked, adopted or proposed, with when; Unix seconds."""
    member = find_member(session, MemberKind.SERVICE, organisation_id)
    for registered in member.registrations if member else ():
        yield registered.issued_at, registered.question
    for adoption in read_adoptions(session, organisation_id):
        yield adoption.adopted_at, adoption.question
    for proposal in read_proposals(session, organisation_id=organisation_id, kind=Kind.QUESTION):
        if proposal.question is not None:
            yield proposal.submitted_at, proposal.question


def _entered(question: Question) -> Pairs:
    contact = question.contact.model_dump(exclude_none=True)
    supervisor = question.supervisory_authority.model_dump(exclude_none=True)
    return [
        *contact.items(),
        ("privacy_policy", question.privacy_policy),
        *((f"supervisor-{name}", value) for name, value in supervisor.items()),
    ]
