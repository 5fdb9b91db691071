"""OpenID4VP 1.0 §6: what a query must look like."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from protocol.dcql import ClaimsQuery, CredentialQuery, DcqlQuery, create_dcql_query, parse_dcql_query
from protocol.errors import MalformedError
from tests.vectors.reading import vectors

EXAMPLES = vectors("dcql/specification_queries.json")["queries"]

VALID: dict[str, Any] = {
    "credentials": [
        {
            "id": "pip",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:pdx:claim:dwp:pip-moving-around-8:1"]},
            "trusted_authorities": [{"type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"]}],
            "claims": [
                {"id": "a", "path": ["family_name"]},
                {"id": "b", "path": ["birthdate"], "values": ["1960-01-01"]},
            ],
            "claim_sets": [["a", "b"], ["a"]],
        },
        {"id": "sight", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:sight"]}, "multiple": True},
    ],
    "credential_sets": [{"options": [["pip"], ["sight"]]}],
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The valid query with one thing changed."""
    query = deepcopy(VALID)
    change(query)
    return query


def test_number_of_examples() -> None:
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_the_specification(name: str) -> None:
    query = parse_dcql_query(EXAMPLES[name])
    assert parse_dcql_query(create_dcql_query(query)) == query
    assert create_dcql_query(query) == EXAMPLES[name]


def test_defaults() -> None:
    query = parse_dcql_query(EXAMPLES["simple"]).credentials[0]
    assert not query.multiple
    assert query.require_cryptographic_holder_binding
    assert query.trusted_authorities == ()
    assert parse_dcql_query(VALID).credential_sets[0].required


def test_key_identifiers_are_decoded() -> None:
    authority = parse_dcql_query(VALID).credentials[0].trusted_authorities[0]
    assert {len(one) for one in authority.key_identifiers} == {20}


def test_unknown_members_are_ignored() -> None:
    """§6: implementations MUST ignore any unknown properties."""
    query = changed(lambda q: (q.update(x=1), q["credentials"][0].update(y=2)))
    assert parse_dcql_query(query) == parse_dcql_query(VALID)


def test_unknown_format_is_kept() -> None:
    query = changed(lambda q: q["credentials"][1].update(format="ldp_vc", meta={}))
    assert parse_dcql_query(query).credentials[1].format == "ldp_vc"


FAULTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "§6 credentials missing": lambda q: q.pop("credentials"),
    "§6 credentials empty": lambda q: q.update(credentials=[]),
    "§6 credentials no array": lambda q: q.update(credentials={}),
    "§6 too many credentials": lambda q: q.update(credentials=q["credentials"] * 40),
    "§6 credential_sets empty": lambda q: q.update(credential_sets=[]),
    "§6.1 id missing": lambda q: q["credentials"][0].pop("id"),
    "§6.1 id empty": lambda q: q["credentials"][0].update(id=""),
    "§6.1 id with a space": lambda q: q["credentials"][0].update(id="a b"),
    "§6.1 id with a line end": lambda q: q["credentials"][0].update(id="pip\n"),
    "§6.1 id not ASCII": lambda q: q["credentials"][0].update(id="pîp"),
    "§6.1 id twice": lambda q: q["credentials"][1].update(id="pip"),
    "§6.1 format missing": lambda q: q["credentials"][0].pop("format"),
    "§6.1 format no string": lambda q: q["credentials"][0].update(format=1),
    "§6.1 meta missing": lambda q: q["credentials"][0].pop("meta"),
    "§6.1 meta no object": lambda q: q["credentials"][0].update(meta=[]),
    "B.3.5 vct_values missing": lambda q: q["credentials"][0].update(meta={}),
    "B.3.5 vct_values empty": lambda q: q["credentials"][0].update(meta={"vct_values": []}),
    "B.3.5 vct_values no strings": lambda q: q["credentials"][0].update(meta={"vct_values": [1]}),
    "§6.1 multiple no boolean": lambda q: q["credentials"][0].update(multiple=1),
    "§6.1 binding no boolean": lambda q: q["credentials"][0].update(
        require_cryptographic_holder_binding="true"
    ),
    "§6.1 trusted_authorities empty": lambda q: q["credentials"][0].update(trusted_authorities=[]),
    "§6.1.1 type missing": lambda q: q["credentials"][0]["trusted_authorities"][0].pop("type"),
    "§6.1.1 values empty": lambda q: q["credentials"][0]["trusted_authorities"][0].update(values=[]),
    "§6.1.1.1 not base64url": lambda q: q["credentials"][0]["trusted_authorities"][0].update(values=["="]),
    "§6.1 claims empty": lambda q: q["credentials"][0].update(claims=[]),
    "§6.1 claim_sets empty": lambda q: q["credentials"][0].update(claim_sets=[]),
    "§6.1 claim_sets with an empty set": lambda q: q["credentials"][0].update(claim_sets=[[]]),
    "§6.1 claim_sets with an unknown id": lambda q: q["credentials"][0].update(claim_sets=[["z"]]),
    "§6.4.1 claim_sets without claims": lambda q: q["credentials"][0].pop("claims"),
    "§6.3 id missing though claim_sets": lambda q: q["credentials"][0]["claims"][0].pop("id"),
    "§6.3 id twice": lambda q: q["credentials"][0]["claims"][0].update(id="b"),
    "§6.3 path missing": lambda q: q["credentials"][0]["claims"][0].pop("path"),
    "§6.3 path empty": lambda q: q["credentials"][0]["claims"][0].update(path=[]),
    "§6.3 values empty": lambda q: q["credentials"][0]["claims"][0].update(values=[]),
    "§6.3 values a number with a fraction": lambda q: q["credentials"][0]["claims"][0].update(values=[1.5]),
    "§6.3 values null": lambda q: q["credentials"][0]["claims"][0].update(values=[None]),
    "§6.2 options missing": lambda q: q["credential_sets"][0].pop("options"),
    "§6.2 options empty": lambda q: q["credential_sets"][0].update(options=[]),
    "§6.2 option empty": lambda q: q["credential_sets"][0].update(options=[[]]),
    "§6.2 option with an unknown id": lambda q: q["credential_sets"][0].update(options=[["z"]]),
    "§6.2 required no boolean": lambda q: q["credential_sets"][0].update(required=0),
}


@pytest.mark.parametrize("change", FAULTS.values(), ids=FAULTS.keys())
def test_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(MalformedError):
        parse_dcql_query(changed(change))


@pytest.mark.parametrize("value", [None, [], "{}", 1])
def test_not_an_object(value: object) -> None:
    with pytest.raises(MalformedError):
        parse_dcql_query(value)


def test_a_service_does_not_ask_for_a_claim_twice() -> None:
    """§6.1 claims: a MUST NOT for verifiers, which wallets are to overlook."""
    claim = ClaimsQuery(path=("family_name",))
    one = CredentialQuery(id="c1", format="dc+sd-jwt", meta={"vct_values": ["v"]}, claims=(claim, claim))
    with pytest.raises(MalformedError):
        create_dcql_query(DcqlQuery(credentials=(one,)))
    parse_dcql_query(
        {"credentials": [{**VALID["credentials"][1], "claims": [{"path": ["a"]}, {"path": ["a"]}]}]}
    )
