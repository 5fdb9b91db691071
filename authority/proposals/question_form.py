"""A question as a form: three steps, each with a few fields, that become one `Question`.

A field's name is what its error is filed under; those about one attribute have its path after a colon
(`ask:address.postal_code`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, get_args

from pydantic import ValidationError

from authority.consistency import Catalogue
from authority.proposals.catalogue import latest
from authority.proposals.purposes import load_purposes
from authority.proposals.screen import fold
from protocol.registration.claim_type import Attribute, ClaimType
from protocol.registration.question import Channel, Question
from serving.forms import whole_number

Pairs = Sequence[tuple[str, str]]

CHANNELS: Final[tuple[str, ...]] = get_args(Channel)
MAX_ALTERNATIVES: Final = 32
MAX_LISTED: Final = 30  # claim types to choose from; with more of them one searches
WHAT: Final = ("id", "version", "title-en", "title-cy", "purpose_code", "purpose-en", "purpose-cy")
TERMS: Final = (
    "law-en",
    "law-cy",
    "days",
    "retention-en",
    "retention-cy",
    "email",
    "phone",
    "objection-en",
    "objection-cy",
    "privacy_policy",
    "supervisor-name",
    "supervisor-email",
    "supervisor-phone",
    "supervisor-uri",
)
MATCH: Final = ("match", "match-en", "match-cy")
_CLAIMS: Final = re.compile(r"claim-[1-9][0-9]?")
_DETAILS: Final = frozenset({"ask", "optional", "why-en", "why-cy"})
STEPS: Final = ("what", "details", "terms")
_MISSING: Final = ("id", "purpose_code", "match", "match-en", "match-cy", "objection-en", "objection-cy")
# Where a model's complaint about a whole part is shown.
_PARTS: Final = {"contact": "email", "supervisory_authority": "supervisor-email", "match": "match"}
_PREFIXES: Final = {"supervisory_authority": "supervisor-", "match": "match-", "retention": ""}


@dataclass(frozen=True)
class Detail:
    """An attribute that some of the chosen claim types carry; `path` is written with dots."""

    path: str
    attribute: Attribute
    carriers: tuple[ClaimType, ...]


@dataclass(frozen=True)
class QuestionForm:
    """What was typed, against the claim types in force.

    What is worked out is kept: a form may choose as many claim types as it has fields, and for each of them
    all of it would be worked out again.
    """

    pairs: Pairs
    catalogue: Catalogue
    values: Mapping[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        values: dict[str, list[str]] = {}
        for name, value in self.pairs:
            values.setdefault(name, []).append(value)
        object.__setattr__(self, "values", values)

    def get(self, name: str) -> str:
        """The last value of a field without spaces around it, empty for none."""
        return self.values.get(name, [""])[-1].strip()

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    # --- the claim types

    @property
    def number(self) -> int:
        """How many ways to answer there are room for."""
        number = whole_number(self.get("alternatives"), digits=2)
        return min(max(1 if number is None else number, 1), MAX_ALTERNATIVES)

    @cached_property
    def chosen(self) -> list[list[str]]:
        """The claim types (vct) of each way, the empty ones left out."""
        ways = [list(dict.fromkeys(self.all(f"claim-{n}"))) for n in range(1, self.number + 1)]
        return [way for way in ways if way]

    @cached_property
    def claims(self) -> list[ClaimType]:
        """Every chosen claim type that there is, once."""
        names = dict.fromkeys(vct for way in self.chosen for vct in way)
        return [self.catalogue[vct] for vct in names if vct in self.catalogue]

    @property
    def listed(self) -> list[ClaimType]:
        """Those to choose from: what is chosen, and what the search finds of those in force."""
        chosen, searched = self.claims, fold(self.get("search")).split()
        found = [one for one in _in_force(self.catalogue) if _is_found(one, searched)]
        more = [one for one in found if one not in chosen]
        return chosen + more[:MAX_LISTED]

    @property
    def is_longer(self) -> bool:
        """Whether more claim types were found than are listed."""
        return len(_in_force(self.catalogue)) > MAX_LISTED

    # --- their attributes

    @cached_property
    def details(self) -> list[Detail]:
        """What the chosen claim types can disclose, each attribute once."""
        carriers: dict[str, list[ClaimType]] = {}
        for claim_type in self.claims:
            for one in claim_type.attributes:
                carriers.setdefault(".".join(one.path), []).append(claim_type)
        return [Detail(path, _attribute(found[0], path), tuple(found)) for path, found in carriers.items()]

    def asked_of(self, path: str) -> list[str]:
        """The chosen claim types of which an attribute is asked."""
        asked = self.all(f"ask:{path}")
        return [one.vct for one in self.claims if one.vct in asked] if asked else []

    @cached_property
    def asked(self) -> list[str]:
        """Every attribute that is asked of any of them."""
        return [one.path for one in self.details if self.asked_of(one.path)]

    # --- the whole

    def read(self) -> tuple[Question | None, list[str]]:
        """The question, or the names of the fields that can't be used."""
        missing = [name for name in _MISSING if not self.get(name)]
        missing += [] if self.all("channel") else ["channel"]
        if self.get("purpose_code") not in load_purposes():
            missing.append("purpose_code")
        try:
            question = Question.model_validate(self._values())
        except ValidationError as error:
            wrong = [field_of(one["loc"], self.asked) for one in error.errors()]
            return None, _in_order([*missing, *wrong], self.asked)
        return (None, _in_order(missing, self.asked)) if missing else (question, [])

    def wrong_in(self, step: str) -> list[str]:
        """Those of the wrong fields that a step has."""
        return [name for name in self.read()[1] if step_of(name) == step]

    def _values(self) -> dict[str, Any]:
        return {
            "id": self.get("id"),
            "version": whole_number(self.get("version"), digits=9),
            "title": self._text("title"),
            "purpose": self._text("purpose"),
            "purpose_code": self.get("purpose_code") or None,
            "law": self._text("law"),
            "retention": {"days": whole_number(self.get("days"), digits=9), "text": self._text("retention")},
            "privacy_policy": self.get("privacy_policy"),
            "contact": self._given({"email": "email", "phone": "phone"}),
            "supervisory_authority": self._given(
                {name: f"supervisor-{name}" for name in ("name", "email", "phone", "uri")}
            ),
            "channels": [one for one in CHANNELS if one in self.all("channel")],
            "objection": self._text("objection"),
            "match": {"needed": self.get("match") == "yes", "reason": self._text("match")},
            "any_of": [{"all_of": [self._claim(vct) for vct in way]} for way in self.chosen],
            "needs": [{"attribute": path.split("."), "reason": self._why(path)} for path in self.asked],
        }

    def _text(self, name: str) -> dict[str, str]:
        return {language: self.get(f"{name}-{language}") for language in ("en", "cy")}

    def _why(self, path: str) -> dict[str, str]:
        return {language: self.get(f"why-{language}:{path}") for language in ("en", "cy")}

    def _given(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {name: self.get(source) for name, source in fields.items() if self.get(source)}

    def _claim(self, vct: str) -> dict[str, Any]:
        asked = [path for path in self.asked if vct in self.asked_of(path)]
        optional = [path for path in asked if self.get(f"optional:{path}")]
        return {
            "claim": vct,
            "attributes": [path.split(".") for path in asked if path not in optional],
            "optional_attributes": [path.split(".") for path in optional],
        }


def step_of(name: str) -> str:
    """The step that has a field."""
    if name in WHAT or name.startswith("claim-"):
        return "what"
    return "terms" if name in {*TERMS, "channel"} else "details"


def is_of_step(name: str, step: str) -> bool:
    """Whether a step's page has a field."""
    if step == "what":
        return name in {*WHAT, "search", "alternatives"} or _CLAIMS.fullmatch(name) is not None
    if step == "details":
        return name in MATCH or name.partition(":")[0] in _DETAILS
    return name in {*TERMS, "channel"}


def entered(question: Question, *, version: int) -> Pairs:
    """The form's fields of a question, to go on from."""
    return list(_entered(question, version))


def _entered(question: Question, version: int) -> Iterator[tuple[str, str]]:
    yield from [("id", question.id), ("version", str(version)), ("days", str(question.retention.days))]
    yield from [("purpose_code", question.purpose_code or ""), ("privacy_policy", question.privacy_policy)]
    for name in ("title", "purpose", "law", "objection"):
        text = getattr(question, name)
        yield from [(f"{name}-en", text.en), (f"{name}-cy", text.cy)] if text else []
    yield from [("retention-en", question.retention.text.en), ("retention-cy", question.retention.text.cy)]
    if question.match is not None:
        yield "match", "yes" if question.match.needed else "no"
        yield from [("match-en", question.match.reason.en), ("match-cy", question.match.reason.cy)]
    yield from (("channel", one) for one in question.channels)
    for name, value in question.contact.model_dump(exclude_none=True).items():
        yield name, value
    for name, value in question.supervisory_authority.model_dump(exclude_none=True).items():
        yield f"supervisor-{name}", value
    yield from _entered_claims(question)


def _entered_claims(question: Question) -> Iterator[tuple[str, str]]:
    yield "alternatives", str(len(question.any_of))
    for number, way in enumerate(question.any_of, start=1):
        yield from ((f"claim-{number}", one.claim) for one in way.all_of)
    for asked in question.asked_claims():
        for path in asked.all_attributes:
            yield f"ask:{_dotted(path)}", asked.claim
        for path in asked.optional_attributes:
            yield f"optional:{_dotted(path)}", "yes"
    for need in question.needs:
        name = _dotted(need.attribute)
        yield from [(f"why-en:{name}", need.reason.en), (f"why-cy:{name}", need.reason.cy)]


def field_of(place: tuple[int | str, ...], asked: Sequence[str] = ()) -> str:
    """The field that a model's complaint is about."""
    part = str(place[0]) if place else "any_of"
    if part == "any_of":
        return "claim-1" if len(place) < 3 else "asked"
    if part == "needs":
        return f"why-{place[-1]}:{asked[int(place[1])]}" if len(place) > 3 else "asked"
    if len(place) == 1:
        return {"channels": "channel"}.get(part, _PARTS.get(part, part))
    last = str(place[-1])
    if part == "retention":
        return f"retention-{last}" if last in {"en", "cy"} else "days"
    if part in _PREFIXES:
        return _PREFIXES[part] + last
    return f"{part}-{last}" if last in {"en", "cy"} else last


def _in_order(names: Iterable[str], asked: Sequence[str]) -> list[str]:
    """As the form has them, each once."""
    whys = [f"why-{language}:{path}" for path in asked for language in ("en", "cy")]
    order = [*WHAT, "claim-1", "asked", *whys, *MATCH, *TERMS[:5], "channel", *TERMS[5:]]
    given = set(names)
    return [name for name in order if name in given]


def _in_force(catalogue: Catalogue) -> list[ClaimType]:
    return sorted(latest(catalogue).values(), key=lambda one: (one.owner, one.title.en.casefold()))


def _is_found(claim_type: ClaimType, searched: Sequence[str]) -> bool:
    texts = (claim_type.title, claim_type.statement)
    words = fold(" ".join([claim_type.vct, *(one for text in texts for one in (text.en, text.cy))]))
    return all(word in words for word in searched)


def _attribute(claim_type: ClaimType, path: str) -> Attribute:
    return next(one for one in claim_type.attributes if ".".join(one.path) == path)


def _dotted(path: Iterable[str | int | None]) -> str:
    return ".".join(map(str, path))
