"""Types that extend types: the whole chain is fetched, checked and merged before anything of it is used.

SD-JWT VC draft 13 §6.4, §8.2, §9.5. Where a claim is described in both, draft 18 §4.6.5 combines the two
property by property; draft 13 let the child's object replace the parent's. Combining can't loosen a rule by
omission, so that is what we do; nothing that draft 13 allows is read differently unless it dropped a rule.
"""

from collections.abc import Callable
from dataclasses import replace

from protocol.errors import MalformedError
from protocol.sd_jwt.paths import Path
from protocol.sd_jwt_vc.integrity import check_integrity
from protocol.sd_jwt_vc.type_metadata import ClaimMetadata, Disclosability, TypeMetadata, parse_type_metadata

#: Most types in one chain, the credential's own included.
MAX_CHAIN = 8


def load_type_metadata(vct: str, *, integrity: str | None, load: Callable[[str], bytes]) -> TypeMetadata:
    """Returns a type's metadata with everything it extends merged in.

    `load` gives the document for a type (from a catalogue, a cache, the network) and raises whatever it
    raises; `integrity` is the credential's `vct#integrity`. Raises MalformedError for a wrong document, a
    circle, a chain that is too long, or a child that loosens its parent's rules.
    """
    chain: list[TypeMetadata] = []
    next_vct: str | None = vct
    while next_vct is not None:
        _check_chain(chain, next_vct)
        metadata = _load_one(next_vct, integrity=integrity, load=load)
        chain.append(metadata)
        next_vct, integrity = metadata.extends, metadata.extends_integrity
    return _merge_chain(chain)


def _load_one(vct: str, *, integrity: str | None, load: Callable[[str], bytes]) -> TypeMetadata:
    document = load(vct)
    if integrity is not None:  # §7
        check_integrity(document, integrity)
    return parse_type_metadata(document, expected_vct=vct)


def _check_chain(chain: list[TypeMetadata], next_vct: str) -> None:
    if any(metadata.vct == next_vct for metadata in chain):  # §10.3
        raise MalformedError("The type extends itself", code="circular_type")
    if len(chain) == MAX_CHAIN:
        raise MalformedError("The type extends too many others", code="type_chain_too_long")


def _merge_chain(chain: list[TypeMetadata]) -> TypeMetadata:
    *children, merged = chain
    for child in reversed(children):
        merged = _merge(merged, child)
    return merged


def _merge(parent: TypeMetadata, child: TypeMetadata) -> TypeMetadata:
    inherited: dict[Path, ClaimMetadata] = {claim.path: claim for claim in parent.claims}
    for claim in child.claims:
        inherited[claim.path] = (
            _merge_claim(inherited[claim.path], claim) if claim.path in inherited else claim
        )
    display = parent.display if child.display is None else child.display  # §8.2
    return replace(child, display=display, claims=tuple(inherited.values()))


def _merge_claim(parent: ClaimMetadata, child: ClaimMetadata) -> ClaimMetadata:
    _check_not_loosened(parent, child)
    return ClaimMetadata(
        path=child.path,
        display=parent.display if child.display is None else child.display,
        mandatory=parent.mandatory if child.mandatory is None else child.mandatory,
        sd=parent.sd if child.sd is None else child.sd,
        svg_id=parent.svg_id if child.svg_id is None else child.svg_id,
    )


def _check_not_loosened(parent: ClaimMetadata, child: ClaimMetadata) -> None:
    # §9.5.1: always and never are final, and so is mandatory
    fixed = parent.sd in (Disclosability.ALWAYS, Disclosability.NEVER)
    if fixed and child.sd not in (None, parent.sd):
        raise MalformedError("A type changes what its parent fixed", code="type_loosened")
    if parent.mandatory and child.mandatory is False:
        raise MalformedError("A type drops a mandatory claim of its parent's", code="type_loosened")
