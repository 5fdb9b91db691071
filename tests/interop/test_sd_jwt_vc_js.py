"""npm @sd-jwt/sd-jwt-vc and ours verify each other's claims."""

from typing import Any

import pytest

from protocol.encoding import b64_encode, b64url_encode
from protocol.errors import ProtocolError
from protocol.sd_jwt_vc import present_sd_jwt_vc, verify_presentation
from tests.interop.node import run_node
from tests.protocol.keys_for_tests import private_key
from tests.protocol.sd_jwt_vc import department

pytestmark = pytest.mark.interop


def _private_jwk(name: str) -> dict[str, str]:
    numbers = private_key(name).private_numbers()
    point = numbers.public_numbers
    parts = {"x": point.x, "y": point.y, "d": numbers.private_value}
    written = {member: b64url_encode(value.to_bytes(32, "big")) for member, value in parts.items()}
    return {"kty": "EC", "crv": "P-256", **written}


def _theirs() -> str:
    claims: dict[str, Any] = {name: value for name, value in department.CLAIMS.items() if name != "status"}
    claims["cnf"] = {"jwk": department.HOLDER_KEY.public_key.to_jwk()}
    made = run_node(
        "issue.mjs",
        {
            "claims": claims,
            "disclosable": ["family_name", "given_name", "address"],
            "x5c": [b64_encode(der) for der in department.X5C],
            "key": _private_jwk("department"),
            "holder": _private_jwk("holder"),
            "shown": ["given_name"],
            "aud": department.AUDIENCE,
            "nonce": department.NONCE,
            "iat": department.NOW,
        },
    )
    return str(made["presented"])


def _verify(presentation: str) -> dict[str, Any]:
    verified = verify_presentation(
        presentation,
        issuers=department.TRUST,
        expected_audience=department.AUDIENCE,
        expected_nonce=department.NONCE,
        now=department.NOW,
        leeway=60,
        max_kb_age=300,
    )
    return dict(verified.claims)


def test_ours_verifies_what_theirs_issued_and_presented() -> None:
    claims = _verify(_theirs())
    assert claims["given_name"] == department.CLAIMS["given_name"]
    assert "family_name" not in claims
    assert "address" not in claims


def test_ours_refuses_theirs_with_a_disclosure_taken_out_after_binding() -> None:
    issuer_part, _, binding = _theirs().split("~")
    with pytest.raises(ProtocolError) as refused:
        _verify(f"{issuer_part}~{binding}")
    assert refused.value.code == "wrong_sd_hash"


def _verified_by_theirs(presentation: str, *, nonce: str = department.NONCE) -> dict[str, Any]:
    issuer = department.ISSUER_KEY.public_key.to_jwk()
    task = {"presentation": presentation, "issuer": issuer, "nonce": nonce, "now": department.NOW}
    return run_node("verify.mjs", task)


def _ours(*paths: tuple[str, ...]) -> str:
    claims = {name: value for name, value in department.CLAIMS.items() if name != "status"}
    return department.bind(present_sd_jwt_vc(department.issue(claims, decoys=3), paths=paths))


def test_theirs_verifies_what_ours_issued_and_presented() -> None:
    verified = _verified_by_theirs(_ours(("given_name",), ("address", "postal_code")))
    assert verified["payload"]["given_name"] == department.CLAIMS["given_name"]
    assert verified["payload"]["address"] == {"country": "GB", "postal_code": "CF10 1AA"}
    assert "family_name" not in verified["payload"]
    assert verified["kb"]["aud"] == department.AUDIENCE


def test_theirs_refuses_ours_for_another_nonce() -> None:
    error = _verified_by_theirs(_ours(), nonce="another nonce altogether")["error"]
    assert "nonce" in error.lower()
