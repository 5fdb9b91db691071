"""Words for people out of Type Metadata: what a claim is called, and its attributes (SD-JWT VC draft 13 §8,
§9.2).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from protocol.sd_jwt.paths import Path
from protocol.sd_jwt_vc.display import choose_display
from protocol.sd_jwt_vc.type_metadata import TypeMetadata

LANGUAGES = ("en", "cy")


@dataclass(frozen=True)
class Words:
    """The same in English and Welsh."""

    en: str
    cy: str

    def __getitem__(self, language: str) -> str:
        return self.cy if language == "cy" else self.en

    def as_dict(self) -> dict[str, str]:
        return {"en": self.en, "cy": self.cy}


def same(text: str) -> Words:
    """Words that are a name: the same in both languages."""
    return Words(text, text)


def words_of(texts: Mapping[str, str]) -> Words:
    """Words out of texts by language tag; whichever is missing is the other one, or the first there is."""
    fallback = next(iter(texts.values()), "")
    found = {tag.lower().partition("-")[0]: text for tag, text in reversed(list(texts.items()))}
    english = found.get("en", found.get("cy", fallback))
    return Words(english, found.get("cy", english))


class _Display(Protocol):
    @property
    def locale(self) -> str: ...


def claim_title(metadata: TypeMetadata | None, vct: str) -> Words:
    """What a claim of this type is called."""
    if metadata is None:
        return same(vct)
    fallback = metadata.name or vct
    return Words(*(_type_name(metadata, language) or fallback for language in LANGUAGES))


def claim_description(metadata: TypeMetadata | None) -> Words:
    """What a claim of this type says, in a sentence; empty if its type does not tell."""
    if metadata is None:
        return same("")
    chosen = (choose_display(metadata.display or (), languages=[language]) for language in LANGUAGES)
    return Words(*((one.description if one else None) or metadata.description or "" for one in chosen))


def attribute_label(metadata: TypeMetadata | None, path: Path) -> Words:
    """What an attribute is called; without words its own name stands in."""
    described = [one for one in metadata.claims if is_at(one.path, path)] if metadata else []
    displays = described[0].display or () if described else ()
    name = " › ".join(str(component) for component in path).replace("_", " ")
    chosen = (choose_display(displays, languages=[language]) for language in LANGUAGES)
    return Words(*(one.label if one else name for one in chosen))


def in_type_order(
    values: Sequence[tuple[Path, str]], metadata: TypeMetadata | None
) -> list[tuple[Path, str]]:
    """The values as their type lists them; what it does not name stands last.

    A credential's own order is no order: its disclosures are shuffled (RFC 9901 §10.4).
    """
    patterns = [one.path for one in metadata.claims] if metadata else []

    def rank(value: tuple[Path, str]) -> int:
        places = (at for at, pattern in enumerate(patterns) if is_at(pattern, value[0][: len(pattern)]))
        return next(places, len(patterns))

    return sorted(values, key=rank)


def attribute_values(claims: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """The single values in these claims, each with its path, in their order.

    An object or array that is shown with nothing in it tells nothing: what stood in it stays hidden.
    """
    return [found for name, value in claims.items() for found in _values((name,), value)]


def _values(path: Path, value: Any) -> list[tuple[Path, str]]:
    if isinstance(value, Mapping):
        return [found for name, member in value.items() for found in _values((*path, name), member)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [found for index, item in enumerate(value) for found in _values((*path, index), item)]
    return [(path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))]


def _type_name(metadata: TypeMetadata, language: str) -> str | None:
    display = choose_display(metadata.display or (), languages=[language])
    return display.name if display else None


def is_at(pattern: Path, path: Path) -> bool:
    """Whether `pattern`, where None stands for any element of an array, is this very path."""
    pairs = zip(pattern, path, strict=False)
    return len(pattern) == len(path) and all(
        isinstance(found, int) if wanted is None else wanted == found for wanted, found in pairs
    )
