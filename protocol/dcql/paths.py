"""Claims path pointers into JSON credentials: OpenID4VP 1.0 §7.1, the same text as OpenID4VCI 1.0 Appendix C.

A path is a tuple of strings (object members), null (every element of an array) and non-negative integers
(one element). A *concrete* path has no null.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from protocol.errors import MalformedError, UnsatisfiedError

Component = str | int | None
Path = tuple[Component, ...]

MAX_PATH_COMPONENTS = 16


def parse_path(value: object) -> Path:
    """The path in a JSON array; raises MalformedError."""
    if not isinstance(value, list | tuple) or not value:
        raise MalformedError("a claims path must be a non-empty array", code="invalid_claims_path")
    if len(value) > MAX_PATH_COMPONENTS:
        raise MalformedError("a claims path is too long", code="invalid_claims_path")
    for component in value:
        _check_component(component)
    return tuple(value)


def _check_component(component: object) -> None:
    # §7: strings, nulls and non-negative integers; a JSON boolean is no integer
    if component is None or isinstance(component, str):
        return
    if isinstance(component, int) and not isinstance(component, bool) and component >= 0:
        return
    raise MalformedError("a claims path has an impossible component", code="invalid_claims_path")


Withheld = Mapping[Path, frozenset[int]]


def resolve(
    claims: Mapping[str, Any], path: Path, *, withheld: Withheld | None = None
) -> list[tuple[Path, Any]]:
    """Every element that `path` selects in `claims`, each with its concrete path, in document order.

    In a presentation arrays have closed up over elements that were not disclosed: `withheld` gives, by the
    concrete path of an array, the missing positions, and indices then count as in the credential. Raises
    UnsatisfiedError where §7.1.1 says "return an error": a component that does not fit the element it is
    applied to, or an empty selection.
    """
    gaps = withheld or {}
    selected: list[tuple[Path, Any]] = [((), claims)]
    for component in path:
        selected = [
            found
            for at, element in selected
            for found in _step(at, element, component, gaps.get(at, frozenset()))
        ]
    if not selected:  # §7.1.1 step 3
        raise UnsatisfiedError("a requested claim is not in the credential", code="claim_missing")
    return selected


def _step(at: Path, element: Any, component: Component, gaps: frozenset[int]) -> list[tuple[Path, Any]]:
    if isinstance(component, str):  # §7.1.1 step 2.1
        members = _expect(element, Mapping)
        return [((*at, component), members[component])] if component in members else []
    elements = _expect(element, list)
    if component is None:  # §7.1.1 step 2.2
        return [((*at, index), value) for index, value in enumerate(elements)]
    position = component - sum(gap < component for gap in gaps)  # §7.1.1 step 2.3
    if component in gaps or position >= len(elements):
        return []
    return [((*at, position), elements[position])]


def _expect(element: Any, kind: type) -> Any:
    if not isinstance(element, kind):
        raise UnsatisfiedError("a claims path does not fit the credential", code="claim_shape")
    return element


def select(claims: Mapping[str, Any], path: Path) -> list[Any]:
    """The elements that `path` selects; raises UnsatisfiedError when there are none."""
    return [element for _, element in resolve(claims, path)]


def covers(granted: Path, asked: Path) -> bool:
    """Whether everything `asked` can select is selected by, or inside, what `granted` selects."""
    return len(granted) <= len(asked) and all(
        given == wanted or (given is None and isinstance(wanted, int))
        for given, wanted in zip(granted, asked, strict=False)
    )


def overlaps(one: Path, other: Path) -> bool:
    """Whether one path can select an element that contains, is, or is inside one the other selects."""
    return all(_meets(a, b) for a, b in zip(one, other, strict=False))


def _meets(a: Component, b: Component) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return a is None or b is None or a == b


def keep_only(claims: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """A copy of `claims` with only what `paths` select; array elements not selected are left out."""
    kept = _keep(claims, tuple(paths))
    return kept if isinstance(kept, dict) else {}


def _keep(element: Any, paths: Sequence[Path]) -> Any:
    if any(not path for path in paths):
        return element
    tails = _by_head(paths)
    if isinstance(element, Mapping):
        kept = {name: _keep(value, tails[name]) for name, value in element.items() if name in tails}
        return {name: value for name, value in kept.items() if value is not _NOTHING} or _NOTHING
    if isinstance(element, list):
        every = tails.get(None, [])
        items = [
            _keep(item, tail) for at, item in enumerate(element) if (tail := [*tails.get(at, ()), *every])
        ]
        return [item for item in items if item is not _NOTHING] or _NOTHING
    return _NOTHING


def _by_head(paths: Sequence[Path]) -> Mapping[Component, list[Path]]:
    # looked up for each element, so that the work grows with elements and paths and not with their product
    tails: dict[Component, list[Path]] = {}
    for path in paths:
        tails.setdefault(path[0], []).append(path[1:])
    return tails


_NOTHING = object()
