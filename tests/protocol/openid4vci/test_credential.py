"""OpenID4VCI 1.0 §8, §9 and §11: credential, deferred credential, notification."""

from typing import Any

import pytest

from protocol.encoding import json_dumps
from protocol.errors import MalformedError, SignatureError
from protocol.openid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredResponse,
    ResponseEncryption,
    create_credential_request,
    create_credential_response,
    create_deferred_request,
    create_deferred_response,
    expected_names,
    parse_credential_request,
    parse_credential_response,
    parse_deferred_request,
)
from protocol.openid4vci.errors import CredentialError, create_credential_error
from protocol.openid4vci.notification import Notification, create_notification, parse_notification
from tests.vectors.reading import vectors

MESSAGES = vectors("openid4vci/specification_messages.json")
REQUEST = CredentialRequest(credential_configuration_id="org.iso.18013.5.1.mDL", proofs=("ey.ey.sig",))


def request(**changes: Any) -> dict[str, Any]:
    value = {**create_credential_request(REQUEST), **changes}
    return {name: one for name, one in value.items() if one is not None}


def refused(value: dict[str, Any] | bytes, *, encrypted: bool = False) -> str:
    with pytest.raises(CredentialError) as caught:
        parse_credential_request(value, encrypted=encrypted)
    return caught.value.error


def test_there_and_back() -> None:
    assert parse_credential_request(json_dumps(create_credential_request(REQUEST))) == REQUEST
    named = CredentialRequest(credential_identifier="CivilEngineeringDegree-2023", proofs=("a", "b"))
    assert parse_credential_request(create_credential_request(named)) == named


def test_proofs_missing_is_left_to_the_configuration() -> None:
    """§8.2: they must be there only where proof_types_supported is."""
    assert parse_credential_request(request(proofs=None)).proofs == ()


def test_unknown_members_are_ignored() -> None:
    assert parse_credential_request(request(x=1)) == REQUEST


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"credential_configuration_id": None}, "invalid_credential_request"),
        ({"credential_identifier": "both"}, "invalid_credential_request"),
        ({"credential_configuration_id": 1}, "invalid_credential_request"),
        ({"credential_configuration_id": ""}, "invalid_credential_request"),
        ({"proof": {"proof_type": "jwt", "jwt": "ey"}}, "invalid_proof"),
        ({"proofs": None, "proof": {"proof_type": "jwt", "jwt": "ey"}}, "invalid_proof"),
        ({"proofs": {}}, "invalid_proof"),
        ({"proofs": []}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": "ey"}}, "invalid_proof"),
        ({"proofs": {"jwt": [1]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["ey"], "attestation": ["ey"]}}, "invalid_proof"),
        ({"proofs": {"di_vp": [{}]}}, "invalid_proof"),
        ({"proofs": {"jwt": ["ey"] * 1025}}, "invalid_proof"),
        ({"credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}}, "invalid_encryption_parameters"),
    ],
    ids=str,
)
def test_refused(changes: dict[str, Any], error: str) -> None:
    assert refused(request(**changes)) == error


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff"])
def test_unreadable(body: bytes) -> None:
    assert refused(body) == "invalid_credential_request"


ENCRYPTION: dict[str, Any] = {"jwk": {"kty": "EC"}, "enc": "A256GCM"}


def test_response_encryption_inside_an_encrypted_request() -> None:
    value = request(credential_response_encryption=ENCRYPTION)
    parsed = parse_credential_request(value, encrypted=True)
    assert parsed.response_encryption == ResponseEncryption({"kty": "EC"}, "A256GCM")
    assert create_credential_request(parsed) == value


@pytest.mark.parametrize("changes", [{"jwk": None}, {"jwk": "a"}, {"enc": None}, {"enc": 1}, {"zip": "DEF"}])
def test_response_encryption_refused(changes: dict[str, Any]) -> None:
    """Module oid4vci-1_0-issuer-fail-unsupported-encryption-algorithm."""
    value = request(credential_response_encryption={**ENCRYPTION, **changes})
    assert refused(value, encrypted=True) == "invalid_encryption_parameters"


@pytest.mark.parametrize("value", MESSAGES["credential_responses"])
def test_the_specifications_responses(value: dict[str, Any]) -> None:
    response = parse_credential_response(json_dumps(value), max_credentials=2)
    assert isinstance(response, CredentialResponse)
    assert create_credential_response(response) == value


def test_deferred() -> None:
    value = MESSAGES["deferred_response"]
    response = parse_credential_response(value, max_credentials=1)
    assert response == DeferredResponse("8xLOxBtZp8", 3600)
    assert create_deferred_response(response) == value
    assert parse_deferred_request(json_dumps(create_deferred_request("8xLOxBtZp8"))) == "8xLOxBtZp8"
    with pytest.raises(CredentialError):
        parse_deferred_request({})


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"credentials": []},
        {"credentials": ["ey"]},
        {"credentials": [{}]},
        {"credentials": [{"credential": ""}]},
        {"credentials": [{"credential": {}}]},
        {"credentials": [{"credential": "a"}] * 3},
        {"credential": "ey"},
        {"credentials": [{"credential": "a"}], "transaction_id": "b", "interval": 1},
        {"transaction_id": "b"},
        {"transaction_id": "b", "interval": 0},
        {"transaction_id": "b", "interval": 1, "notification_id": "c"},
    ],
    ids=str,
)
def test_response_refused(value: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        parse_credential_response(value, max_credentials=2)


def test_names_by_what_the_token_response_gave() -> None:
    assert expected_names("configuration", ()) == ("configuration", None)
    assert expected_names("configuration", ("a", "b")) == (None, "a")


def test_credentials_do_not_print() -> None:
    assert "secret" not in repr(CredentialResponse(("secret",)))
    assert "secret" not in repr(CredentialRequest(proofs=("secret",)))


def test_error() -> None:
    error = create_credential_error(CredentialError("invalid_nonce", 'a "quoted" \\ word — and more'))
    assert error["error"] == "invalid_nonce"
    assert set(error["error_description"]).isdisjoint('"\\—')
    assert (
        create_credential_error(SignatureError("x"), error_code="invalid_proof")["error"] == "invalid_proof"
    )


def test_notification() -> None:
    value = {"notification_id": "3fwe98js", "event": "credential_accepted"}
    assert create_notification(parse_notification(json_dumps(value))) == value
    failed = {"notification_id": "a", "event": "credential_failure", "event_description": "no room", "x": 1}
    assert parse_notification(failed) == Notification("a", "credential_failure")


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"notification_id": "a"},
        {"event": "credential_accepted"},
        {"notification_id": "a", "event": "other"},
    ],
)
def test_bad_notification(value: dict[str, Any]) -> None:
    with pytest.raises(CredentialError) as caught:
        parse_notification(value)
    assert caught.value.error == "invalid_notification_request"
