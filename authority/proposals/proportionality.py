"""What a question asks too much for its purpose, as far as a program can tell: for a reviewer, and not
in place of one (decision record 16).

Asking for more never takes away what is serious: nobody gets rid of a finding by asking for more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from authority.consistency import Catalogue
from authority.proposals.catalogue import latest
from authority.proposals.purposes import Purpose
from protocol.dcql.paths import Path
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from serving.settings import Model, Text

#: What tells who somebody is: the first component of an attribute's path.
IDENTITY: Final = frozenset(
    {
        "address",
        "birthdate",
        "birth_date",
        "email",
        "family_name",
        "given_name",
        "name",
        "national_insurance_number",
        "nhs_number",
        "phone_number",
        "portrait",
        "service_number",
    }
)


class Severity(StrEnum):
    """Whether a reviewer must answer it."""

    SERIOUS = "serious"
    NOTICE = "notice"


class Finding(Model):
    """One thing that a check found; `name` is what a reviewer's answer to it is filed under."""

    code: str
    about: str  # a claim type, a question's reference, or nothing
    paths: tuple[tuple[str | int | None, ...], ...] = ()
    severity: Severity
    words: Text

    @property
    def name(self) -> str:
        return f"{self.code}:{self.about}" if self.about else self.code


@dataclass(frozen=True)
class Network:
    """What a question is judged by: what exists, what was approved, and the norms."""

    catalogue: Catalogue
    approved: Sequence[Question]
    purposes: Mapping[str, Purpose]


Check = Callable[[Question, Network], Iterator[Finding]]


def check_proportionality(question: Question, network: Network) -> tuple[Finding, ...]:
    """Everything that the checks find, the same in the same order for the same question and network."""
    return tuple(finding for check in CHECKS for finding in check(question, network))


def serious(findings: Iterable[Finding]) -> list[Finding]:
    """Those that a reviewer has to answer."""
    return [one for one in findings if one.severity is Severity.SERIOUS]


def is_identity(path: Path) -> bool:
    return path[0] in IDENTITY


def is_matched(question: Question) -> bool:
    """Whether the question says that the answer must be matched to a record."""
    return question.match is not None and question.match.needed


def _yes_claims(question: Question, network: Network) -> Iterator[Finding]:
    # A record is found by who somebody is: no yes stands in for that, where a match is needed.
    for claim_type in latest(network.catalogue).values():
        paths = sorted(_answered(question, claim_type, network.catalogue), key=str)
        if is_matched(question):
            paths = [path for path in paths if not is_identity(path)]
        if paths:
            yield _finding(
                "yes_claim_exists",
                claim_type.vct,
                paths,
                en=f"A claim answers yes or no in place of {_list(paths)}: {claim_type.title.en}.",
                cy=f"Mae datganiad sy’n ateb ie neu na yn lle {_list(paths)}: {claim_type.title.cy}.",
            )


def _answered(question: Question, claim_type: ClaimType, catalogue: Catalogue) -> set[Path]:
    """Those attributes that are asked for of another claim, and in place of which this claim type answers."""
    found: set[Path] = set()
    for asked in question.asked_claims():
        family = asked.claim.rpartition(":")[0]
        if asked.claim not in catalogue or family == claim_type.family:
            continue
        for one in claim_type.instead_of:
            if one.of in {None, family}:
                found |= {path for path in asked.all_attributes if _is_within(path, one.attribute)}
    return found


def _is_within(path: Path, attribute: Path) -> bool:
    return path[: len(attribute)] == attribute


def _more_than_approved(question: Question, network: Network) -> Iterator[Finding]:
    same = [one for one in network.approved if one.purpose_code == question.purpose_code]
    if question.purpose_code is None or not same:
        return
    frugal = min(same, key=lambda one: (len(one.paths), one.reference))
    more = sorted(question.paths - frugal.paths, key=str)
    if more:
        yield _finding(
            "more_than_approved",
            frugal.reference,
            more,
            en=f"A question approved for this purpose ({frugal.title.en}) does without {_list(more)}.",
            cy=f"Mae cwestiwn a gymeradwywyd at y diben hwn ({frugal.title.cy}) yn gwneud heb {_list(more)}.",
        )
    least = min(same, key=lambda one: (_most_claims(one), one.reference))
    if _most_claims(question) > _most_claims(least):
        yield _finding(
            "more_claims_than_approved",
            least.reference,
            en=f"A question approved for this purpose ({least.title.en}) asks for fewer claims at once.",
            cy=f"Mae cwestiwn a gymeradwywyd at y diben hwn ({least.title.cy}) yn gofyn am lai ar y tro.",
        )


def _most_claims(question: Question) -> int:
    return max(len({one.claim for one in alternative.all_of}) for alternative in question.any_of)


def _kept_too_long(question: Question, network: Network) -> Iterator[Finding]:
    purpose = network.purposes.get(question.purpose_code or "")
    if purpose is not None and question.retention.days > purpose.retention_days:
        asked, norm = question.retention.days, purpose.retention_days
        yield _finding(
            "kept_longer_than_norm",
            en=f"The answer is kept for {asked} days. The norm for this purpose is {norm}.",
            cy=f"Cedwir yr ateb am {asked} diwrnod. Y norm at y diben hwn yw {norm}.",
        )


def _identity_without_match(question: Question, _network: Network) -> Iterator[Finding]:
    identity = sorted(filter(is_identity, question.paths), key=str)
    if identity and not is_matched(question):
        yield _finding(
            "identity_without_match",
            paths=identity,
            en=f"It asks who the person is ({_list(identity)}), but needs no match to a record.",
            cy=f"Mae’n gofyn pwy yw’r person ({_list(identity)}), ond nid oes angen paru â chofnod.",
        )


def _match_without_identity(question: Question, _network: Network) -> Iterator[Finding]:
    if is_matched(question) and not any(map(is_identity, question.paths)):
        yield _finding(
            "match_without_identity",
            severity=Severity.NOTICE,
            en="It says that a match is needed, but asks for nothing that a record could be found by.",
            cy="Mae’n dweud bod angen paru, ond nid yw’n gofyn am ddim i ddod o hyd i gofnod.",
        )


CHECKS: Final[tuple[Check, ...]] = (
    _yes_claims,
    _more_than_approved,
    _kept_too_long,
    _identity_without_match,
    _match_without_identity,
)


def _finding(
    code: str,
    about: str = "",
    paths: Iterable[Path] = (),
    *,
    en: str,
    cy: str,
    severity: Severity = Severity.SERIOUS,
) -> Finding:
    return Finding(code=code, about=about, paths=tuple(paths), severity=severity, words=Text(en=en, cy=cy))


def _list(paths: Iterable[Path]) -> str:
    return ", ".join(".".join(map(str, path)) for path in paths)
