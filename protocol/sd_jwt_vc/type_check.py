"""Does a credential keep the rules of its type? SD-JWT VC draft 13 §9, spelt out in draft 18 §4.6.

Two readers ask. The holder has every disclosure and can tell that a mandatory claim is missing. The
verifier sees a choice of claims, and a claim that was not shown says nothing about the issuer; only the
absence of a claim that can't be hidden does.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from protocol.errors import MalformedError
from protocol.sd_jwt.as_issued import WITHHELD, PayloadAsIssued, as_issued
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt.process import ProcessedPayload
from protocol.sd_jwt_vc.type_metadata import ClaimMetadata, Disclosability, TypeMetadata

_Selected = Sequence[tuple[Path, Any]]


def check_against_type(payload: ProcessedPayload, metadata: TypeMetadata, *, complete: bool) -> None:
    """Refuses a credential that breaks its type's rules; `complete`: all disclosures are there (a holder).

    `metadata` has everything it extends merged in. Raises MalformedError when a mandatory claim is missing,
    when a claim is selectively disclosable against `sd`, or when a path does not fit the credential.
    """
    issued = _all_there(payload) if complete else as_issued(payload)
    for claim in metadata.claims:
        _check_claim(issued, claim, complete=complete)


def _all_there(payload: ProcessedPayload) -> PayloadAsIssued:
    # draft 13 §9.1: paths count as if everything were disclosed; a holder has that, what is missing is decoys
    return PayloadAsIssued(payload.claims, set(payload.disclosed))


def _check_claim(issued: PayloadAsIssued, claim: ClaimMetadata, *, complete: bool) -> None:
    *way, last = claim.path
    parents = _select(issued.claims, way)
    selected = _step(parents, last)
    if claim.mandatory and not selected and (complete or _could_not_hide(claim, parents)):
        raise MalformedError("The credential lacks a mandatory claim", code="mandatory_claim_missing")
    for place, _ in selected:
        _check_disclosability(claim, disclosed=place in issued.disclosed)


def _could_not_hide(claim: ClaimMetadata, parents: _Selected) -> bool:
    # An open claim is seen wherever its parent is; a parent that is hidden hides its claims too.
    visible = [value for _, value in parents if value is not WITHHELD]
    return claim.sd is Disclosability.NEVER and bool(parents) and len(visible) == len(parents)


def _check_disclosability(claim: ClaimMetadata, *, disclosed: bool) -> None:
    if claim.sd is Disclosability.ALWAYS and not disclosed:
        raise MalformedError(
            "A claim of the credential should be selectively disclosable", code="sd_rule_broken"
        )
    if claim.sd is Disclosability.NEVER and disclosed:
        raise MalformedError(
            "A claim of the credential should not be selectively disclosable", code="sd_rule_broken"
        )


def _select(claims: Any, way: Iterable[str | int | None]) -> _Selected:
    selected: _Selected = [((), claims)]
    for component in way:
        selected = _step(selected, component)
    return selected


def _step(selected: _Selected, component: str | int | None) -> _Selected:
    return [
        ((*place, key), member)
        for place, value in selected
        if value is not WITHHELD  # its contents are unknown and select nothing
        for key, member in _members(value, component)
    ]


def _members(value: Any, component: str | int | None) -> Iterable[tuple[str | int, Any]]:
    # draft 13 §9.1.2 step 2
    if isinstance(component, str) and type(value) is dict:
        return [(component, value[component])] if component in value else []
    if isinstance(component, int) and type(value) is list:
        return [(component, value[component])] if component < len(value) else []
    if component is None and type(value) is list:
        return enumerate(value)
    raise MalformedError("A path of the type metadata does not fit the credential", code="type_path_mismatch")
