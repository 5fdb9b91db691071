"""OpenID4VCI 1.0 §6 and §7: token and nonce."""

from typing import Any

import pytest

from protocol.encoding import json_dumps
from protocol.errors import MalformedError
from protocol.openid4vci.nonce import create_nonce_response, parse_nonce_response
from protocol.openid4vci.offer import PRE_AUTHORIZED_CODE_GRANT
from protocol.openid4vci.token import (
    TokenError,
    TokenRequest,
    TokenResponse,
    check_tx_code,
    create_token_error,
    create_token_request,
    create_token_response,
    parse_error_response,
    parse_token_request,
    parse_token_response,
)
from tests.vectors.reading import vectors

MESSAGES = vectors("openid4vci/specification_messages.json")
REQUEST = TokenRequest("SplxlOBeZQQYbYS6WxSbIA", "493536")


def form(**changes: str | None) -> list[tuple[str, str]]:
    fields = {**create_token_request(REQUEST), **{name.replace("__", "-"): v for name, v in changes.items()}}
    return [(name, value) for name, value in fields.items() if value is not None]


def refused(fields: list[tuple[str, str]]) -> str:
    with pytest.raises(TokenError) as caught:
        parse_token_request(fields)
    return caught.value.error


def test_request_there_and_back() -> None:
    assert parse_token_request(form()) == REQUEST
    assert parse_token_request(form(tx_code=None)).tx_code is None
    assert parse_token_request(form(x="1")) == REQUEST


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ([], "invalid_request"),
        (form(grant_type=None), "invalid_request"),
        (form(grant_type="authorization_code"), "unsupported_grant_type"),
        (form(grant_type=PRE_AUTHORIZED_CODE_GRANT.upper()), "unsupported_grant_type"),
        (form(pre__authorized_code=None), "invalid_request"),
        (form(pre__authorized_code=""), "invalid_request"),
        (form(pre__authorized_code="a" * 5000), "invalid_request"),
        ([*form(), ("tx_code", "1")], "invalid_request"),
    ],
    ids=str,
)
def test_request_refused(fields: list[tuple[str, str]], error: str) -> None:
    assert refused(fields) == error


def test_request_does_not_print_its_code() -> None:
    assert "Splx" not in repr(REQUEST)
    assert "493536" not in repr(REQUEST)


@pytest.mark.parametrize(
    ("given", "expected", "error"),
    [
        (None, "1", "invalid_request"),
        ("1", None, "invalid_request"),
        ("2", "1", "invalid_grant"),
        ("1 ", "1", "invalid_grant"),
        ("١", "1", "invalid_grant"),
    ],
)
def test_tx_code(given: str | None, expected: str | None, error: str) -> None:
    """§6.3: the three cases and the code each has."""
    with pytest.raises(TokenError) as caught:
        check_tx_code(TokenRequest("code", given), expected=expected)
    assert caught.value.error == error


def test_tx_code_accepted() -> None:
    check_tx_code(TokenRequest("code", "493536"), expected="493536")
    check_tx_code(TokenRequest("code"), expected=None)


def test_the_specifications_response() -> None:
    response = parse_token_response(json_dumps(MESSAGES["token_response"]))
    (detail,) = response.authorization_details
    assert detail.credential_identifiers[0] == "CivilEngineeringDegree-2023"
    assert create_token_response(response) == MESSAGES["token_response"]
    assert not response.is_dpop


def test_token_type_has_no_case() -> None:
    """Module fapi2-security-profile-final-client-test-token-type-case-insensitivity."""
    assert parse_token_response({"access_token": "a", "token_type": "dPoP"}).is_dpop


def test_response_without_expiry() -> None:
    """Module fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in."""
    assert parse_token_response({"access_token": "a", "token_type": "DPoP"}).expires_in is None


@pytest.mark.parametrize(
    "changes",
    [
        {"access_token": None},
        {"access_token": "a\nb"},
        {"access_token": "\u00e9"},
        {"access_token": "a b"},
        {"access_token": ""},
        {"token_type": None},
        {"expires_in": "60"},
        {"expires_in": 0},
        {"authorization_details": []},
        {"authorization_details": [{"type": "openid_credential", "credential_configuration_id": "a"}]},
        {"authorization_details": [{"type": "openid_credential", "credential_identifiers": ["a"]}]},
    ],
    ids=str,
)
def test_response_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        parse_token_response({**MESSAGES["token_response"], **changes})


def test_other_authorization_details_are_ignored() -> None:
    details = [{"type": "payment"}]
    response = parse_token_response({**MESSAGES["token_response"], "authorization_details": details})
    assert response.authorization_details == ()


def test_response_does_not_print_its_token() -> None:
    assert "secret" not in repr(TokenResponse("secret", "DPoP"))


def test_errors() -> None:
    error = create_token_error(TokenError("invalid_grant", "the code is spent"))
    assert error == {"error": "invalid_grant", "error_description": "the code is spent"}
    assert create_token_error(MalformedError("x"))["error"] == "invalid_request"
    assert parse_error_response(json_dumps(error)) == "invalid_grant"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error": 1}', b'{"error": "a\\"b"}', b"<html>"])
def test_bad_error_response(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_error_response(body)


def test_nonce() -> None:
    assert parse_nonce_response(json_dumps(MESSAGES["nonce_response"])) == "wKI4LT17ac15ES9bw8ac4"
    assert create_nonce_response("wKI4LT17ac15ES9bw8ac4") == MESSAGES["nonce_response"]


@pytest.mark.parametrize("body", [b"{}", b'{"c_nonce": ""}', b'{"c_nonce": 1}', b"[]", b'"a"'])
def test_bad_nonce(body: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_nonce_response(body)


@pytest.mark.parametrize("client_id", ["\x00", "é", "a\n", "a" * 257])
def test_a_client_id_is_printable_ascii(client_id: str) -> None:
    """RFC 6749 Appendix A.1."""
    form = create_token_request(TokenRequest("code", "1", client_id))
    with pytest.raises(TokenError) as caught:
        parse_token_request(list(form.items()))
    assert caught.value.error == "invalid_request"
