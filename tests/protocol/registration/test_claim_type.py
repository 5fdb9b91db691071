import json
from typing import Any

import pytest
from pydantic import ValidationError

from protocol.encoding import json_dumps
from protocol.registration.claim_type import ClaimType, claim_type_to_metadata
from protocol.sd_jwt_vc.type_metadata import Disclosability, parse_type_metadata

WORDS = {"en": "English", "cy": "Cymraeg"}
REASON = "A service must see that the claim belongs to the person."


def attribute(*path: str, **changes: Any) -> dict[str, Any]:
    return {"path": list(path), "title": WORDS, "justification": REASON, **changes}


def claim_type(**changes: Any) -> ClaimType:
    values: dict[str, Any] = {
        "id": "pip-moving-around-8",
        "version": 2,
        "nation": "great-britain",
        "owner": "dwp",
        "effective": {"from": "2026-01-01"},
        "legal_gateway": WORDS,
        "title": {"en": "PIP", "cy": "PIP yn Gymraeg"},
        "statement": WORDS,
        "attributes": [attribute("family_name"), attribute("address", "postal_code")],
        "validity": {"days": 90},
    }
    return ClaimType.model_validate_json(json.dumps(values | changes))


def test_its_name_is_stable() -> None:
    assert claim_type().vct == "urn:pdx:claim:dwp:pip-moving-around-8:2"
    assert claim_type().paths == {("family_name",), ("address", "postal_code")}


def test_it_is_read_back_as_it_was_written() -> None:
    written = claim_type().model_dump_json(by_alias=True)
    assert ClaimType.model_validate_json(written) == claim_type()


def test_the_metadata_has_names_and_labels_in_both_languages() -> None:
    document = json_dumps(claim_type_to_metadata(claim_type()))
    metadata = parse_type_metadata(document, expected_vct=claim_type().vct)
    assert metadata.display is not None
    assert [(one.locale, one.name) for one in metadata.display] == [("en", "PIP"), ("cy", "PIP yn Gymraeg")]
    for claim in metadata.claims:
        assert claim.display is not None
        assert [(one.locale, one.label) for one in claim.display] == [("en", "English"), ("cy", "Cymraeg")]


def test_what_is_always_disclosed_is_mandatory_and_never_selective() -> None:
    changed = claim_type(attributes=[attribute("grade", disclosed="always"), attribute("family_name")])
    document = json_dumps(claim_type_to_metadata(changed))
    always, selectively = parse_type_metadata(document, expected_vct=changed.vct).claims
    assert (always.mandatory, always.sd) == (True, Disclosability.NEVER)
    assert (selectively.mandatory, selectively.sd) == (False, Disclosability.ALWAYS)


def test_the_metadata_says_owner_law_and_dates() -> None:
    metadata = claim_type_to_metadata(claim_type(effective={"from": "2026-01-01", "until": "2027-12-31"}))
    assert metadata["pdx_owner"] == "dwp"
    assert metadata["pdx_effective"] == {"from": "2026-01-01", "until": "2027-12-31"}
    assert metadata["pdx_legal_gateway"] == [
        {"lang": "en", "value": "English"},
        {"lang": "cy", "value": "Cymraeg"},
    ]
    assert metadata["claims"][0]["pdx_justification"] == REASON


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "PIP"},
        {"owner": "d:w:p"},
        {"version": 0},
        {"version": "1"},
        {"nation": "france"},
        {"effective": {"from": "2026-02-01", "until": "2026-01-01"}},
        {"effective": {"from": "yesterday"}},
        {"statement": {"en": "only English"}},
        {"attributes": [attribute()]},
        {"attributes": [attribute("Family")]},
        {"attributes": [attribute("family_name", justification="because")]},
        {"attributes": [attribute("family_name"), attribute("family_name")]},
        {"attributes": [attribute("address"), attribute("address", "postal_code")]},
        {"attributes": [attribute("address", "postal_code"), attribute("address")]},
        {"validity": {"days": 0}},
        {"rule": "record.points >= 8"},
    ],
)
def test_what_is_wrong_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        claim_type(**changes)
