"""The checks are pure: the same question in the same network gives the same findings."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from authority.proposals.proportionality import Network, Severity, check_proportionality, serious
from authority.proposals.purposes import load_purposes
from protocol.registration.claim_type import ClaimType
from protocol.registration.question import Question
from tests.authority.network import CLAIM_TYPE, VCT, WORDS, claim_type
from tests.authority.proposals.world import proposed

NAMES = ("family_name", "birthdate", "award_end_date", "award_rate", "postal_code")
REASON = "A service must see that the claim belongs to the person."
WIDE = claim_type(attributes=[{"path": [name], "title": WORDS, "justification": REASON} for name in NAMES])
NO_MATCH = {"needed": False, "reason": WORDS}


def yes_claim(*instead_of: dict[str, Any], **changes: Any) -> ClaimType:
    return claim_type(id="over-18", attributes=[], instead_of=list(instead_of), **changes)


def found(question: Question, *claim_types: ClaimType, approved: tuple[Question, ...] = ()) -> dict[str, Any]:
    catalogue = {one.vct: one for one in (WIDE, *claim_types)}
    findings = check_proportionality(question, Network(catalogue, approved, load_purposes()))
    return {one.code: one for one in findings}


def test_a_modest_question_has_no_findings() -> None:
    assert found(proposed(["family_name"], ["award_end_date"])) == {}


def test_a_yes_claim_exists() -> None:
    rate = yes_claim({"attribute": ["award_rate"]})
    finding = found(proposed(["award_rate"], match=NO_MATCH), rate)["yes_claim_exists"]
    assert (finding.paths, finding.about) == ((("award_rate",),), rate.vct)
    assert "award_rate" in finding.words.en
    assert finding.words.cy != finding.words.en


def test_a_yes_claim_stands_in_for_the_claim_type_that_it_names() -> None:
    of_it = yes_claim({"attribute": ["award_rate"], "of": VCT.rpartition(":")[0]})
    of_another = yes_claim({"attribute": ["award_rate"], "of": "urn:pdx:claim:dwp:another"})
    assert "yes_claim_exists" in found(proposed(["award_rate"]), of_it)
    assert "yes_claim_exists" not in found(proposed(["award_rate"]), of_another)


def test_a_yes_does_not_find_a_record() -> None:
    age = yes_claim({"attribute": ["birthdate"]})
    assert found(proposed(["birthdate"]), age) == {}
    assert {"yes_claim_exists", "identity_without_match"} == found(
        proposed(["birthdate"], match=NO_MATCH), age
    ).keys()


def test_a_claim_type_is_not_in_place_of_itself() -> None:
    own = claim_type(**{**CLAIM_TYPE, "attributes": WIDE.model_dump(mode="json")["attributes"]})
    again = own.model_copy(update={"instead_of": yes_claim({"attribute": ["award_rate"]}).instead_of})
    assert "yes_claim_exists" not in found(proposed(["award_rate"]), again)


def test_more_than_an_approved_question_of_the_same_purpose() -> None:
    approved = proposed(["family_name"])
    wanted = proposed(["family_name"], ["award_rate"], id="mine")
    finding = found(wanted, approved=(approved,))["more_than_approved"]
    assert (finding.about, finding.paths) == ("badge@1", (("award_rate",),))
    assert found(wanted, approved=(proposed(["family_name"], purpose_code="housing"),)) == {}
    assert found(proposed(["family_name"], id="mine"), approved=(approved, wanted)) == {}


def test_more_claims_together_than_an_approved_question() -> None:
    both = [{"all_of": [{"claim": VCT, "attributes": []}, {"claim": "urn:pdx:claim:dwp:b:1"}]}]
    one = [{"all_of": [{"claim": VCT, "attributes": []}]}]
    wanted = proposed(any_of=both, needs=[], match=NO_MATCH)
    approved = proposed(any_of=one, needs=[], match=NO_MATCH)
    assert found(wanted, approved=(approved,)).keys() == {"more_claims_than_approved"}
    assert found(approved, approved=(wanted,)) == {}


def test_kept_longer_than_the_norm() -> None:
    assert found(proposed(["family_name"], retention={"days": 90, "text": WORDS})) == {}
    finding = found(proposed(["family_name"], retention={"days": 91, "text": WORDS}))
    assert finding.keys() == {"kept_longer_than_norm"}


def test_a_match_without_identity_is_only_noticed() -> None:
    finding = found(proposed(["award_rate"]))["match_without_identity"]
    assert finding.severity is Severity.NOTICE
    assert serious([finding]) == []


@given(
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.booleans(),
)
def test_asking_for_more_takes_no_serious_finding_away(
    less: set[str], more: set[str], approved: set[str], needed: bool
) -> None:
    rate = yes_claim({"attribute": ["award_rate"]}, {"attribute": ["birthdate"]})
    match = {"needed": needed, "reason": WORDS}

    def paths_of(names: set[str]) -> dict[str, set[Any]]:
        asked = proposed(*([name] for name in sorted(names)), match=match)
        known = (proposed(*([name] for name in sorted(approved)), id="known"),)
        findings = found(asked, rate, approved=known).values()
        return {one.name: set(one.paths) for one in serious(findings)}

    before, after = paths_of(less), paths_of(less | more)
    assert all(name in after and paths <= after[name] for name, paths in before.items())


@given(st.sets(st.sampled_from(NAMES), min_size=1), st.booleans())
def test_findings_name_only_what_is_asked_and_each_once(names: set[str], needed: bool) -> None:
    asked = proposed(*([name] for name in sorted(names)), match={"needed": needed, "reason": WORDS})
    findings = found(asked, yes_claim({"attribute": ["award_rate"]})).values()
    assert all(set(one.paths) <= asked.paths for one in findings)


def test_purposes_have_words_in_both_languages() -> None:
    purposes = load_purposes()
    assert all(one.title.en and one.title.cy for one in purposes.values())
    assert len(purposes) == 9
