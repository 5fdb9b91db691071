"""From signed payload and disclosures to the processed payload: RFC 9901 §7.1 steps 3 to 5.

The walk runs once over the payload. Wherever it meets a digest it looks for the disclosure, puts the claim
in its place and walks on into its value, so recursive disclosures need no second pass. Digests without a
disclosure (decoys and what the holder withheld) vanish, as the standard wants; where array elements are
missing, `withheld` remembers it, since paths in Type Metadata count the array as issued.
"""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, NamedTuple

from protocol.errors import MalformedError
from protocol.sd_jwt.disclosure import Disclosure
from protocol.sd_jwt.paths import Path

#: Deepest place of a claim: each recursive disclosure adds levels, so JSON's own bound is not enough.
MAX_PATH = 32

_CONTAINERS = frozenset({dict, list})


class ProcessedPayload(NamedTuple):
    """The Processed SD-JWT Payload, which claim came from which disclosure, and what arrays lack.

    All paths are concrete and lead through `claims`. `withheld` gives for an array the indices, in the
    array as issued, of the elements that were not disclosed (or are decoys).
    """

    claims: dict[str, Any]
    disclosed: Mapping[Path, Disclosure]
    withheld: Mapping[Path, frozenset[int]]


# What `ProcessedPayload(…)` does, without a function of Python's between.
_processed = partial(tuple.__new__, ProcessedPayload)


def process_payload(payload: Mapping[str, Any], disclosures: Collection[Disclosure]) -> ProcessedPayload:
    """Puts the disclosures into the payload; raises MalformedError where RFC 9901 §7.1 wants a refusal.

    Parts of the payload that hold no digest are shared with the result, not copied.
    """
    _check_hash_algorithm(payload)
    walk = _Walk(disclosures)
    claims = dict(walk.object(payload, ()))
    claims.pop("_sd_alg", None)  # step 3.f
    if len(set(walk.met)) != len(walk.met):  # step 4
        raise MalformedError("A digest appears twice in the SD-JWT", code="duplicate_digest")
    if walk.unused:  # step 5
        raise MalformedError("A disclosure belongs to no digest", code="unreferenced_disclosure")
    return _processed((claims, walk.disclosed, walk.withheld))


def _check_hash_algorithm(payload: Mapping[str, Any]) -> None:
    # Step 2.d, §4.1.1: sha-256 is the default and the only one accepted here.
    if payload.get("_sd_alg", "sha-256") != "sha-256":
        raise MalformedError("The SD-JWT's hash algorithm is not sha-256", code="unsupported_hash_algorithm")


class _Walk:
    """One run over one payload: which digests were met, which disclosures are still unused."""

    __slots__ = ("disclosed", "met", "unused", "withheld")

    def __init__(self, disclosures: Collection[Disclosure]) -> None:
        self.met: list[str] = []
        self.disclosed: dict[Path, Disclosure] = {}
        self.withheld: dict[Path, frozenset[int]] = {}
        self.unused = {disclosure.digest: disclosure for disclosure in disclosures}
        if len(self.unused) != len(disclosures):
            raise MalformedError("A disclosure appears twice", code="duplicate_disclosure")

    def value(self, value: Any, path: Path) -> Any:
        kind = type(value)
        if kind not in _CONTAINERS:
            return value
        return self.object(value, path) if kind is dict else self.array(value, path)

    def object(self, members: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        if len(path) > MAX_PATH:
            raise _too_deep()
        if "..." in members or (path and "_sd_alg" in members):  # §4.1: only where they carry digests
            raise MalformedError("A claim has a reserved name", code="reserved_claim_name")
        if "_sd" not in members and _CONTAINERS.isdisjoint(map(type, members.values())):
            return members
        opened: dict[str, Any] = {}
        for name, member in members.items():
            kind = type(member)
            if kind in _CONTAINERS and name != "_sd":
                place = (*path, name)
                value = self.object(member, place) if kind is dict else self.array(member, place)
                if value is not member:
                    opened[name] = value
        if "_sd" in members:
            return self._open_members({**members, **opened}, path)
        return {**members, **opened} if opened else members

    def _open_members(self, claims: dict[str, Any], path: Path) -> dict[str, Any]:
        digests = _checked(claims.pop("_sd"))  # step 3.e
        self.met += digests
        for digest in digests:
            if digest not in self.unused:  # step 3.c.i
                continue
            disclosure = self.unused.pop(digest)
            name = disclosure.name
            if name is None or name in claims or name == "_sd_alg":  # steps 3.c.ii.1 and 3
                raise _no_new_member(name)
            place = (*path, name)
            self.disclosed[place] = disclosure
            claims[name] = self.value(disclosure.value, place)  # steps 3.c.ii.4 and 5
        return claims

    def array(self, elements: list[Any], path: Path) -> list[Any]:
        if len(path) > MAX_PATH:
            raise _too_deep()
        if not any(type(element) in _CONTAINERS for element in elements):
            return elements
        claims: list[Any] = []
        withheld: set[int] = set()
        for index, element in enumerate(elements):
            place = (*path, len(claims))
            if type(element) is not dict or "..." not in element:
                claims.append(self.value(element, place))
            elif (disclosure := self._take(_element_digest(element))) is not None:
                claims.append(self._open_element(disclosure, place))
            else:  # step 3.d
                withheld.add(index)
        if withheld:
            self.withheld[path] = frozenset(withheld)
        return claims

    def _take(self, digest: str) -> Disclosure | None:
        self.met.append(digest)
        return self.unused.pop(digest, None)

    def _open_element(self, disclosure: Disclosure, place: Path) -> Any:
        if disclosure.name is not None:  # step 3.c.iii.1
            raise MalformedError(
                "An object member's disclosure stands for an array's element", code="malformed_disclosure"
            )
        self.disclosed[place] = disclosure
        return self.value(disclosure.value, place)  # steps 3.c.iii.2 and 3


def _too_deep() -> MalformedError:
    return MalformedError("The claims are nested too deeply", code="too_deep")


def _no_new_member(name: str | None) -> MalformedError:
    if name is None:
        text = "An array element's disclosure stands for an object's member"
        return MalformedError(text, code="malformed_disclosure")
    return MalformedError("A disclosure names a claim that is already there", code="claim_exists")


def _checked(digests: Any) -> list[str]:
    if type(digests) is not list or not {*map(type, digests)} <= {str}:  # §4.2.4.1
        raise MalformedError("_sd is not an array of strings", code="malformed_digests")
    return digests


def _element_digest(element: dict[str, Any]) -> str:
    digest = element["..."]
    if len(element) != 1 or type(digest) is not str:  # §4.2.4.2: no other keys, one string
        raise MalformedError("An array's digest is not one string", code="malformed_digests")
    return digest
