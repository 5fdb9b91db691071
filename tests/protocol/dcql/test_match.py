"""OpenID4VP 1.0 §6.4 on the wallet's side: what may be sent, and no more."""

from typing import Any

import pytest

from protocol.dcql import Candidate, DcqlQuery, QueryMatch, match_query, parse_dcql_query
from protocol.encoding import b64url_encode
from protocol.errors import UnsatisfiedError
from tests.vectors.reading import vectors

EXAMPLES = vectors("dcql/specification_queries.json")["queries"]
KEY_ID = b"\x01" * 20

CITIZEN: dict[str, Any] = {
    "family_name": "Davies",
    "given_name": "Siân",
    "address": {"postal_code": "CF10 1AA", "street_address": "1 Heol Fawr"},
    "over_65": True,
    "points": 1,
    "nationalities": ["British", "Irish"],
}


def held(key: str = "k1", vct: str = "urn:a", **changes: Any) -> Candidate:
    fields: dict[str, Any] = {"format": "dc+sd-jwt", "claims": CITIZEN, "authority_key_ids": frozenset()}
    return Candidate(key=key, vct=vct, **(fields | changes))


def asking(vct: str = "urn:a", query_id: str = "c1", **members: Any) -> dict[str, Any]:
    return {"id": query_id, "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, **members}


def query(*credentials: dict[str, Any], sets: list[dict[str, Any]] | None = None) -> DcqlQuery:
    value: dict[str, Any] = {"credentials": list(credentials)}
    return parse_dcql_query(value if sets is None else {**value, "credential_sets": sets})


def paths_for(claims: list[dict[str, Any]], **members: Any) -> tuple[Any, ...]:
    match = match_query(query(asking(claims=claims, **members)), [held()])
    return match.selection()[0].paths


def refuses(one: DcqlQuery, *candidates: Candidate) -> None:
    with pytest.raises(UnsatisfiedError):
        match_query(one, candidates)


def test_no_claims_discloses_nothing() -> None:
    assert match_query(query(asking()), [held()]).selection()[0].paths == ()


def test_all_claims_without_claim_sets() -> None:
    assert paths_for([{"path": ["family_name"]}, {"path": ["address", "postal_code"]}]) == (
        ("family_name",),
        ("address", "postal_code"),
    )


def test_one_missing_claim_withholds_the_credential() -> None:
    refuses(query(asking(claims=[{"path": ["family_name"]}, {"path": ["email"]}])), held())


def test_first_claim_set_that_can_be_met() -> None:
    claims = [
        {"id": "a", "path": ["family_name"]},
        {"id": "b", "path": ["email"]},
        {"id": "c", "path": ["over_65"]},
        {"id": "d", "path": ["points"]},
    ]
    assert paths_for(claims, claim_sets=[["a", "b"], ["c"], ["a", "d"]]) == (("over_65",),)


def test_no_claim_set_can_be_met() -> None:
    claims = [{"id": "a", "path": ["email"]}, {"id": "b", "path": ["phone"]}]
    refuses(query(asking(claims=claims, claim_sets=[["a"], ["b"]])), held())


@pytest.mark.parametrize(
    ("name", "values", "matches"),
    [
        ("over_65", [True], True),
        ("over_65", [1], False),
        ("over_65", ["true"], False),
        ("points", [1], True),
        ("points", [True], False),
        ("points", ["1"], False),
        ("family_name", ["Jones", "Davies"], True),
        ("family_name", ["davies"], False),
        ("address", ["CF10 1AA"], False),
    ],
)
def test_values_match_in_type_and_value(name: str, values: list[Any], matches: bool) -> None:
    one = query(asking(claims=[{"path": [name], "values": values}]))
    if matches:
        assert match_query(one, [held()]).selection()
    else:
        refuses(one, held())


def test_values_choose_array_elements() -> None:
    claims = [{"path": ["nationalities", None], "values": ["Irish", "French"]}]
    assert paths_for(claims) == (("nationalities", 1),)


def test_a_claim_asked_twice_is_disclosed_once() -> None:
    assert paths_for([{"path": ["family_name"]}, {"path": ["family_name"]}]) == (("family_name",),)


def test_type_and_format() -> None:
    refuses(query(asking()), held(vct="urn:b"))
    refuses(query(asking()), held(format="mso_mdoc"))


def test_unknown_format_matches_nothing() -> None:
    refuses(query({"id": "m", "format": "other", "meta": {}}), held(format="other"))


def test_holder_binding() -> None:
    """Appendix B.3: without `cnf` a credential cannot be returned where binding is required."""
    refuses(query(asking()), held(holder_bound=False))
    assert match_query(
        query(asking(require_cryptographic_holder_binding=False)), [held(holder_bound=False)]
    ).selection()


def authorities(*entries: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"type": kind, "values": [value]} for kind, value in entries]


