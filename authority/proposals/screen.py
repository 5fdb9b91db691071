"""What the pages about proposals have in common: names in words, days, how far something is, what changed."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Request

from authority.consistency import Catalogue
from authority.proposals.proposal import Appeal, Proposal, State
from authority.proposals.purposes import load_purposes
from authority.refusal import RefusedError
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.pages import Pages

_LONDON: Final = ZoneInfo("Europe/London")
#: What a comparison shows, in the order of the page: the field's name in the texts, and its place.
_WORDS: Final = ("title", "purpose", "law", "objection")


@dataclass(frozen=True)
class Step:
    """Something that happened to a proposal; `at` is in Unix seconds, or nothing where nobody noted it."""

    name: str
    at: int | None = None
    count: int = 0


@dataclass(frozen=True)
class Change:
    """What differs between two documents in one field; a list's entries that are new and gone."""

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """Claim types and their attributes in words."""

    catalogue: Catalogue
    language: str

    def claim(self, vct: str) -> str:
        """A claim type's title; its identifier where nobody knows it."""
        found = self.catalogue.get(vct)
        return str(getattr(found.title, self.language)) if found else vct

    def attribute(self, vct: str, path: Sequence[str | int | None]) -> str:
        """An attribute's title; its path where nobody knows it."""
        found = self.catalogue.get(vct)
        for one in found.attributes if found else ():
            if one.path == tuple(path):
                return str(getattr(one.title, self.language))
        return dotted(path)

    def needed(self, question: Question, path: Sequence[str | int | None]) -> str:
        """The title of an attribute by the first claim of the question that carries it."""
        carriers = [one.claim for one in question.asked_claims() if tuple(path) in one.all_attributes]
        return self.attribute(carriers[0], path) if carriers else dotted(path)


def words(request: Request, catalogue: Catalogue) -> dict[str, Any]:
    """What the templates write with, in the reader's language."""
    pages: Pages = request.app.state.pages
    language = pages.language(request)
    months = pages.text(language, "proposal.months").split()

    def day(at: int) -> str:
        local = datetime.fromtimestamp(at, UTC).astimezone(_LONDON)
        return f"{local.day} {months[local.month - 1]} {local.year}"

    def has_text(key: str) -> bool:
        return pages.has_text(key)

    named = {"names": Names(catalogue, language), "purposes": load_purposes()}
    return {"day": day, "dotted": dotted, "has_text": has_text, "text_in": pages.text, **named}


def problem_of(error: RefusedError) -> dict[str, Any]:
    """A refusal for a page: its code, and each thing that is wrong, in English."""
    return {
        "code": error.code,
        "lines": [f"{line[:1].upper()}{line[1:]}." for line in str(error).split("\n")],
    }


def progress(proposal: Proposal, findings: int) -> list[Step]:
    """What happened so far, in order, and what is to come next."""
    return list(_progress(proposal, findings))


def _progress(proposal: Proposal, findings: int) -> Iterator[Step]:
    yield Step("submitted", proposal.submitted_at)
    if proposal.question is not None:
        yield Step("checked", proposal.submitted_at, findings)
    if proposal.state is State.WITHDRAWN:
        yield Step("withdrawn")
    elif proposal.decision is None:
        yield Step("waiting")
    else:
        yield Step("approved" if proposal.decision.approved else "refused", proposal.decision.at)
    if proposal.appeal is not None:
        yield from _appeal(proposal.appeal)
    if proposal.state in {State.APPROVED, State.SUPERSEDED, State.EXPIRED}:
        yield Step("registered" if proposal.carried_out_at else "registering", proposal.carried_out_at)
    if proposal.state is State.SUPERSEDED:
        yield Step("superseded")
    if proposal.state is State.EXPIRED:
        yield Step("expired", proposal.approved_until)


def _appeal(appeal: Appeal) -> Iterator[Step]:
    yield Step("appealed", appeal.at)
    decision = appeal.decision
    if decision is None:
        yield Step("appeal_waiting")
    else:
        yield Step("appeal_approved" if decision.approved else "appeal_refused", decision.at)


def fold(text: str) -> str:
    """A text to search in or for: no capitals, no accents."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


def dotted(path: Sequence[str | int | None]) -> str:
    """An attribute's path as one word."""
    return ".".join(map(str, path))


# --- what changed


def compare(before: ClaimType | Question, after: ClaimType | Question, names: Names) -> list[Change]:
    """The fields in which two documents of one kind differ."""
    first, second = dict(_facts(before, names)), dict(_facts(after, names))
    return [
        Change(name, _without(first.get(name, ()), new), _without(new, first.get(name, ())))
        for name, new in second.items()
        if first.get(name, ()) != new
    ]


def _without(these: tuple[str, ...], those: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in these if one not in those)


def _facts(document: ClaimType | Question, names: Names) -> Iterator[tuple[str, tuple[str, ...]]]:
    facts = _of_question(document, names) if isinstance(document, Question) else _of_claim_type(document)
    return ((name, tuple(values)) for name, values in facts)


def _of_question(question: Question, names: Names) -> Iterator[tuple[str, list[str]]]:
    for name in _WORDS:
        text = getattr(question, name)
        yield name, [text.en, text.cy] if text else []
    yield "ways", [" + ".join(names.claim(one.claim) for one in way.all_of) for way in question.any_of]
    yield "attributes", sorted(names.needed(question, path) for path in question.paths)
    yield "days", [str(question.retention.days)]
    yield "channels", [*question.channels]
    yield "match", ["yes" if question.match.needed else "no"] if question.match else []
    yield "privacy_policy", [question.privacy_policy]


def _of_claim_type(claim_type: ClaimType) -> Iterator[tuple[str, list[str]]]:
    for name in ("title", "statement", "legal_gateway"):
        text = getattr(claim_type, name)
        yield name, [text.en, text.cy]
    yield "attributes", sorted(dotted(one.path) for one in claim_type.attributes)
    yield "nation", [claim_type.nation]
    yield "effective", [f"{claim_type.effective.from_} – {claim_type.effective.until or ''}"]
    yield "validity", [str(claim_type.validity.days)]
