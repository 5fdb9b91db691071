"""Encrypted credential requests and responses: OpenID4VCI 1.0 §10 and §8.2."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from protocol.encoding import json_dumps
from protocol.jose.jwe import DecryptionKey, encrypt_jwe
from protocol.openid4vci.credential import CredentialRequest, CredentialResponse, ResponseEncryption
from protocol.openid4vci.encryption import decrypt_credential_response, encrypt_credential_request
from tests.issuer.world import MOVING, World, error_of

REFUSED = (400, "invalid_encryption_parameters")


class Encrypting:
    """A wallet with a token that encrypts what it asks and wants the answer encrypted."""

    def __init__(self, world: World) -> None:
        self.world, self.wallet = world, world.wallet()
        self.token = self.wallet.token(world.offer("amira"))
        self.key = DecryptionKey.generate("wallet")

    def issuer_jwk(self) -> Mapping[str, Any]:
        metadata = self.world.client().get("/.well-known/openid-credential-issuer").json()
        (jwk,) = metadata["credential_request_encryption"]["jwks"]["keys"]
        return dict(jwk)

    def request(self, **changes: Any) -> CredentialRequest:
        jwk = {**self.key.public_jwk(), **changes}
        enc = jwk.pop("enc", "A256GCM")
        proofs = tuple(self.wallet.proofs(self.wallet.nonce()))
        return CredentialRequest(MOVING, proofs=proofs, response_encryption=ResponseEncryption(jwk, enc))

    def send(self, body: str) -> httpx.Response:
        headers = {
            "authorization": f"DPoP {self.token}",
            "content-type": "application/jwt",
            **self.wallet.dpop("/credential", access_token=self.token),
        }
        return self.world.client().post("/credential", content=body, headers=headers)


@pytest.fixture
def encrypting(world: World) -> Encrypting:
    return Encrypting(world)


def test_asked_and_answered_under_encryption(encrypting: Encrypting) -> None:
    answer = encrypting.send(encrypt_credential_request(encrypting.request(), encrypting.issuer_jwk()))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jwt"
    assert answer.headers["cache-control"] == "no-store"
    response = decrypt_credential_response(answer.text, encrypting.key, max_credentials=1)
    assert isinstance(response, CredentialResponse)
    encrypting.world.verify(response.credentials[0])


def test_asked_under_encryption_and_answered_in_the_open(encrypting: Encrypting) -> None:
    request = CredentialRequest(MOVING, proofs=encrypting.request().proofs)
    answer = encrypting.send(encrypt_credential_request(request, encrypting.issuer_jwk()))
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()["credentials"]) == 1


def test_errors_are_never_encrypted(encrypting: Encrypting) -> None:
    request = CredentialRequest("unknown", response_encryption=encrypting.request().response_encryption)
    answer = encrypting.send(encrypt_credential_request(request, encrypting.issuer_jwk()))
    assert error_of(answer) == (400, "unknown_credential_configuration")


@pytest.mark.parametrize("change", [{"alg": "UNSUPPORTED_ALG"}, {"enc": "A128CBC-HS256"}, {"crv": "P-384"}])
def test_an_encryption_that_is_not_supported(encrypting: Encrypting, change: dict[str, str]) -> None:
    request = encrypting.request(**change)
    assert error_of(encrypting.send(encrypt_credential_request(request, encrypting.issuer_jwk()))) == REFUSED
    good = encrypt_credential_request(encrypting.request(), encrypting.issuer_jwk())
    assert encrypting.send(good).status_code == 200


def test_a_request_to_another_key(encrypting: Encrypting) -> None:
    other = DecryptionKey.generate(encrypting.issuer_jwk()["kid"])
    jwe = encrypt_jwe(json_dumps({"credential_configuration_id": MOVING}), other.public_jwk(), enc="A128GCM")
    assert error_of(encrypting.send(jwe)) == REFUSED


@pytest.mark.parametrize("body", ["", "e30", "a.b.c.d.e", "ü.b.c.d.e"])
def test_what_is_no_jwe(encrypting: Encrypting, body: str) -> None:
    assert error_of(encrypting.send(body)) == REFUSED


def test_a_department_without_a_key_announces_none(world: World) -> None:
    (world.directory / "keys" / "request-encryption.sealed").unlink()
    from issuer.routes.metadata import build_issuer_metadata

    assert "credential_request_encryption" not in build_issuer_metadata(world.another_process())
