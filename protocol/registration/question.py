"""A question: what a service was approved to ask, why, by which law, and for how long it keeps the answer.

Written once as a file; the authority turns it into a registration certificate, the service into DCQL queries
(OpenID4VP 1.0 §6), so that both come from the same words.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from protocol.dcql.paths import MAX_PATH_COMPONENTS, Path
from protocol.dcql.query import (
    SD_JWT_VC,
    ClaimsQuery,
    CredentialQuery,
    CredentialSetQuery,
    DcqlQuery,
    create_dcql_query,
)
from protocol.members import is_secure_url

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
ShortWords = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
ClaimType = Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=512)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ()-]{3,30}$")]


def _is_secure(address: str) -> str:
    if not is_secure_url(address):
        raise ValueError("write a web address that begins with https://, without a user name")
    return address


#: What every wallet takes (`Members.url`): anything else would be refused only once it is registered.
WebAddress = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_is_secure)]

Channel = Literal["online", "telephone", "in-person", "post"]
MAX_VERSION: Final = 999_999_999  # nine digits, in every place that names a version


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Text(_Model):
    """The same words in English and Welsh."""

    en: Words
    cy: Words

    def languages(self) -> list[dict[str, str]]:
        """The words as ETSI TS 119 475 writes them: objects with `lang` and `value`."""
        return [{"lang": "en", "value": self.en}, {"lang": "cy", "value": self.cy}]


class NeedText(_Model):
    """A reason in English and Welsh, short enough that a registration with many fits the log."""

    en: ShortWords
    cy: ShortWords

    def languages(self) -> list[dict[str, str]]:
        """As `Text.languages`."""
        return [{"lang": "en", "value": self.en}, {"lang": "cy", "value": self.cy}]


class Retention(_Model):
    """How long the service keeps the answer."""

    days: int = Field(ge=0, le=36600)
    text: Text


class Contact(_Model):
    """How a citizen reaches the service about this question."""

    email: Email | None = None
    phone: Phone | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.email is None and self.phone is None:
            raise ValueError("give an email address or a telephone number")
        return self


class SupervisoryAuthority(_Model):
    """To whom a citizen complains: ETSI TS 119 475 clause 5.2.4."""

    name: Words | None = None
    email: Email | None = None
    phone: Phone | None = None
    uri: WebAddress | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.email is None and self.phone is None and self.uri is None:
            raise ValueError("give an email address, a telephone number or a web address")
        return self


class AskedClaim(_Model):
    """One claim type and the attributes of it that are needed; none needed asks for the bare yes.

    `optional_attributes` are shown together where the claim has them (not every award has an end date).
    """

    claim: ClaimType
    attributes: tuple[tuple[str | int | None, ...], ...] = Field(default=(), max_length=64)
    optional_attributes: tuple[tuple[str | int | None, ...], ...] = Field(default=(), max_length=64)

    @field_validator("attributes", "optional_attributes", mode="before")
    @classmethod
    def _as_tuples(cls, value: object) -> object:
        if not isinstance(value, list | tuple):
            return value
        return tuple(tuple(path) if isinstance(path, list | tuple) else path for path in value)

    @field_validator("attributes", "optional_attributes")
    @classmethod
    def _paths(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for path in value:
            if not 0 < len(path) <= MAX_PATH_COMPONENTS or any(
                isinstance(step, int) and step < 0 for step in path
            ):
                raise ValueError("an attribute is a list of names, such as [address, postal_code]")
        if len(set(value)) != len(value):
            raise ValueError("an attribute is listed twice")
        return value

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if set(self.attributes) & set(self.optional_attributes):
            raise ValueError("an attribute is listed as needed and as optional")
        if self.optional_attributes and not self.attributes:  # DCQL can't ask for nothing or something
            raise ValueError("optional attributes need an attribute that is always asked")
        return self

    @property
    def all_attributes(self) -> tuple[Path, ...]:
        """Everything that may be asked of the claim, which is what a registration has to cover."""
        return self.attributes + self.optional_attributes


class Alternative(_Model):
    """Claims that answer the question together."""

    all_of: tuple[AskedClaim, ...] = Field(min_length=1, max_length=16)

    @field_validator("all_of", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Need(_Model):
    """Why one attribute is needed, of whichever claim carries it."""

    attribute: tuple[str | int | None, ...] = Field(min_length=1, examples=[["address", "postal_code"]])
    reason: NeedText

    @field_validator("attribute", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Match(_Model):
    """Whether the answer must be matched to a record that the service holds already, and why."""

    needed: bool
    reason: NeedText


class Question(_Model):
    """A question as approved; `reference` is what certificates and records name.

    What may be left out is what a proposal has to say besides, so that a person can judge it.
    """

    id: Identifier
    version: int = Field(ge=1, le=MAX_VERSION)
    title: Text
    purpose: Text
    law: Text
    retention: Retention
    privacy_policy: WebAddress
    contact: Contact
    supervisory_authority: SupervisoryAuthority
    any_of: tuple[Alternative, ...] = Field(min_length=1, max_length=32)
    purpose_code: Identifier | None = Field(default=None, examples=["parking-badge"])
    channels: tuple[Channel, ...] = Field(default=(), max_length=4, examples=[["online", "telephone"]])
    objection: Text | None = None
    match: Match | None = None
    needs: tuple[Need, ...] = Field(default=(), max_length=48)

    @field_validator("any_of", "channels", "needs", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if len(self.asked_claims()) > 64:
            raise ValueError("a question may ask for at most 64 different claims")
        return self

    @model_validator(mode="after")
    def _needs_what_it_asks(self) -> Self:
        named = [need.attribute for need in self.needs]
        if len(set(named)) != len(named):
            raise ValueError("needs names an attribute twice; give one reason for each")
        if named and not set(named) <= self.paths:
            raise ValueError("needs names an attribute that no claim is asked for; remove it")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("a channel is listed twice")
        return self

    @property
    def paths(self) -> frozenset[Path]:
        """Every attribute that the question can ask for, of whichever claim."""
        return frozenset(path for asked in self.asked_claims() for path in asked.all_attributes)

    @property
    def reference(self) -> str:
        """The identifier of this version: `id@version`."""
        return f"{self.id}@{self.version}"

    def asked_claims(self) -> tuple[AskedClaim, ...]:
        """Every different claim with its attributes, in order of first mention."""
        return tuple(dict.fromkeys(one for alternative in self.any_of for one in alternative.all_of))


def question_to_query(question: Question) -> DcqlQuery:
    """The query that asks the whole question: credential ids `c1`, `c2`, …, one option an alternative."""
    asked = question.asked_claims()
    ids = {one: f"c{position}" for position, one in enumerate(asked, start=1)}
    options = tuple(
        tuple(dict.fromkeys(ids[one] for one in alternative.all_of)) for alternative in question.any_of
    )
    return DcqlQuery(
        credentials=tuple(_credential_query(ids[one], one) for one in asked),
        credential_sets=(CredentialSetQuery(options=options),),
    )


def question_to_dcql(question: Question) -> dict[str, Any]:
    """`question_to_query` as the JSON object of a request's `dcql_query`."""
    return create_dcql_query(question_to_query(question))


def _credential_query(query_id: str, asked: AskedClaim) -> CredentialQuery:
    named = bool(asked.optional_attributes)  # §6.3: claim_sets refer to claims by id
    claims = tuple(
        ClaimsQuery(path=path, id=f"a{position}" if named else None)
        for position, path in enumerate(asked.all_attributes, start=1)
    )
    return CredentialQuery(
        id=query_id,
        format=SD_JWT_VC,
        meta={"vct_values": [asked.claim]},
        vct_values=frozenset({asked.claim}),
        claims=claims,
        claim_sets=_claim_sets(claims, needed=len(asked.attributes)) if named else (),
    )


def _claim_sets(claims: tuple[ClaimsQuery, ...], *, needed: int) -> tuple[tuple[str, ...], ...]:
    # §6.4.1: the service's favourite first, so the optional ones come wherever the claim has them
    ids = tuple(claim.id or "" for claim in claims)
    return ids, ids[:needed]
