"""A question as a service writes it, and the query that asks it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from protocol.dcql import parse_dcql_query
from protocol.registration.question import Question, question_to_dcql, question_to_query

PIP = "urn:pdx:claim:dwp:pip-moving-around-8:1"
DLA = "urn:pdx:claim:dwp:dla-higher-rate-mobility:1"
SIGHT = "urn:pdx:claim:councils:severely-sight-impaired:1"


def text(words: str) -> dict[str, str]:
    return {"en": words, "cy": f"{words} (Cymraeg)"}


NAMED = [["family_name"], ["address", "postal_code"]]
WRITTEN: dict[str, Any] = {
    "id": "blue-badge-without-assessment",
    "version": 2,
    "title": text("Blue Badge without further assessment"),
    "purpose": text("To decide whether you get a Blue Badge"),
    "law": text("Disabled Persons (Badges for Motor Vehicles) (England) Regulations 2000, regulation 4"),
    "retention": {"days": 1095, "text": text("Three years")},
    "privacy_policy": "https://council.example.org/privacy",
    "contact": {"email": "badges@council.example.org", "phone": "029 2018 0000"},
    "supervisory_authority": {
        "name": "ICO",
        "uri": "https://ico.example.org/complaints",
        "phone": "0303 000 0000",
    },
    "any_of": [
        {"all_of": [{"claim": PIP, "attributes": NAMED}]},
        {"all_of": [{"claim": DLA, "attributes": NAMED}]},
        {"all_of": [{"claim": SIGHT}, {"claim": PIP, "attributes": NAMED}]},
    ],
}


def question(**changes: Any) -> Question:
    return Question.model_validate({**deepcopy(WRITTEN), **changes})


def test_query() -> None:
    written = question_to_dcql(question())
    assert [one["id"] for one in written["credentials"]] == ["c1", "c2", "c3"]
    assert written["credentials"][0]["meta"] == {"vct_values": [PIP]}
    assert written["credentials"][0]["claims"] == [{"path": path} for path in NAMED]
    assert "claims" not in written["credentials"][2]
    assert written["credential_sets"] == [{"options": [["c1"], ["c2"], ["c3", "c1"]]}]
    assert parse_dcql_query(written) == question_to_query(question())


@pytest.mark.parametrize(
    "address",
    [
        "http://council.example.org/privacy",
        "https://user@council.example.org/",
        "https://council.example.org:port/",
        "https://",
    ],
)
def test_an_address_that_no_wallet_takes_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="begins with https://"):
        question(privacy_policy=address)
    with pytest.raises(ValidationError, match="begins with https://"):
        question(supervisory_authority={"uri": address})


def test_a_version_fits_where_versions_are_read() -> None:
    with pytest.raises(ValidationError, match="version"):
        question(version=1_000_000_000)


def test_reference() -> None:
    assert question().reference == "blue-badge-without-assessment@2"


def test_same_claim_with_other_attributes_is_another_query() -> None:
    several = [{"all_of": [{"claim": PIP, "attributes": NAMED}]}, {"all_of": [{"claim": PIP}]}]
    assert len(question_to_dcql(question(any_of=several))["credentials"]) == 2


def test_array_attributes() -> None:
    asked = [{"all_of": [{"claim": PIP, "attributes": [["nationalities", None], ["degrees", 0]]}]}]
    claims = question_to_dcql(question(any_of=asked))["credentials"][0]["claims"]
    assert claims == [{"path": ["nationalities", None]}, {"path": ["degrees", 0]}]


def test_frozen() -> None:
    with pytest.raises(ValidationError):
        question().version = 3  # type: ignore[misc]


FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "unknown member": lambda q: q.update(x=1),
    "id with spaces": lambda q: q.update(id="Blue Badge"),
    "version 0": lambda q: q.update(version=0),
    "version text": lambda q: q.update(version="2"),
    "no Welsh": lambda q: q["purpose"].pop("cy"),
    "empty words": lambda q: q["law"].update(en=" "),
    "no law": lambda q: q.pop("law"),
    "no purpose": lambda q: q.pop("purpose"),
    "no retention": lambda q: q.pop("retention"),
    "retention below zero": lambda q: q["retention"].update(days=-1),
    "privacy policy no address": lambda q: q.update(privacy_policy="ask us"),
    "nobody to contact": lambda q: q.update(contact={}),
    "nobody to complain to": lambda q: q.update(supervisory_authority={"name": "ICO"}),
    "asks nothing": lambda q: q.update(any_of=[]),
    "alternative of nothing": lambda q: q["any_of"][0].update(all_of=[]),
    "claim with a space": lambda q: q["any_of"][0]["all_of"][0].update(claim="a b"),
    "attribute not a list": lambda q: q["any_of"][0]["all_of"][0].update(attributes=["family_name"]),
    "attribute empty": lambda q: q["any_of"][0]["all_of"][0].update(attributes=[[]]),
    "attribute below zero": lambda q: q["any_of"][0]["all_of"][0].update(attributes=[["a", -1]]),
    "attribute twice": lambda q: q["any_of"][0]["all_of"][0].update(attributes=[["a"], ["a"]]),
    "too many claims": lambda q: q.update(
        any_of=[{"all_of": [{"claim": f"urn:{a}:{b}"} for b in range(9)]} for a in range(8)]
    ),
}


@pytest.mark.parametrize("change", FAULTS.values(), ids=FAULTS.keys())
def test_refused(change: Callable[[dict[str, Any]], object]) -> None:
    value = deepcopy(WRITTEN)
    change(value)
    with pytest.raises(ValidationError):
        Question.model_validate(value)
