"""Proposing a claim type by a form of one page."""

from typing import Any, ClassVar

from authority.proposals.claim_type_form import (
    FIRST_ROWS,
    NATIONS,
    ClaimTypeForm,
    entered_claim_type,
    entered_like,
    is_field,
)
from authority.proposals.drafts import DraftKind, Pairs
from authority.proposals.routes.finding import Visit, earlier_of, registered_of
from authority.proposals.routes.sheet import Page, Read, Sheet
from protocol.registration.claim_type import ClaimType
from serving.errors import ApiError


class ClaimTypeSheet(Sheet):
    """One page, with a row for each attribute."""

    kind: ClassVar[DraftKind] = DraftKind.CLAIM_TYPE
    steps: ClassVar[tuple[str, ...]] = ("form",)
    template: ClassVar[str] = "propose_claim_type.html"

    def begin(self, visit: Visit, earlier: str) -> Pairs | None:
        with visit.database.reading() as session:
            if not earlier:
                registered = registered_of(session, visit.organisation_id)
                return [("version", "1"), ("rows", str(FIRST_ROWS)), *entered_like(registered)]
            claim_type = earlier_of(session, visit.actor, earlier)
        if not isinstance(claim_type, ClaimType):
            raise ApiError(404, "not_found")
        return entered_claim_type(claim_type, version=claim_type.version + 1)

    def has(self, name: str, _step: str) -> bool:
        return is_field(name)

    def read(self, visit: Visit, pairs: Pairs) -> Read:
        claim_type, wrong = ClaimTypeForm(pairs, visit.organisation_id).read()
        return Read(claim_type, wrong)

    def pressed(self, pairs: Pairs, go: str) -> Pairs:
        if go != "add":
            return pairs
        rows = ClaimTypeForm(pairs, "").rows + 1
        return [*(pair for pair in pairs if pair[0] != "rows"), ("rows", str(rows))]

    def context(self, visit: Visit, page: Page) -> dict[str, Any]:
        return {"form": ClaimTypeForm(page.pairs, visit.organisation_id), "nations": NATIONS}
