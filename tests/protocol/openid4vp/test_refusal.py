"""What a service tells a wallet of a claim that it could not accept."""

import json

import pytest

from protocol.errors import MalformedError, RemoteError, StatusError, UntrustedError, ValidityError
from protocol.openid4vp.refusal import ClaimProblem, claim_problem_of, parse_claim_problem


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


@pytest.mark.parametrize("problem", ClaimProblem)
def test_every_problem_arrives_as_it_was_sent(problem: ClaimProblem) -> None:
    body = {"error": "invalid_request", "error_description": "Pay here", "claim_problem": problem.value}
    assert parse_claim_problem(json.dumps(body).encode()) is problem


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<p>no</p>",
        b"[]",
        b'"revoked"',
        b"{}",
        b'{"error": "revoked", "error_description": "revoked"}',
        b'{"claim_problem": "worn out"}',
        b'{"claim_problem": "REVOKED"}',
        b'{"claim_problem": ["revoked"]}',
        b'{"claim_problem": null}',
        b'{"claim_problem": "revoked", "claim_problem": "expired"}',
        b'{"claim_problem": "revoked", "more": "' + b"x" * 20_000 + b'"}',
    ],
)
def test_a_refusal_that_names_nothing_known(body: bytes) -> None:
    assert parse_claim_problem(body) is None
