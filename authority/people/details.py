"""What an organisation says of itself when it applies."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from authority.member import Kind, MemberId, MemberName
from authority.people.email import read_email
from serving.settings import BaseUrl, Model


def _is_email(text: str) -> str:
    address = read_email(text)
    if address is None:
        raise ValueError("write an email address")
    return address


EmailAddress = Annotated[str, AfterValidator(_is_email)]


class SeenDetails(Model):
    """What citizens see of an organisation: its name, and an address for each thing that it does."""

    name: MemberName
    addresses: Mapping[Kind, BaseUrl] = Field(min_length=1)

    @property
    def fingerprint(self) -> str:
        """The same for the same name and addresses, in whatever order: SHA-256, hexadecimal."""
        addresses = sorted((kind.value, url) for kind, url in self.addresses.items())
        return sha256(json.dumps([self.name.en, self.name.cy, addresses]).encode()).hexdigest()


class Details(SeenDetails):
    """An application: who, and an address for each thing that it wants to do."""

    id: MemberId
    contact: EmailAddress
    supervisory_authority: str = Field(min_length=3, max_length=200)

    @property
    def seen(self) -> SeenDetails:
        """The part that citizens see."""
        return SeenDetails(name=self.name, addresses=self.addresses)

    def with_seen(self, seen: SeenDetails) -> "Details":
        """The same with another part that citizens see."""
        return self.model_copy(update={"name": seen.name, "addresses": seen.addresses})


def read_details(get: Callable[[str], str]) -> tuple[Details | None, list[str]]:
    """An application from a form's fields, or the names of the fields that can't be used."""
    addresses = {kind.value: get(kind.value) for kind in Kind if get(kind.value)}
    values = {
        "id": get("id"),
        "name": {"en": get("name-en"), "cy": get("name-cy")},
        "addresses": addresses,
        "contact": get("contact"),
        "supervisory_authority": get("supervisory_authority"),
    }
    try:
        return Details.model_validate(values), []
    except ValidationError as error:
        return None, list(dict.fromkeys(_field(one["loc"]) for one in error.errors()))


def _field(place: tuple[int | str, ...]) -> str:
    if place[0] == "name":
        return f"name-{place[1]}"
    if place[0] == "addresses":
        return str(place[1]) if len(place) > 1 else "addresses"
    return str(place[0])


def entered(details: Details) -> dict[str, str]:
    """The form's fields of an application."""
    return {
        "id": details.id,
        **seen_fields(details),
        "contact": details.contact,
        "supervisory_authority": details.supervisory_authority,
    }


def seen_fields(seen: SeenDetails) -> dict[str, str]:
    """The form's fields of what citizens see."""
    addresses = {kind.value: url for kind, url in seen.addresses.items()}
    return {"name-en": seen.name.en, "name-cy": seen.name.cy, **addresses}
