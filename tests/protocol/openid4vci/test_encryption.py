"""OpenID4VCI 1.0 §10: requests and responses inside a JWE."""

from typing import Any

import pytest

from protocol.encoding import json_dumps
from protocol.errors import RemoteError
from protocol.jose.jwe import DecryptionKey, encrypt_jwe
from protocol.openid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredResponse,
    ResponseEncryption,
)
from protocol.openid4vci.encryption import (
    create_encryption_metadata,
    decrypt_credential_request,
    decrypt_credential_response,
    encrypt_credential_request,
    encrypt_credential_response,
)
from protocol.openid4vci.errors import CredentialError
from protocol.openid4vci.metadata import parse_issuer_metadata
from tests.protocol.openid4vci.test_metadata import ISSUER, metadata

ISSUER_KEY = DecryptionKey.generate("issuer-1")
WALLET_KEY = DecryptionKey.generate("wallet-1")
ENCRYPTION = ResponseEncryption(WALLET_KEY.public_jwk(), "A256GCM")
REQUEST = CredentialRequest(
    credential_configuration_id="pip", proofs=("ey.ey.sig",), response_encryption=ENCRYPTION
)


def refused(compact: str) -> str:
    with pytest.raises(CredentialError) as caught:
        decrypt_credential_request(compact, ISSUER_KEY)
    return caught.value.error


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_request_there_and_back(enc: Any) -> None:
    compact = encrypt_credential_request(REQUEST, ISSUER_KEY.public_jwk(), enc=enc)
    assert decrypt_credential_request(compact, ISSUER_KEY) == REQUEST


@pytest.mark.parametrize(
    "response", [CredentialResponse(("ey~",), "n1"), DeferredResponse("t1", 60)], ids=["issued", "deferred"]
)
def test_response_there_and_back(response: CredentialResponse | DeferredResponse) -> None:
    compact = encrypt_credential_response(response, ENCRYPTION)
    assert decrypt_credential_response(compact, WALLET_KEY, max_credentials=1) == response


def test_request_to_another_key() -> None:
    other = DecryptionKey.generate("issuer-1").public_jwk()
    assert refused(encrypt_credential_request(REQUEST, other)) == "invalid_encryption_parameters"
    assert refused("ey") == "invalid_encryption_parameters"


JWK = WALLET_KEY.public_jwk()


@pytest.mark.parametrize(
    "wanted",
    [
        {"jwk": {**JWK, "alg": "UNSUPPORTED_ALG"}, "enc": "A256GCM"},
        {"jwk": {name: JWK[name] for name in JWK if name != "alg"}, "enc": "A256GCM"},
        {"jwk": {**JWK, "kty": "AKP"}, "enc": "A256GCM"},
        {"jwk": {**JWK, "d": JWK["x"]}, "enc": "A256GCM"},
        {"jwk": JWK, "enc": "A128CBC-HS256"},
        {"jwk": JWK, "enc": "A256GCM", "zip": "DEF"},
        {"jwk": JWK},
        {"enc": "A256GCM"},
    ],
)
def test_unsupported_parameters(wanted: dict[str, Any]) -> None:
    """Module oid4vci-1_0-issuer-fail-unsupported-encryption-algorithm."""
    body = {"credential_configuration_id": "pip", "credential_response_encryption": wanted}
    compact = encrypt_jwe(json_dumps(body), ISSUER_KEY.public_jwk(), enc="A256GCM")
    assert refused(compact) == "invalid_encryption_parameters"


def test_bad_request_inside() -> None:
    compact = encrypt_jwe(b"{}", ISSUER_KEY.public_jwk(), enc="A256GCM")
    assert refused(compact) == "invalid_credential_request"


def test_response_to_another_key() -> None:
    compact = encrypt_credential_response(CredentialResponse(("ey~",)), ENCRYPTION)
    with pytest.raises(RemoteError):
        decrypt_credential_response(compact, ISSUER_KEY, max_credentials=1)


@pytest.mark.parametrize("required", [True, False])
def test_announced(required: bool) -> None:
    announced = {**metadata(), **create_encryption_metadata([ISSUER_KEY], required=required)}
    found = parse_issuer_metadata(announced, expected_issuer=ISSUER)
    assert found.request_encryption_required is required
    assert found.response_encryption_required is required
