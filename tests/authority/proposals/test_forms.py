"""Forms and documents say the same: what is entered from a document is read back as that document."""

from typing import Any

import pytest

from authority.proposals.claim_type_form import ClaimTypeForm, entered_claim_type
from authority.proposals.question_form import (
    MAX_ALTERNATIVES,
    MAX_LISTED,
    STEPS,
    QuestionForm,
    entered,
    is_of_step,
)
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from tests.authority.network import VCT, WORDS, claim_type
from tests.authority.proposals.world import proposed

OTHER = "urn:pdx:claim:dwp:other:1"
BOTH = [["family_name"], ["address", "postal_code"]]
CATALOGUE = {VCT: claim_type(), OTHER: claim_type(id="other", title={"en": "Ŵyr", "cy": "Ŵyr"})}


def optional(claim: str) -> dict[str, Any]:
    return {"claim": claim, "attributes": BOTH[:1], "optional_attributes": BOTH[1:]}


def alternatives() -> list[dict[str, Any]]:
    bare = {"claim": OTHER, "attributes": []}
    return [{"all_of": [{"claim": VCT, "attributes": BOTH}, bare]}, {"all_of": [bare]}]


@pytest.mark.parametrize(
    "question",
    [
        proposed(),
        proposed(any_of=alternatives()),
        proposed(any_of=[{"all_of": [optional(VCT), optional(OTHER)]}]),
        proposed(
            channels=["post"], contact={"phone": "029 2018 0000"}, match={"needed": False, "reason": WORDS}
        ),
        proposed(supervisory_authority={"name": "A name", "uri": "https://supervisor.example/"}),
    ],
    ids=["plain", "two-ways", "optional", "other-reach", "supervisor"],
)
def test_a_question_survives_its_form(question: Question) -> None:
    form = QuestionForm(entered(question, version=question.version), CATALOGUE)
    assert form.read() == (question, [])
    assert [form.wrong_in(step) for step in STEPS] == [[], [], []]


def test_every_field_is_on_exactly_one_step() -> None:
    names = {name for name, _ in entered(proposed(), version=1)}
    for name in names:
        assert sum(is_of_step(name, step) for step in STEPS) == 1, name


@pytest.mark.parametrize(
    "document",
    [
        claim_type(),
        claim_type(attributes=[]),
        claim_type(effective={"from": "2026-01-01", "until": "2027-12-31"}),
        claim_type(instead_of=[{"attribute": ["birthdate"]}, {"attribute": ["a", "b"], "of": OTHER[:-2]}]),
    ],
    ids=["plain", "bare", "until", "instead"],
)
def test_a_claim_type_survives_its_form(document: ClaimType) -> None:
    form = ClaimTypeForm(entered_claim_type(document, version=document.version), document.owner)
    assert form.read() == (document, [])


def test_what_is_ticked_of_a_claim_that_is_not_chosen_is_not_asked() -> None:
    pairs = [*entered(proposed(), version=1), ("ask:family_name", OTHER), ("ask:forged", VCT)]
    question, _ = QuestionForm(pairs, CATALOGUE).read()
    assert question == proposed()


def test_many_claim_types_are_searched_and_what_is_chosen_stays_listed() -> None:
    many = {one.vct: one for one in (claim_type(id=f"claim-{n}") for n in range(MAX_LISTED + 5))}
    form = QuestionForm([("claim-1", VCT)], {**many, **CATALOGUE})
    assert (form.is_longer, len(form.listed), form.listed[0].vct) == (True, MAX_LISTED + 1, VCT)
    found = QuestionForm([("claim-1", VCT), ("search", "WYR")], {**many, **CATALOGUE})
    assert [one.vct for one in found.listed] == [VCT, OTHER]


def test_a_superseded_claim_type_is_not_offered() -> None:
    newer = claim_type(version=2)
    assert QuestionForm([], {VCT: claim_type(), newer.vct: newer}).listed == [newer]


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "٣", "1000", "99"])
def test_a_wrong_number_of_ways_is_bounded(text: str) -> None:
    assert 1 <= QuestionForm([("alternatives", text)], {}).number <= MAX_ALTERNATIVES
    assert 1 <= ClaimTypeForm([("rows", text)], "dwp").rows <= 48
