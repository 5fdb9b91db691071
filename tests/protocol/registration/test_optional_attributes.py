"""Attributes that are shown only where a claim has them: OpenID4VP 1.0 §6.4.1, claim_sets."""

import pytest
from pydantic import ValidationError

from protocol.dcql.query import parse_dcql_query
from protocol.registration.question import AskedClaim, Question, question_to_dcql

WORDS = {"en": "words", "cy": "geiriau"}


def asking(claim: dict[str, object]) -> Question:
    return Question.model_validate(
        {
            "id": "badge",
            "version": 1,
            "title": WORDS,
            "purpose": WORDS,
            "law": WORDS,
            "retention": {"days": 1, "text": WORDS},
            "privacy_policy": "https://service.example/privacy",
            "contact": {"email": "team@service.example"},
            "supervisory_authority": {"email": "casework@authority.example"},
            "any_of": [{"all_of": [{"claim": "urn:pdx:claim:dwp:x:1", **claim}]}],
        }
    )


def test_the_favourite_set_has_the_optional_attributes_and_the_other_does_not() -> None:
    question = asking(
        {"attributes": [["name"]], "optional_attributes": [["end"], ["address", "postal_code"]]}
    )
    credential = question_to_dcql(question)["credentials"][0]
    assert credential["claims"] == [
        {"id": "a1", "path": ["name"]},
        {"id": "a2", "path": ["end"]},
        {"id": "a3", "path": ["address", "postal_code"]},
    ]
    assert credential["claim_sets"] == [["a1", "a2", "a3"], ["a1"]]
    parse_dcql_query(question_to_dcql(question))


def test_without_optional_attributes_there_are_no_claim_sets() -> None:
    credential = question_to_dcql(asking({"attributes": [["name"]]}))["credentials"][0]
    assert "claim_sets" not in credential
    assert credential["claims"] == [{"path": ["name"]}]


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ({"attributes": [["name"]], "optional_attributes": [["name"]]}, "needed and as optional"),
        ({"attributes": [], "optional_attributes": [["end"]]}, "need an attribute that is always asked"),
        ({"attributes": [["name"]], "optional_attributes": [["end"], ["end"]]}, "listed twice"),
    ],
)
def test_optional_attributes_that_make_no_sense_are_refused(claim: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        AskedClaim.model_validate({"claim": "urn:pdx:claim:dwp:x:1", **claim})
