"""The holder's choice: which disclosures a presentation carries (RFC 9901 §5, §7.2)."""

from collections.abc import Collection, Sequence

from protocol.errors import UnsatisfiedError
from protocol.sd_jwt.disclosure import Disclosure
from protocol.sd_jwt.paths import Path, related, resolve
from protocol.sd_jwt.process import ProcessedPayload


def select_disclosures(processed: ProcessedPayload, paths: Collection[Path]) -> Sequence[Disclosure]:
    """Returns the disclosures that show what `paths` stand for, and no more.

    Needed are those on the way to a claim (RFC 9901 §4.2.6: a recursive disclosure is useless without the
    outer one) and those inside it. `processed` holds every disclosure of the holder's. Raises
    UnsatisfiedError when a path stands for no claim.
    """
    wanted = [concrete for pattern in paths for concrete in _resolve(processed, pattern)]
    return [
        disclosure
        for place, disclosure in processed.disclosed.items()
        if any(related(place, concrete) for concrete in wanted)
    ]


def _resolve(processed: ProcessedPayload, pattern: Path) -> Sequence[Path]:
    places = list(resolve(processed.claims, pattern))
    if not places:
        raise UnsatisfiedError("The credential has no such claim", code="no_such_claim")
    return places
