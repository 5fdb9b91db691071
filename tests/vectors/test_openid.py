"""Cases that Python and TypeScript share: DCQL matching, and asking beyond a registration."""

from typing import Any

import pytest

from protocol.dcql import Candidate, match_query, parse_dcql_query
from protocol.encoding import b64url_decode, json_dumps
from protocol.errors import OverAskingError, UnsatisfiedError
from protocol.registration.certificate import verify_registration_certificate
from protocol.registration.over_asking import check_within_registration
from protocol.x509 import Profile
from tests.protocol.authority_for_tests import DAY, NOW, Authority
from tests.protocol.registering import create_registration_certificate
from tests.protocol.registration.test_question import question
from tests.protocol.resigning import resigned
from tests.vectors.reading import vectors

MATCHING = vectors("dcql/matching.json")["cases"]
OVER_ASKING = vectors("registration/over_asking.json")["cases"]

AUTHORITY = Authority()
REGISTRAR = AUTHORITY.party(Profile.REGISTRAR)


def test_number_of_vectors() -> None:
    assert (len(MATCHING), len(OVER_ASKING)) == (33, 23)


def candidate(held: dict[str, Any]) -> Candidate:
    keys = frozenset(b64url_decode(one) for one in held["authority_key_ids"])
    return Candidate(held["key"], held["format"], held["vct"], held["claims"], keys, held["holder_bound"])


@pytest.mark.parametrize("case", MATCHING, ids=lambda case: case["name"])
def test_matching(case: dict[str, Any]) -> None:
    query, held = parse_dcql_query(case["query"]), [candidate(one) for one in case["held"]]
    if case["matches"] is None:
        with pytest.raises(UnsatisfiedError):
            match_query(query, held)
        return
    found = match_query(query, held)
    matches = {
        query_id: {one.candidate.key: [list(path) for path in one.paths] for one in matches}
        for query_id, matches in found.matches.items()
        if matches
    }
    assert json_dumps(matches) == json_dumps(case["matches"])
    assert [
        {"required": one.required, "options": [list(o) for o in one.options]} for one in found.sets
    ] == case["sets"]


def registration(members: dict[str, Any]) -> str:
    compact = create_registration_certificate(
        question(),
        REGISTRAR.key,
        x5c=REGISTRAR.x5c,
        subject="PDXGB-council",
        name="Council",
        registry_uri="https://authority.example.org",
        info_uri="https://council.example.org",
        now=NOW,
        expires_at=NOW + DAY,
    )

    def change(payload: dict[str, Any]) -> None:
        del payload["pdx_alternatives"]
        payload.update(members)

    return resigned(compact, REGISTRAR, change)


@pytest.mark.parametrize("case", OVER_ASKING, ids=lambda case: case["name"])
def test_over_asking(case: dict[str, Any]) -> None:
    certificate = verify_registration_certificate(
        registration(case["registration"]),
        anchors=AUTHORITY.anchors,
        log_keys=(),
        now=NOW,
        expected_subject="PDXGB-council",
    )
    query = parse_dcql_query(case["query"])
    if case["refused"] is None:
        check_within_registration(query, certificate)
        return
    with pytest.raises(OverAskingError) as caught:
        check_within_registration(query, certificate)
    assert caught.value.code == case["refused"]
