"""Proposing a question by a form in steps."""

from typing import Any, ClassVar

from authority.proposals.drafts import DraftKind, Pairs
from authority.proposals.own_form import known_own, with_contact_of_today
from authority.proposals.question_form import CHANNELS, STEPS, QuestionForm, entered, is_of_step, step_of
from authority.proposals.routes.finding import Visit, earlier_of
from authority.proposals.routes.sheet import Page, Read, Sheet
from authority.proposals.standing import known_claim_types
from protocol.registration.question import Question
from serving.errors import ApiError


class QuestionSheet(Sheet):
    """Three steps."""

    kind: ClassVar[DraftKind] = DraftKind.QUESTION
    steps: ClassVar[tuple[str, ...]] = STEPS
    template: ClassVar[str] = "propose_question.html"

    def begin(self, visit: Visit, earlier: str) -> Pairs | None:
        """None where the earlier one says more than a form can: a file loses nothing."""
        organisation_id = visit.organisation_id
        with visit.database.reading() as session:
            if not earlier:
                return [("version", "1"), ("alternatives", "1"), *known_own(session, organisation_id)]
            known = known_claim_types(session)
            question = earlier_of(session, visit.actor, earlier)
            if not isinstance(question, Question):
                raise ApiError(404, "not_found")
            next_one = question.model_copy(update={"version": question.version + 1})
            form = QuestionForm(entered(question, version=next_one.version), known)
            if form.read()[0] not in {None, next_one}:
                return None
            return with_contact_of_today(session, organisation_id, form.pairs)

    def has(self, name: str, step: str) -> bool:
        return is_of_step(name, step)

    def step_of(self, name: str) -> str:
        return step_of(name)

    def read(self, visit: Visit, pairs: Pairs) -> Read:
        question, wrong = _form(visit, pairs).read()
        return Read(question, wrong)

    def pressed(self, pairs: Pairs, go: str) -> Pairs:
        if go != "add":
            return pairs
        others = [pair for pair in pairs if pair[0] != "alternatives"]
        return [*others, ("alternatives", str(QuestionForm(pairs, {}).number + 1))]

    def context(self, visit: Visit, page: Page) -> dict[str, Any]:
        form = _form(visit, page.pairs)
        return {"form": form, "known": form.catalogue, "channels": CHANNELS}


def _form(visit: Visit, pairs: Pairs) -> QuestionForm:
    with visit.database.reading() as session:
        return QuestionForm(pairs, known_claim_types(session))
