"""The public part of a claim definition: what the authority's catalogue and every wallet get to see."""

from issuer.definitions.model import ClaimDefinition, Disclosed
from protocol.encoding import json_dumps
from protocol.registration.claim_type import Attribute, ClaimType, claim_type_to_metadata
from protocol.sd_jwt_vc.integrity import create_integrity


def public_part(definition: ClaimDefinition) -> ClaimType:
    """The claim type as the network knows it: nothing of the register, the matching or the rule."""
    shared = definition.model_dump(
        mode="json",
        by_alias=True,
        include={
            "id",
            "version",
            "nation",
            "owner",
            "effective",
            "legal_gateway",
            "title",
            "statement",
            "instead_of",
        },
    )
    disclose = definition.disclose
    attributes = [_attribute(one, "always") for one in disclose.always]
    attributes += [_attribute(one, "selectively") for one in disclose.selectively]
    written = {
        **shared,
        "attributes": [one.model_dump(mode="json") for one in attributes],
        "validity": {"days": definition.validity.days},
    }
    return ClaimType.model_validate_json(json_dumps(written))


def type_integrity(definition: ClaimDefinition) -> str:
    """`vct#integrity` (SD-JWT VC draft 13 §6.3.1, §7): the digest of the Type Metadata as it is published."""
    return create_integrity(json_dumps(claim_type_to_metadata(public_part(definition))))


def _attribute(disclosed: Disclosed, how: str) -> Attribute:
    written = {
        "path": list(disclosed.path),
        "title": disclosed.title.model_dump(),
        "justification": disclosed.justification,
        "disclosed": how,
    }
    return Attribute.model_validate_json(json_dumps(written))
