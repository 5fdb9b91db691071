"""A claim definition as its file says it.

What is wrong within one entry shows here; what is wrong between entries shows in `check.py`.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from issuer.definitions.fields import FieldType
from issuer.matching.match import MatchRule
from protocol.registration.claim_type import InsteadOf
from protocol.registration.question import Text

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Sql = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
Reason = Annotated[str, StringConstraints(min_length=30, max_length=1_000, strip_whitespace=True)]
Nation = Literal[
    "england", "wales", "scotland", "northern-ireland", "england-and-wales", "great-britain", "united-kingdom"
]

# RFC 9901 §4.1 and §7.1, SD-JWT VC §2.2.2.2 (draft 13): these mean something of their own in a credential.
REGISTERED = frozenset(
    {"iss", "sub", "aud", "nbf", "exp", "iat", "jti", "cnf", "vct", "status", "_sd", "_sd_alg", "..."}
)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _is_attribute(path: str) -> str:
    if path.split(".", maxsplit=1)[0] in REGISTERED or path.startswith("vct#"):
        raise ValueError("the standard gives this name a meaning of its own; choose another")
    return path


AttributePath = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$", max_length=100),
    AfterValidator(_is_attribute),
]


class Effective(_Model):
    """The first and the last day on which this claim type is issued."""

    from_: date = Field(alias="from", examples=["2026-04-01"])
    until: date | None = None


class Source(_Model):
    """Where the record comes from.

    `select` and `find` together are the query that looks for a person; `select` and `again` the one that
    reads a known record again, by its `key`.
    """

    name: Slug
    select: Sql = Field(examples=["SELECT award_id, person_id, points FROM award"])
    find: Sql = Field(examples=["birthdate = :birthdate"])
    again: Sql = Field(examples=["award_id = :key"])
    key: Name = Field(examples=["award_id"])
    person: Name = Field(examples=["person_id"])
    fields: dict[Name, FieldType] = Field(min_length=1, max_length=64)

    @property
    def find_query(self) -> str:
        return f"{self.select} WHERE {self.find}"

    @property
    def again_query(self) -> str:
        return f"{self.select} WHERE {self.again}"


class Confidence(_Model):
    """Of these attributes at least so many must agree."""

    attributes: tuple[Name, ...] = Field(min_length=1, max_length=16)
    at_least: int = Field(ge=1)


class Match(_Model):
    """How a person is matched."""

    required: tuple[Name, ...] = Field(min_length=1, max_length=16, examples=[["family_name", "birthdate"]])
    disambiguating: tuple[Name, ...] = Field(default=(), max_length=16)
    confidence: Confidence | None = None

    @property
    def rule(self) -> MatchRule:
        confidence = self.confidence
        return MatchRule(
            required=self.required,
            disambiguating=self.disambiguating,
            confidence=confidence.attributes if confidence else (),
            at_least=confidence.at_least if confidence else 0,
        )


class Disclosed(_Model):
    """One attribute that the claim carries, the field it comes from, and why the claim needs it."""

    attribute: AttributePath = Field(examples=["family_name"])
    field: Name = Field(examples=["family_name"])
    title: Text
    justification: Reason = Field(
        examples=["A service must see that the claim belongs to the person who applies."]
    )

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.attribute.split("."))


class Disclose(_Model):
    """What the claim carries: what every service sees, and what the citizen shows or keeps back."""

    always: tuple[Disclosed, ...] = Field(default=(), max_length=16)
    selectively: tuple[Disclosed, ...] = Field(default=(), max_length=32)

    @property
    def all(self) -> tuple[Disclosed, ...]:
        return self.always + self.selectively


class Validity(_Model):
    """How long a claim holds: so many days, never beyond a date of the record."""

    days: int = Field(ge=1, le=1_830)
    not_beyond: Name | None = None
    rounding: Literal["hour", "day"] = "day"


class Example(_Model):
    """A made-up record and what the rule must say about it on a day."""

    because: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    today: date = Field(examples=["2026-11-23"])
    record: dict[Name, str | int | bool | None]
    expect: Literal["yes", "no"]


class ClaimDefinition(_Model):
    """One version of one claim type of one department."""

    id: Slug = Field(examples=["pip-moving-around-8"])
    version: int = Field(ge=1)
    nation: Nation
    owner: Slug = Field(examples=["dwp"])
    effective: Effective
    legal_gateway: Text
    title: Text
    statement: Text
    register_: Source = Field(alias="register")
    match: Match
    rule: Annotated[str, StringConstraints(min_length=1, max_length=4_000, strip_whitespace=True)] = Field(
        examples=["record.points >= 8"]
    )
    disclose: Disclose = Disclose()
    validity: Validity
    instead_of: tuple[InsteadOf, ...] = Field(default=(), max_length=16)
    batch_size: int = Field(ge=2, le=100)
    decoys: int = Field(default=0, ge=0, le=32)
    examples: tuple[Example, ...] = Field(min_length=2, max_length=100)

    @property
    def vct(self) -> str:
        """The claim type's name in every credential: stable wherever it is hosted."""
        return f"urn:pdx:claim:{self.owner}:{self.id}:{self.version}"

    @property
    def configuration_id(self) -> str:
        """The name of this claim type in the issuer's metadata."""
        return f"{self.id}-{self.version}"

    def is_effective(self, today: date) -> bool:
        """Whether claims of this type are issued on a day."""
        return self.effective.from_ <= today and (
            self.effective.until is None or today <= self.effective.until
        )
