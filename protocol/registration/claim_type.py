"""A claim type as the network knows it: the public part of a department's claim definition.

The authority's catalogue publishes it as Type Metadata (SD-JWT VC draft 13 §6). How a person is matched
and which records say yes stay with the department.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from protocol.registration.question import Identifier, Text, Words

Nation = Literal[
    "england", "wales", "scotland", "northern-ireland", "england-and-wales", "great-britain", "united-kingdom"
]
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Reason = Annotated[str, StringConstraints(min_length=30, max_length=1000, strip_whitespace=True)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Effective(_Model):
    """The first and the last day on which claims of this type are issued."""

    from_: date = Field(alias="from", examples=["2026-04-01"])
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError('"until" is before "from"; write the later day, or leave it out')
        return self


class Attribute(_Model):
    """One attribute that claims of this type may carry, and why they need it."""

    path: tuple[AttributeName, ...] = Field(min_length=1, max_length=4, examples=[["address", "postal_code"]])
    title: Text
    justification: Reason
    disclosed: Literal["always", "selectively"] = "selectively"

    @field_validator("path", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class InsteadOf(_Model):
    """An attribute that a service need not ask for where this claim's yes is enough.

    `of`: the claim type that carries it, without a version; left out, whichever carries one of this name.
    """

    attribute: tuple[AttributeName, ...] = Field(min_length=1, max_length=4, examples=[["birthdate"]])
    of: Annotated[str, StringConstraints(pattern=r"^urn:pdx:claim:[a-z0-9-]+:[a-z0-9-]+$")] | None = None

    @field_validator("attribute", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Validity(_Model):
    """How long a claim of this type holds at most."""

    days: int = Field(ge=1, le=1830, examples=[90])


class ClaimType(_Model):
    """One version of one claim type."""

    id: Identifier = Field(examples=["pip-moving-around-8"])
    version: int = Field(ge=1, examples=[1])
    nation: Nation
    owner: Identifier = Field(examples=["dwp"])
    effective: Effective
    legal_gateway: Text
    title: Text
    statement: Text
    attributes: tuple[Attribute, ...] = Field(max_length=48)
    validity: Validity
    instead_of: tuple[InsteadOf, ...] = Field(default=(), max_length=16)

    @field_validator("attributes", "instead_of", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("attributes")
    @classmethod
    def _distinct(cls, value: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
        paths = [attribute.path for attribute in value]
        for index, path in enumerate(paths):
            if any(path[: len(other)] == other for other in paths[:index] + paths[index + 1 :]):
                raise ValueError("an attribute is listed twice or within another; keep one")
        return value

    @property
    def vct(self) -> str:
        """The claim type's name in every credential: stable wherever it is hosted."""
        return f"{self.family}:{self.version}"

    @property
    def family(self) -> str:
        """What all versions of the claim type have in common."""
        return f"urn:pdx:claim:{self.owner}:{self.id}"

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """The attributes that claims of this type may carry."""
        return frozenset(attribute.path for attribute in self.attributes)


def claim_type_to_metadata(claim_type: ClaimType) -> dict[str, Any]:
    """Gives the Type Metadata document, in English and Welsh; members that begin with `pdx_` are ours."""
    effective = claim_type.effective.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {
        "vct": claim_type.vct,
        "name": claim_type.title.en,
        "description": claim_type.statement.en,
        "display": [_type_display(claim_type, "en"), _type_display(claim_type, "cy")],
        "claims": [_claim(attribute) for attribute in claim_type.attributes],
        "pdx_owner": claim_type.owner,
        "pdx_nation": claim_type.nation,
        "pdx_legal_gateway": claim_type.legal_gateway.languages(),
        "pdx_effective": effective,
        "pdx_validity_days": claim_type.validity.days,
        **_instead_of(claim_type),
    }


def _instead_of(claim_type: ClaimType) -> dict[str, Any]:
    # Left out where there is none: what was published before there were any keeps its digest.
    written = [one.model_dump(mode="json", exclude_none=True) for one in claim_type.instead_of]
    return {"pdx_instead_of": written} if written else {}


def _type_display(claim_type: ClaimType, language: Literal["en", "cy"]) -> dict[str, str]:
    title: Words = getattr(claim_type.title, language)
    return {"locale": language, "name": title, "description": getattr(claim_type.statement, language)}


def _claim(attribute: Attribute) -> dict[str, Any]:
    # Draft 13 §9.3 and §9.4. What is disclosed selectively may also be absent: not every record has it.
    always = attribute.disclosed == "always"
    return {
        "path": list(attribute.path),
        "display": [
            {"locale": "en", "label": attribute.title.en},
            {"locale": "cy", "label": attribute.title.cy},
        ],
        "mandatory": always,
        "sd": "never" if always else "always",
        "pdx_justification": attribute.justification,
    }