def test_trusted_authority_by_key_identifier() -> None:
    wanted = query(asking(trusted_authorities=authorities(("aki", b64url_encode(KEY_ID)))))
    assert match_query(wanted, [held(authority_key_ids=frozenset({b"x", KEY_ID}))]).selection()
    refuses(wanted, held(authority_key_ids=frozenset({b"x"})))
    refuses(wanted, held())


def test_unknown_authority_types_match_nothing_but_do_no_harm() -> None:
    refuses(query(asking(trusted_authorities=authorities(("etsi_tl", "https://lotl.example")))), held())
    either = authorities(("etsi_tl", "https://lotl.example"), ("aki", b64url_encode(KEY_ID)))
    assert match_query(
        query(asking(trusted_authorities=either)), [held(authority_key_ids=frozenset({KEY_ID}))]
    ).selection()


def chosen(match: QueryMatch, **choices: Any) -> list[tuple[str, str]]:
    return [(one.query_id, one.candidate.key) for one in match.selection(**choices)]


def test_without_sets_everything_is_required() -> None:
    both = query(asking(), asking("urn:b", "c2"))
    refuses(both, held())
    match = match_query(both, [held(), held("k2", "urn:b")])
    assert chosen(match) == [("c1", "k1"), ("c2", "k2")]


ALTERNATIVES = vectors("dcql/specification_queries.json")["queries"]["credentials_alternatives"]
PID = {"given_name": "a", "family_name": "b", "address": {"street_address": "c"}}
REDUCED = [
    held("r1", "https://credentials.example.com/reduced_identity_credential", claims=PID),
    held("r2", "https://cred.example/residence_credential", claims={
        "postal_code": "a", "locality": "b", "region": "c",
    }),
]  # fmt: skip
REWARDS = held("n", "https://company.example/company_rewards", claims={"rewards_number": 1})


def test_options_of_the_specifications_example() -> None:
    one = parse_dcql_query(ALTERNATIVES)
    other = held("o", "https://othercredentials.example/pid", claims=PID)
    match = match_query(one, [*REDUCED, other])
    assert match.sets[0].options == (("other_pid",), ("pid_reduced_cred_1", "pid_reduced_cred_2"))
    assert chosen(match) == [("other_pid", "o")]
    assert chosen(match, options={0: 1}) == [("pid_reduced_cred_1", "r1"), ("pid_reduced_cred_2", "r2")]


def test_optional_set_only_when_chosen() -> None:
    match = match_query(parse_dcql_query(ALTERNATIVES), [*REDUCED, REWARDS])
    assert ("nice_to_have", "n") not in chosen(match)
    assert ("nice_to_have", "n") in chosen(match, include_optional=[1])


def test_optional_set_that_cannot_be_met_is_left_out() -> None:
    """Module oid4vp-1final-wallet-optional-credential-set."""
    match = match_query(parse_dcql_query(ALTERNATIVES), REDUCED)
    assert len(match.selection()) == 2
    with pytest.raises(UnsatisfiedError):
        match.selection(include_optional=[1])


def test_required_set_that_cannot_be_met() -> None:
    """Module oid4vp-1final-wallet-negative-test-required-non-matching-credential."""
    refuses(parse_dcql_query(ALTERNATIVES), REDUCED[0], REWARDS)


def test_choice_among_several_credentials() -> None:
    match = match_query(query(asking()), [held("k1"), held("k2")])
    assert [one.candidate.key for one in match.matches["c1"]] == ["k1", "k2"]
    assert chosen(match, credentials={"c1": ["k2"]}) == [("c1", "k2")]
    with pytest.raises(UnsatisfiedError):
        match.selection(credentials={"c1": ["k1", "k2"]})
    with pytest.raises(UnsatisfiedError):
        match.selection(credentials={"c1": ["elsewhere"]})
    with pytest.raises(UnsatisfiedError):
        match.selection(credentials={"c1": []})
    with pytest.raises(UnsatisfiedError):
        match.selection(options={0: 1})


def test_multiple() -> None:
    match = match_query(query(asking(multiple=True)), [held("k1"), held("k2")])
    assert chosen(match, credentials={"c1": ["k1", "k2"]}) == [("c1", "k1"), ("c1", "k2")]


def test_one_credential_can_answer_two_queries() -> None:
    """§6.1: multiple credential queries may ask for the same credential."""
    match = match_query(query(asking(), asking(query_id="c2")), [held()])
    assert chosen(match) == [("c1", "k1"), ("c2", "k1")]
