"""A proposal as it is kept, and how it may change.

submitted -> approved | refused | withdrawn
refused -> approved, by an appeal that another reviewer decides
approved -> superseded (a newer version was approved) | expired (its time is over)
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from authority.member import Kind as MemberKind
from authority.proposals.proportionality import Finding
from authority.refusal import RefusedError
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.errors import OperatorError
from serving.settings import Model

MAX_TEXT: Final = 4000


class Kind(StrEnum):
    """What is proposed."""

    CLAIM_TYPE = "claim-type"
    QUESTION = "question"

    @classmethod
    def of(cls, document: ClaimType | Question) -> "Kind":
        return cls.CLAIM_TYPE if isinstance(document, ClaimType) else cls.QUESTION

    @property
    def member_kind(self) -> MemberKind:
        """Who may propose it."""
        return MemberKind.DEPARTMENT if self is Kind.CLAIM_TYPE else MemberKind.SERVICE


class State(StrEnum):
    """How far it is."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


#: Every change that may be made; only an appeal leads from a refusal to an approval.
TRANSITIONS: Final = frozenset(
    {
        (State.SUBMITTED, State.APPROVED),
        (State.SUBMITTED, State.REFUSED),
        (State.SUBMITTED, State.WITHDRAWN),
        (State.REFUSED, State.APPROVED),
        (State.APPROVED, State.SUPERSEDED),
        (State.APPROVED, State.EXPIRED),
    }
)


class Decision(Model):
    """What a reviewer decided, why, and everything that the checks had shown; times are Unix seconds."""

    approved: bool
    reviewer: str  # a person's id: never logged, never public
    reasons: str = Field(min_length=1, max_length=MAX_TEXT)
    conditions: str = Field(default="", max_length=MAX_TEXT)
    answers: Mapping[str, str] = Field(default_factory=dict)  # by the findings' names
    findings: tuple[Finding, ...] = ()
    expires_at: int | None = None
    at: int


class Appeal(Model):
    """Why a refusal should be looked at again, and what another reviewer decided."""

    text: str = Field(min_length=1, max_length=MAX_TEXT)
    by: str
    at: int
    decision: Decision | None = None


class Proposal(Model):
    """A claim type or a question on its way; exactly one of the two documents is there."""

    id: str
    kind: Kind
    organisation_id: str
    claim_type: ClaimType | None = None
    question: Question | None = None
    state: State = State.SUBMITTED
    submitted_by: str
    submitted_at: int
    decision: Decision | None = None
    appeal: Appeal | None = None
    carried_out_at: int | None = None  # when the authority registered and logged it
    revision: int = 0

    @property
    def document(self) -> ClaimType | Question:
        found = self.claim_type or self.question
        if found is None:
            raise OperatorError(f"the proposal {self.id} is damaged in the database; restore it")
        return found

    @property
    def reference(self) -> str:
        """What its version is called everywhere: a claim type's vct, a question's `id@version`."""
        document = self.document
        return document.vct if isinstance(document, ClaimType) else document.reference

    @property
    def version(self) -> int:
        return self.document.version

    @property
    def final(self) -> Decision | None:
        """The decision that counts."""
        return (self.appeal and self.appeal.decision) or self.decision

    @property
    def is_waiting(self) -> bool:
        """Whether a reviewer has to decide: for the first time, or on an appeal."""
        appealed = self.appeal is not None and self.appeal.decision is None
        return self.state is State.SUBMITTED or appealed

    @property
    def waiting_since(self) -> int:
        return self.appeal.at if self.appeal is not None else self.submitted_at

    @property
    def approved_until(self) -> int | None:
        """When the approval ends, if it does by itself."""
        return self.final.expires_at if self.final is not None else None

    def is_in_force(self, now: int) -> bool:
        """Whether it is approved, and its time is not over."""
        return self.state is State.APPROVED and not self.has_ended(now)

    def has_ended(self, now: int) -> bool:
        """Whether the approval's time is over."""
        return self.approved_until is not None and self.approved_until <= now

    def moved(self, state: State, **changes: Any) -> "Proposal":
        """In another state; raises RefusedError where that can't follow."""
        if (self.state, state) not in TRANSITIONS:
            raise RefusedError(f"this proposal is {self.state.value} already", code="decided")
        return self.model_copy(update={"state": state, **changes})


class Adoption(Model):
    """An approved question that another member asks, in that member's name; times are Unix seconds."""

    organisation_id: str
    proposal_id: str
    question: Question
    adopted_by: str
    adopted_at: int
