"""A form by which something is proposed, as the routes need it: its steps, how it begins, what it says."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastapi.responses import Response

from authority.proposals.drafts import Draft, DraftKind, Pairs
from authority.proposals.routes.finding import Visit
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question


@dataclass(frozen=True)
class Read:
    """What is written: the document, or the names of the fields (or the lines) that can't be used."""

    document: ClaimType | Question | None
    wrong: Sequence[str] = ()
    problem: dict[str, Any] | None = None


@dataclass(frozen=True)
class Page:
    """A step as somebody sees it.

    `seen` is the revision that the page's own form names. `notice` names what happened meanwhile: where
    somebody else saved the draft after the revision `since`, `theirs` has their fields of this step.
    """

    step: str
    pairs: Pairs
    draft: Draft | None = None
    seen: int = 0
    since: int = 0
    earlier: str = ""
    wrong: Sequence[str] = ()
    problem: dict[str, Any] | None = None
    notice: str = ""
    theirs: Sequence[tuple[str, str]] = field(default=())
    status: int = 200


class Sheet(ABC):
    """One kind of form."""

    kind: ClassVar[DraftKind]
    steps: ClassVar[tuple[str, ...]]
    template: ClassVar[str]

    @abstractmethod
    def begin(self, visit: Visit, earlier: str) -> Pairs | None:
        """What a new one says, after the proposal `earlier` if it is named; None where it can't say that.

        Raises ApiError 404 for no such proposal.
        """

    @abstractmethod
    def has(self, name: str, step: str) -> bool:
        """Whether a step's page has a field."""

    @abstractmethod
    def read(self, visit: Visit, pairs: Pairs) -> Read:
        """What is written."""

    @abstractmethod
    def context(self, visit: Visit, page: Page) -> dict[str, Any]:
        """What the template shows besides."""

    def step_of(self, name: str) -> str:
        """The step on which a wrong field is mended."""
        return next((step for step in self.steps if self.has(name, step)), self.steps[0])

    def pressed(self, pairs: Pairs, _go: str) -> Pairs:
        """What a button changes besides leading on."""
        return pairs

    def with_typed(self, before: Pairs, typed: Pairs, step: str) -> list[tuple[str, str]]:
        """The entries with those of one step in place of what it said before."""
        others = [pair for pair in before if not self.has(pair[0], step)]
        return others + [(name, value) for name, value in typed if value and self.has(name, step)]

    def theirs(self, saved: Pairs, typed: Pairs, step: str) -> list[tuple[str, str]]:
        """What is saved in the fields of a step that was typed otherwise; empty where nothing is saved."""
        names = dict.fromkeys(name for name, _ in [*saved, *typed] if self.has(name, step))
        here, there = (_values(pairs) for pairs in (typed, saved))
        return [
            (name, value)
            for name in names
            if here.get(name, [""]) != there.get(name, [""])
            for value in there.get(name, [""])
        ]

    def place(self, visit: Visit, draft: Draft | None = None, step: str = "") -> str:
        """The address of a step, or of the first one of a new form."""
        base = f"/organisations/{visit.organisation_id}/propose/{self.kind.value}"
        return f"{base}/{draft.id}/{step or self.steps[0]}" if draft else base

    def show(self, visit: Visit, page: Page) -> Response:
        """A step's page."""
        action = self.place(visit, page.draft, page.step)
        context = {
            "action": action,
            "typed_at": action,
            "is_unsaved": page.notice in {"again", "changed"},
            "page": page,
            "wrong": page.wrong,
            "problem": page.problem,
            "step": page.step,
            "number": self.steps.index(page.step) + 1,
            "of": len(self.steps),
            "back_step": self._before(visit, page),
            **self.context(visit, page),
        }
        known = context.pop("known", {})
        return visit.show(self.template, known, status=page.status, **context)

    def _before(self, visit: Visit, page: Page) -> str:
        at = self.steps.index(page.step)
        if page.draft is None or at == 0:
            return f"/organisations/{visit.organisation_id}/proposals"
        return self.place(visit, page.draft, self.steps[at - 1])


def _values(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if value:
            found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found
