"""Claim paths: where a claim stands in a JSON document.

The notation of OpenID4VP 1.0 §7 and of SD-JWT VC Type Metadata: a string names an object's member, a
non-negative integer an array's element, ``None`` every element of an array. A path without ``None`` is
*concrete*.
"""

from collections.abc import Iterable, Iterator
from typing import Any

Path = tuple[str | int | None, ...]


def related(one: Path, other: Path) -> bool:
    """Says whether one of two concrete paths lies on the way to the other (or they are equal)."""
    return all(mine == theirs for mine, theirs in zip(one, other, strict=False))


def resolve(document: Any, pattern: Path) -> Iterator[Path]:
    """Yields the concrete paths that `pattern` stands for in `document`, if any."""
    yield from _resolve(document, pattern, ())


def _resolve(value: Any, rest: Path, so_far: Path) -> Iterator[Path]:
    if not rest:
        yield so_far
        return
    for component, member in _members(value, rest[0]):
        yield from _resolve(member, rest[1:], (*so_far, component))


def _members(value: Any, component: str | int | None) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict) and isinstance(component, str):
        return [(component, value[component])] if component in value else []
    if isinstance(value, list) and component is None:
        return enumerate(value)
    if isinstance(value, list) and type(component) is int:
        return [(component, value[component])] if 0 <= component < len(value) else []
    return []
