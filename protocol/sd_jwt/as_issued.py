"""A processed payload as the issuer laid it out: missing array elements stand as `WITHHELD`.

The Processed SD-JWT Payload closes the gaps in arrays (RFC 9901 §7.1 step 3.d), but paths in Type Metadata
count the array as issued (SD-JWT VC draft 18 §4.6), so checking them needs the gaps back.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from protocol.sd_jwt.paths import Path
from protocol.sd_jwt.process import ProcessedPayload


class _Withheld:
    """The type of `WITHHELD`."""

    def __repr__(self) -> str:
        return "WITHHELD"


#: Stands for an array element whose disclosure was not shown (or that is a decoy).
WITHHELD: Final = _Withheld()


@dataclass(slots=True)
class PayloadAsIssued:
    """The claims with `WITHHELD` elements, and where disclosures stood: both counted as issued."""

    claims: Any = None
    disclosed: set[Path] = field(default_factory=set)


def as_issued(processed: ProcessedPayload) -> PayloadAsIssued:
    """Puts the gaps back into arrays."""
    result = PayloadAsIssued()
    result.claims = _Restoration(processed, result.disclosed).value(processed.claims, (), ())
    return result


class _Restoration:
    """One walk: `seen` is where a value stands in the processed payload, `issued` where it stood before."""

    def __init__(self, processed: ProcessedPayload, disclosed: set[Path]) -> None:
        self.processed = processed
        self.disclosed = disclosed

    def value(self, value: Any, seen: Path, issued: Path) -> Any:
        if seen in self.processed.disclosed:
            self.disclosed.add(issued)
        if type(value) is dict:
            return {
                name: self.value(member, (*seen, name), (*issued, name)) for name, member in value.items()
            }
        if type(value) is list:
            return self.array(value, seen, issued)
        return value

    def array(self, elements: list[Any], seen: Path, issued: Path) -> list[Any]:
        withheld = self.processed.withheld.get(seen, frozenset())
        shown = enumerate(elements)
        restored: list[Any] = []
        for index in range(len(elements) + len(withheld)):
            if index in withheld:
                self.disclosed.add((*issued, index))
                restored.append(WITHHELD)
            else:
                position, element = next(shown)
                restored.append(self.value(element, (*seen, position), (*issued, index)))
        return restored
