"""What a service tells a wallet of a claim that it could not accept."""

import pytest

from protocol.errors import MalformedError, RemoteError, StatusError, UntrustedError, ValidityError
from protocol.openid4vp.refusal import ClaimProblem, claim_problem_of, parse_claim_problem
from tests.vectors.reading import vectors

CASES = vectors("openid4vp/claim_problem.json")["cases"]


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (StatusError("", code="revoked"), ClaimProblem.REVOKED),
        (StatusError("", code="suspended"), ClaimProblem.SUSPENDED),
        (StatusError("", code="unknown_status"), ClaimProblem.STATUS_UNKNOWN),
        (StatusError("", code="status_index_out_of_range"), ClaimProblem.STATUS_UNKNOWN),
        (UntrustedError("", code="foreign_status_list"), ClaimProblem.STATUS_UNKNOWN),
        (UntrustedError("", code="member_suspended"), ClaimProblem.ISSUER_UNTRUSTED),
        (UntrustedError("", code="certificate_expired"), ClaimProblem.ISSUER_UNTRUSTED),
        (ValidityError("", code="expired"), ClaimProblem.EXPIRED),
        # these are the wallet's doing, and no claim is the worse for them
        (ValidityError("", code="key_binding_too_old"), None),
        (MalformedError("", code="malformed_sd_jwt"), None),
    ],
)
def test_what_a_failed_verification_says_of_the_claim(
    error: RemoteError, problem: ClaimProblem | None
) -> None:
    assert claim_problem_of(error) is problem


def test_number_of_vectors() -> None:
    assert len(CASES) == 17
    assert {case["problem"] for case in CASES} == {None, *(one.value for one in ClaimProblem)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_wallet_reads(case: dict[str, str | None]) -> None:
    assert parse_claim_problem(str(case["body"]).encode()) == case["problem"]


def test_a_refusal_is_read_within_bounds() -> None:
    assert parse_claim_problem(b'{"claim_problem": "revoked", "more": "' + b"x" * 20_000 + b'"}') is None
