"""Proposing by a file, for whoever has one: the same YAML or JSON that servers are set up with."""

from pathlib import Path
from typing import Any, ClassVar, Final

from authority.proposals.drafts import DraftKind, Pairs
from authority.proposals.proposal import Kind
from authority.proposals.routes.finding import Visit, earlier_of, kinds_of
from authority.proposals.routes.sheet import Page, Read, Sheet
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.documents import DocumentError, parse_document

_NAME: Final = Path("file")  # what messages call it: never what its owner called it
_MODELS: Final[dict[Kind, type[ClaimType] | type[Question]]] = {
    Kind.CLAIM_TYPE: ClaimType,
    Kind.QUESTION: Question,
}


class FileSheet(Sheet):
    """A file that is chosen, or pasted: from then on it is a text."""

    kind: ClassVar[DraftKind] = DraftKind.FILE
    steps: ClassVar[tuple[str, ...]] = ("form",)
    template: ClassVar[str] = "propose_file.html"

    def begin(self, visit: Visit, earlier: str) -> Pairs | None:
        with visit.database.reading() as session:
            if not earlier:
                kinds = kinds_of(session, visit.organisation_id)
                return [("kind", kinds[0].value)] if len(kinds) == 1 else []
            found = earlier_of(session, visit.actor, earlier)
        written = found.model_copy(update={"version": found.version + 1})
        text = written.model_dump_json(by_alias=True, exclude_none=True, indent=2)
        return [("kind", Kind.of(found).value), ("text", text)]

    def has(self, name: str, _step: str) -> bool:
        return name in {"kind", "text"}

    def read(self, _visit: Visit, pairs: Pairs) -> Read:
        values = dict(pairs)
        kind, text = values.get("kind", ""), values.get("text", "").strip()
        wrong = [] if kind in set(Kind) else ["kind"]
        wrong += [] if text else ["text"]
        if wrong:
            return Read(None, wrong)
        try:
            return Read(parse_document(_NAME, text, _MODELS[Kind(kind)]).value)
        except DocumentError as error:
            return Read(None, problem={"code": "document", "lines": [str(one) for one in error.problems]})

    def context(self, visit: Visit, page: Page) -> dict[str, Any]:
        values = dict(page.pairs)
        with visit.database.reading() as session:
            kinds = kinds_of(session, visit.organisation_id)
        return {"kinds": kinds, "chosen": values.get("kind", ""), "text": values.get("text", "")}
