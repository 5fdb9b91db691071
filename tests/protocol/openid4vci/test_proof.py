"""OpenID4VCI 1.0 Appendix F.1: the proof of a key, and what is none."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.encoding import b64url_encode, json_dumps
from protocol.errors import BindingError
from protocol.jose.jws import create_jws
from protocol.keys import PublicKey
from protocol.openid4vci.errors import CredentialError
from protocol.openid4vci.proof import create_proof, verify_proofs
from tests.protocol.authority_for_tests import NOW
from tests.protocol.keys_for_tests import signing_key
from tests.protocol.resigning import payload_of, with_broken_signature

HOLDER = signing_key("holder")
ISSUER = "https://issuer.example.org"
NONCE = "wKI4LT17ac15ES9bw8ac4"
TYP = "openid4vci-proof+jwt"

# The proof printed in Appendix F.1, at the time it names
SPECIFICATION_PROOF = (
    "eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCIsImFsZyI6IkVTMjU2Iiwiandr"
    "Ijp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4IjoiblVXQW9BdjNYWml0aDhF"
    "N2kxOU9kYXhPTFlGT3dNLVoyRXVNMDJUaXJUNCIsInkiOiJIc2tIVThCalVpMVU5"
    "WHFpN1N3bWo4Z3dBS18weGtjRGpFV183MVNvc0VZIn19.eyJhdWQiOiJodHRwczo"
    "vL2NyZWRlbnRpYWwtaXNzdWVyLmV4YW1wbGUuY29tIiwiaWF0IjoxNzAxOTYwNDQ"
    "0LCJub25jZSI6IkxhclJHU2JtVVBZdFJZTzZCUTR5bjgifQ.-a3EDsxClUB4O3Le"
    "DD5DVGEnNMT01FCQW4P6-2-BNBqc_Zxf0Qw4CWayLEpqkAomlkLb9zioZoipdP-j"
    "vh1WlA"
)


def known(nonce: str) -> None:
    if nonce != NONCE:
        raise BindingError("unknown nonce")


def proof(**changes: Any) -> str:
    arguments: dict[str, Any] = {"audience": ISSUER, "nonce": NONCE, "now": NOW}
    return create_proof(HOLDER, **(arguments | changes))


def verified(*proofs: str, **changes: Any) -> tuple[PublicKey, ...]:
    arguments: dict[str, Any] = {"expected_audience": ISSUER, "check_nonce": known, "now": NOW}
    return verify_proofs(proofs, **(arguments | changes))


def refused(*proofs: str, **changes: Any) -> str:
    with pytest.raises(CredentialError) as caught:
        verified(*proofs, **changes)
    return caught.value.error


def resigned(change: Callable[[dict[str, Any]], object], **header: Any) -> str:
    payload = payload_of(proof())
    change(payload)
    arguments: dict[str, Any] = {"typ": TYP, "jwk": HOLDER.public_key}
    return create_jws(payload, HOLDER, **(arguments | header))


def unchanged(_: dict[str, Any]) -> None: ...


def test_there_and_back() -> None:
    assert verified(proof()) == (HOLDER.public_key,)
    assert payload_of(proof()) == {"aud": ISSUER, "iat": NOW, "nonce": NONCE}


def test_the_specifications_proof() -> None:
    nonces: list[str] = []
    keys = verify_proofs(
        [SPECIFICATION_PROOF],
        expected_audience="https://credential-issuer.example.com",
        check_nonce=nonces.append,
        now=1701960444,
    )
    assert keys[0].to_jwk()["x"] == "nUWAoAv3XZith8E7i19OdaxOLYFOwM-Z2EuM02TirT4"
    assert nonces == ["LarRGSbmUPYtRYO6BQ4yn8"]


REFUSED: dict[str, str] = {
    "aud missing": resigned(lambda p: p.pop("aud")),
    "aud of another issuer": resigned(lambda p: p.update(aud="https://other.example")),
    "aud in an array": resigned(lambda p: p.update(aud=[ISSUER])),
    "aud with a slash": resigned(lambda p: p.update(aud=f"{ISSUER}/")),
    "iat missing": resigned(lambda p: p.pop("iat")),
    "iat no number": resigned(lambda p: p.update(iat=str(NOW))),
    "iat true": resigned(lambda p: p.update(iat=True)),
    "iat stale": resigned(lambda p: p.update(iat=NOW - 301)),
    "iat in the future": resigned(lambda p: p.update(iat=NOW + 301)),
    "iat no date": resigned(lambda p: p.update(iat=1e300)),
    "exp past": resigned(lambda p: p.update(exp=NOW - 60)),
    "exp no number": resigned(lambda p: p.update(exp="later")),
    "nbf to come": resigned(lambda p: p.update(nbf=NOW + 61)),
    "nonce missing": resigned(lambda p: p.pop("nonce")),
    "nonce no string": resigned(lambda p: p.update(nonce=1)),
    "iss though anonymous": resigned(lambda p: p.update(iss="client")),
    "typ JWT": resigned(unchanged, typ="JWT"),
    "typ of a key binding": resigned(unchanged, typ="kb+jwt"),
    "no key": resigned(unchanged, jwk=None),
    "kid instead of jwk": resigned(unchanged, jwk=None, kid="did:example:1"),
    "kid beside jwk": resigned(unchanged, kid="1"),
    "x5c beside jwk": resigned(unchanged, x5c=[b"certificate"]),
    "x5c instead of jwk": resigned(unchanged, jwk=None, x5c=[b"certificate"]),
    "another key than in the header": resigned(unchanged, jwk=signing_key("other").public_key),
    "broken signature": with_broken_signature(proof()),
    "no JWT": "proof",
    "too large": "e" * 10_000,
}


@pytest.mark.parametrize("compact", REFUSED.values(), ids=REFUSED.keys())
def test_invalid_proof(compact: str) -> None:
    """Module oid4vci-1_0-issuer-fail-invalid-jwt-proof-signature and its like."""
    assert refused(compact) == "invalid_proof"


def signed_with_header(header: dict[str, Any]) -> str:
    body = f"{b64url_encode(json_dumps(header))}.{b64url_encode(json_dumps(payload_of(proof())))}"
    return f"{body}.{b64url_encode(HOLDER.sign(body.encode()))}"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"jwk": {**HOLDER.public_key.to_jwk(), "d": HOLDER.public_key.to_jwk()["x"]}},
        {"jwk": {**HOLDER.public_key.to_jwk(), "crv": "secp256k1"}},
        {"jwk": "key"},
        {"crit": ["x"], "x": 1},
    ],
    ids=str,
)
def test_invalid_header(header: dict[str, Any]) -> None:
    valid = {"alg": "ES256", "typ": TYP, "jwk": HOLDER.public_key.to_jwk()}
    assert verified(signed_with_header(valid))
    assert refused(signed_with_header(valid | header)) == "invalid_proof"


def test_foreign_nonce() -> None:
    """Module oid4vci-1_0-issuer-fail-invalid-nonce."""
    assert refused(proof(nonce="random")) == "invalid_nonce"


def test_nonce_is_not_spent_on_a_bad_signature() -> None:
    spent: list[str] = []
    with pytest.raises(CredentialError):
        verified(proof(), with_broken_signature(proof()), check_nonce=spent.append, max_batch=2)
    assert spent == []


def test_client() -> None:
    assert verified(proof(client_id="wallet"), expected_client_id="wallet")
    assert verified(proof(), expected_client_id="wallet")
    assert refused(proof(client_id="other"), expected_client_id="wallet") == "invalid_proof"


def test_a_proof_may_bound_itself() -> None:
    assert verified(resigned(lambda p: p.update(nbf=NOW, exp=NOW + 60, iat=NOW + 0.5)))


def test_time_at_the_edges() -> None:
    assert verified(proof(now=NOW - 300))
    assert verified(proof(now=NOW + 300))


def batch(size: int) -> list[str]:
    keys = [signing_key(f"holder {number}") for number in range(size)]
    return [create_proof(key, audience=ISSUER, nonce=NONCE, now=NOW) for key in keys]


def test_batch_keeps_order_and_spends_one_nonce() -> None:
    """Module oid4vci-1_0-issuer-batch-issuance."""
    spent: list[str] = []
    keys = verified(*batch(3), max_batch=3, check_nonce=spent.append)
    assert keys == tuple(signing_key(f"holder {number}").public_key for number in range(3))
    assert spent == [NONCE]


def test_batch_bounds() -> None:
    assert refused(*batch(4), max_batch=3) == "invalid_proof"
    assert refused(*batch(2)) == "invalid_proof"
    assert refused() == "invalid_proof"


def test_a_key_twice() -> None:
    assert refused(proof(), proof(now=NOW + 1), max_batch=2) == "invalid_proof"
