"""Type Metadata: what a credential type is called, which claims it has and how they are shown.

SD-JWT VC draft 13 §6, §8 and §9 (draft 18 §4.2, §4.5, §4.6 say the same). Properties that we don't know are
ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from protocol.encoding import json_object
from protocol.errors import MalformedError
from protocol.sd_jwt.paths import Path

#: Longest document accepted, in bytes, and deepest nesting.
MAX_DOCUMENT = 256 * 1024
MAX_DEPTH = 16
#: Most claims one type may describe.
MAX_CLAIMS = 512

_SVG_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Disclosability(StrEnum):
    """Whether a claim is selectively disclosable: draft 13 §9.4."""

    ALWAYS = "always"
    ALLOWED = "allowed"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class TypeDisplay:
    """A type's name for people in one language; `rendering` (logo, colours) is passed on as it came."""

    locale: str
    name: str
    description: str | None
    rendering: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ClaimDisplay:
    """A claim's label for people in one language."""

    locale: str
    label: str
    description: str | None


_D = TypeVar("_D", TypeDisplay, ClaimDisplay)


@dataclass(frozen=True, slots=True)
class ClaimMetadata:
    """What a type says of the claims at `path`; None where it says nothing, so that an extended type can."""

    path: Path
    display: tuple[ClaimDisplay, ...] | None
    mandatory: bool | None
    sd: Disclosability | None
    svg_id: str | None


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """One type's document; `display` None means that an extended type's holds."""

    vct: str
    name: str | None
    description: str | None
    display: tuple[TypeDisplay, ...] | None
    claims: tuple[ClaimMetadata, ...]
    extends: str | None
    extends_integrity: str | None


def parse_type_metadata(document: bytes, *, expected_vct: str) -> TypeMetadata:
    """Reads a document; raises MalformedError for a wrong form or another type than the one expected."""
    members = json_object(document, max_bytes=MAX_DOCUMENT, max_depth=MAX_DEPTH)
    if members.get("vct") != expected_vct:  # §6.3
        raise MalformedError("The type metadata is of another type", code="wrong_type_metadata")
    return TypeMetadata(
        vct=expected_vct,
        name=_optional_text(members, "name"),
        description=_optional_text(members, "description"),
        display=_optional_displays(members, _type_display),
        claims=_claims(members),
        extends=_optional_text(members, "extends"),
        extends_integrity=_optional_text(members, "extends#integrity"),
    )


def _claims(members: Mapping[str, Any]) -> tuple[ClaimMetadata, ...]:
    claims = tuple(map(_claim, _objects(members.get("claims", []))))
    if len(claims) > MAX_CLAIMS:
        raise _malformed("The type metadata has too many claims")
    _check_unique(claim.path for claim in claims)  # two rules for one path could contradict each other
    _check_unique(claim.svg_id for claim in claims if claim.svg_id is not None)  # §9
    return claims


def _claim(members: Mapping[str, Any]) -> ClaimMetadata:
    mandatory = members.get("mandatory")
    if mandatory is not None and type(mandatory) is not bool:
        raise _malformed("A claim's mandatory is not true or false")
    return ClaimMetadata(
        path=_path(members.get("path")),
        display=_optional_displays(members, _claim_display),
        mandatory=mandatory,
        sd=_disclosability(members.get("sd")),
        svg_id=_svg_id(members.get("svg_id")),
    )


def _path(value: Any) -> Path:
    if type(value) is not list or not value or not all(map(_is_component, value)):  # §9.1
        raise _malformed("A claim's path is not an array of names, indices and nulls")
    return tuple(value)


def _is_component(value: Any) -> bool:
    return value is None or type(value) is str or (type(value) is int and value >= 0)


def _disclosability(value: Any) -> Disclosability | None:
    if value is None:
        return None
    if type(value) is not str or value not in set(Disclosability):
        raise _malformed("A claim's sd is not always, allowed or never")
    return Disclosability(value)


def _svg_id(value: Any) -> str | None:
    if value is not None and (type(value) is not str or not _SVG_ID.fullmatch(value)):  # §9
        raise _malformed("A claim's svg_id is not a name")
    return value


def _type_display(members: Mapping[str, Any]) -> TypeDisplay:
    rendering = members.get("rendering")
    if rendering is not None and type(rendering) is not dict:
        raise _malformed("A rendering is not an object")
    return TypeDisplay(
        _text(members, "locale"), _text(members, "name"), _optional_text(members, "description"), rendering
    )


def _claim_display(members: Mapping[str, Any]) -> ClaimDisplay:
    return ClaimDisplay(
        _text(members, "locale"), _text(members, "label"), _optional_text(members, "description")
    )


def _optional_displays(
    members: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _D]
) -> tuple[_D, ...] | None:
    if "display" not in members:
        return None
    displays = tuple(map(read, _objects(members["display"])))
    _check_unique(display.locale.lower() for display in displays)  # §8: one object for each locale
    return displays


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if type(value) is not list or not all(type(item) is dict for item in value):
        raise _malformed("Type metadata has something else where an array of objects belongs")
    return value


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if type(value) is not str:
        raise _malformed(f"Type metadata lacks the text of {name}")
    return value


def _optional_text(members: Mapping[str, Any], name: str) -> str | None:
    return None if name not in members else _text(members, name)


def _check_unique(values: Iterable[object]) -> None:
    seen = list(values)
    if len(set(seen)) != len(seen):
        raise _malformed("Type metadata says the same thing twice")


def _malformed(text: str) -> MalformedError:
    return MalformedError(text, code="malformed_type_metadata")
