"""Find the question that a transaction was made with, also when a newer version took its place meanwhile.

What the service asks now comes from its files; what it asked before stands in the database for as long as
a request that was made with it may be in use. A question that is no longer asked at all is answered no more.
"""

from protocol.registration.question import Question, question_to_query
from verifier import store
from verifier.installation import Installation
from verifier.service import ApprovedQuestion, Service


def find_question(house: Installation, service: Service, reference: str) -> ApprovedQuestion | None:
    """The question `reference` (id and version) of a service; None where it was withdrawn."""
    present = service.question(reference)
    if present is not None or service.question(reference.partition("@")[0]) is None:
        return present
    with house.database.reading() as unit:
        kept = store.find_question(unit, service.id, reference)
    if kept is None:
        return None
    question = Question.model_validate_json(kept.question)
    return ApprovedQuestion(question, question_to_query(question), kept.registration)
