"""RFC 9901's own examples, and more of the same kind made by another implementation."""

from typing import Any

import pytest

from protocol.errors import BindingError, MalformedError, SignatureError
from protocol.keys import PublicKey
from protocol.sd_jwt import (
    ExpectedBinding,
    ProcessedPayload,
    parse_key_binding,
    parse_sd_jwt,
    verify_key_binding,
    verify_sd_jwt,
)
from tests.vectors.reading import vectors

RFC = vectors("sd_jwt/rfc9901.json")
SPECIFICATION = vectors("sd_jwt/specification.json")
ISSUER_KEY = PublicKey.from_jwk(RFC["issuer_key"])
HOLDER_KEY = PublicKey.from_jwk(RFC["holder_key"])


def verify(compact: str, typ: str) -> ProcessedPayload:
    return verify_sd_jwt(parse_sd_jwt(compact, expected_typ=typ), ISSUER_KEY)


def check_binding(compact: str, typ: str, *, now: int, nonce: str = RFC["nonce"], max_age: int = 0) -> None:
    parts = parse_sd_jwt(compact, expected_typ=typ).compact
    assert parts.key_binding_jwt is not None
    verify_key_binding(
        parse_key_binding(parts.key_binding_jwt),
        bound_part=parts.bound_part,
        holder_key=HOLDER_KEY,
        expected=ExpectedBinding(RFC["audience"], nonce, now=now, max_age=max_age, leeway=0),
    )


def test_the_files_are_complete() -> None:
    assert len(RFC["vectors"]) == 5
    assert len(SPECIFICATION["vectors"]) == 13


@pytest.mark.parametrize("vector", RFC["vectors"], ids=lambda vector: vector["section"])
def test_rfc_9901(vector: Any) -> None:
    assert verify(vector["compact"], vector["typ"]).claims == vector["claims"]
    if vector["key_binding"] is not None:
        check_binding(vector["compact"], vector["typ"], now=vector["key_binding"]["iat"])


@pytest.mark.parametrize("vector", RFC["vectors"], ids=lambda vector: vector["section"])
def test_rfc_9901_by_another_key_or_of_another_type(vector: Any) -> None:
    with pytest.raises(SignatureError):
        verify_sd_jwt(parse_sd_jwt(vector["compact"], expected_typ=vector["typ"]), HOLDER_KEY)
    with pytest.raises(MalformedError):
        verify(vector["compact"], "dc+sd-jwt")


def test_rfc_9901_for_another_transaction() -> None:
    (vector,) = (one for one in RFC["vectors"] if one["section"] == "5.2")
    with pytest.raises(BindingError) as caught:
        check_binding(vector["compact"], vector["typ"], now=1748537244, nonce="1234567891")
    assert caught.value.code == "wrong_nonce"


@pytest.mark.parametrize("vector", SPECIFICATION["vectors"], ids=lambda vector: vector["name"])
def test_another_implementations_issuance(vector: Any) -> None:
    assert verify(vector["issuance"], vector["typ"]).claims == vector["claims"]


@pytest.mark.parametrize("vector", SPECIFICATION["vectors"], ids=lambda vector: vector["name"])
def test_another_implementations_presentation(vector: Any) -> None:
    assert verify(vector["presentation"], vector["typ"]).claims == vector["presented"]
    if vector["key_binding"]:
        check_binding(vector["presentation"], vector["typ"], now=2_000_000_000, max_age=500_000_000)
