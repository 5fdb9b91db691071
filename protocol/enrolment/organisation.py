"""Whom an enrolment is for, as the authority knows it: the member decides none of this."""

from dataclasses import dataclass
from typing import Any, Final

from protocol.enrolment.purposes import PURPOSES_OF
from protocol.members import Members
from protocol.x509.profiles import MEMBER_ID

CODE: Final = "invalid_enrolment"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A member: `url` is its address in the trust list and in its certificates."""

    kind: str
    organisation_id: str
    name_en: str
    name_cy: str
    url: str

    @property
    def member_id(self) -> str:
        """The short name, as in addresses."""
        return self.organisation_id.partition("-")[2]


def write_organisation(organisation: Organisation) -> dict[str, Any]:
    """Give the JSON members."""
    return {
        "kind": organisation.kind,
        "organisation_id": organisation.organisation_id,
        "name": {"en": organisation.name_en, "cy": organisation.name_cy},
        "url": organisation.url,
    }


def read_organisation(holder: Members, name: str) -> Organisation:
    """Read it back; raises MalformedError."""
    members = holder.members(name)
    kind, organisation_id = members.string("kind", limit=64), members.string("organisation_id", limit=70)
    if kind not in PURPOSES_OF or not MEMBER_ID.fullmatch(organisation_id):
        raise holder.wrong("the organisation is of no known kind, or has no identifier of ours")
    names = members.members("name")
    return Organisation(
        kind=kind,
        organisation_id=organisation_id,
        name_en=names.string("en", limit=200),
        name_cy=names.string("cy", limit=200),
        url=members.url("url"),
    )
