"""From claims to payload and disclosures: RFC 9901 §4.2, the issuer's side.

Paths say what becomes selectively disclosable. A path inside another makes a recursive disclosure (§4.2.6):
the inner claim's digest stands in the outer claim's disclosure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from protocol.errors import LocalError
from protocol.sd_jwt.disclosure import Disclosure, create_decoy, create_disclosure
from protocol.sd_jwt.paths import Path

_RESERVED = frozenset({"_sd", "...", "_sd_alg"})
_ARRAYS = (list, tuple)
_SCALARS = frozenset({str, int, float, bool, type(None)})
#: What is left of the paths below one place; `()` among them means: this place itself.
_Rules = Sequence[Path]


def conceal_claims(
    claims: Mapping[str, Any], disclosable: Iterable[Path], *, random: Callable[[int], bytes], decoys: int = 0
) -> tuple[dict[str, Any], list[Disclosure]]:
    """Returns the payload with digests in place of the disclosable claims, and their disclosures.

    `decoys` digests without a disclosure are added wherever digests stand, so that the number of claims
    stays hidden; an SD-JWT without disclosable claims gets none. Raises LocalError when a path stands for
    no claim or when a claim has a reserved name.
    """
    paths = tuple(disclosable)
    if () in paths:
        raise _no_such_claim()
    work = _Concealment(random, decoys)
    payload = work.object(claims, paths)
    if work.disclosures:
        payload["_sd_alg"] = "sha-256"  # §4.1.1
    return payload, work.disclosures


class _Concealment:
    """One run over one set of claims."""

    def __init__(self, random: Callable[[int], bytes], decoys: int) -> None:
        self.random = random
        self.decoys = decoys
        self.disclosures: list[Disclosure] = []

    def value(self, value: Any, rules: _Rules) -> Any:
        if type(value) not in _SCALARS:
            if _is_object(value):
                return self.object(value, rules)
            if isinstance(value, _ARRAYS):
                return self.array(value, rules)
        if any(rules):
            raise _no_such_claim()
        return value

    def object(self, members: Mapping[str, Any], rules: _Rules) -> dict[str, Any]:
        _check_names(members)
        below = _group_by_head(rules)
        if not below.keys() <= members.keys():
            raise _no_such_claim()
        payload: dict[str, Any] = {}
        digests: list[str] = []
        for name, member in members.items():
            inner = below.get(name)
            if inner is None:
                _check_undisclosable(member)
                payload[name] = member
                continue
            value = self.value(member, inner)
            if () in inner:
                digests.append(self.digest(name, value))
            else:
                payload[name] = value
        if digests:
            # §4.2.4.1: sorting hides the claims' order, since digests are as good as random.
            payload["_sd"] = sorted([*digests, *self.decoy_digests()])
        return payload

    def array(self, elements: Sequence[Any], rules: _Rules) -> list[Any]:
        below = _group_by_head(rules)
        if not below.keys() <= {None, *range(len(elements))}:
            raise _no_such_claim()
        payload: list[Any] = []
        for index, element in enumerate(elements):
            inner = (*below.get(None, ()), *below.get(index, ()))
            value = self.value(element, inner)
            payload.append({"...": self.digest(None, value)} if () in inner else value)  # §4.2.4.2
        return payload + self.decoy_elements(payload)

    def digest(self, name: str | None, value: Any) -> str:
        disclosure = create_disclosure(name, value, random=self.random)
        self.disclosures.append(disclosure)
        return disclosure.digest

    def decoy_digests(self) -> list[str]:
        return [create_decoy(random=self.random) for _ in range(self.decoys)]

    def decoy_elements(self, payload: list[Any]) -> list[Any]:
        # At the end, so that the indices of real elements stay what they are.
        concealed = any(type(element) is dict and "..." in element for element in payload)
        return [{"...": digest} for digest in self.decoy_digests()] if concealed else []


def _check_undisclosable(value: Any) -> None:
    """Raises LocalError for a reserved name anywhere in what is signed as it is, without a copy."""
    if type(value) in _SCALARS:
        return
    if _is_object(value):
        _check_names(value)
        for member in value.values():
            _check_undisclosable(member)
    elif isinstance(value, _ARRAYS):
        for element in value:
            _check_undisclosable(element)


def _is_object(value: Any) -> bool:
    return type(value) is dict or isinstance(value, Mapping)  # the second question is the dear one


def _check_names(members: Mapping[str, Any]) -> None:
    if not _RESERVED.isdisjoint(members):  # §4.1, §4.2.1
        raise LocalError("A claim may not be named _sd, _sd_alg or ...", code="reserved_claim_name")


def _group_by_head(rules: _Rules) -> dict[str | int | None, tuple[Path, ...]]:
    below: dict[str | int | None, tuple[Path, ...]] = {}
    for path in rules:
        if path:
            below[path[0]] = (*below.get(path[0], ()), path[1:])
    return below


def _no_such_claim() -> LocalError:
    return LocalError("A path stands for no claim", code="no_such_claim")
