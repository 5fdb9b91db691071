"""What a document has to say before it is proposed, so that a reviewer and a citizen can judge it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from authority.consistency import Catalogue
from authority.member import Member
from authority.proposals.catalogue import latest
from authority.proposals.purposes import load_purposes
from authority.refusal import RefusedError
from authority.register import check_registrable
from protocol.errors import ProtocolError
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.seen import is_all_seen

MISSING: Final = {
    "purpose_code": "which of the listed purposes it has",
    "channels": "by which ways it is asked (online, telephone, in-person, post)",
    "objection": "how a citizen can object",
    "match": "whether the answer must be matched to a record, and why",
}


def check_claim_type(claim_type: ClaimType, owner: str, catalogue: Catalogue, *, now: int) -> None:
    """Raises RefusedError with everything that keeps a claim type from being proposed."""
    _refuse(_claim_type_problems(claim_type, owner, catalogue, now=now))


def check_question(question: Question) -> None:
    """Raises RefusedError with everything that a question leaves out."""
    _refuse(_question_problems(question))


def check_all_seen(document: ClaimType | Question) -> None:
    """Raises RefusedError where its words hold something that whoever reads them can't see."""
    if not all(map(is_all_seen, _texts(document.model_dump(mode="json")))):
        text = "a text has characters that can't be seen, or that turn it around; write it anew without them"
        raise RefusedError(text, code="unseen")


def check_wallets_take(member: Member, question: Question, *, now: int) -> None:
    """Raises RefusedError where the member's registration for it would be one that no wallet takes."""
    try:
        check_registrable(member, [question], now=now)
    except ProtocolError as error:
        text = f"no wallet could be told of this question: {error}"
        raise RefusedError(text, code="too_long") from error


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _claim_type_problems(
    claim_type: ClaimType, owner: str, catalogue: Catalogue, *, now: int
) -> Iterator[str]:
    if claim_type.owner != owner:
        yield f"the claim type is owned by {claim_type.owner}; a department proposes its own ({owner})"
    present = latest(catalogue).get(claim_type.family)
    if present is not None and claim_type.version <= present.version:
        yield f"version {present.version} is registered or approved already; raise the version"
    until = claim_type.effective.until
    if until is not None and until < datetime.fromtimestamp(now, UTC).date():
        yield "its last day is over already; write a later effective.until, or leave it out"


def _question_problems(question: Question) -> Iterator[str]:
    for name, meaning in MISSING.items():
        if not getattr(question, name):
            yield f'"{name}" is missing: say {meaning}'
    codes = load_purposes()
    if question.purpose_code is not None and question.purpose_code not in codes:
        yield f'"purpose_code" is not a listed purpose; use one of: {", ".join(codes)}'
    reasons = {need.attribute for need in question.needs}
    for path in sorted(question.paths - reasons, key=str):
        yield f'"needs" says nothing about {".".join(map(str, path))}: say why it is needed'


def _refuse(problems: Iterator[str]) -> None:
    found = list(problems)
    if found:
        raise RefusedError("\n".join(found), code="incomplete")
