"""DPoP: each rule of RFC 9449 §4.3 with the request that breaks it alone."""

from typing import Any

import pytest

from protocol.encoding import b64url_decode, json_object
from protocol.errors import BindingError, LocalError, MalformedError, SignatureError, ValidityError
from protocol.jose.jws import create_jws
from protocol.keys import PublicKey
from protocol.oauth.dpop import DpopProof, access_token_hash, create_dpop_proof, verify_dpop_proof
from tests.protocol.keys_for_tests import signing_key
from tests.vectors.reading import vectors

KEY = signing_key("client")
OTHER = signing_key("another client")
NOW = 1_795_000_000
URL = "https://issuer.example/token"
CLAIMS: dict[str, Any] = {"jti": "one", "htm": "POST", "htu": URL, "iat": NOW}
VECTOR = vectors("dpop/rfc9449.json")


def proof(change: dict[str, Any] | None = None, *, without: str = "", typ: str = "dpop+jwt") -> str:
    claims = {name: value for name, value in (CLAIMS | (change or {})).items() if name != without}
    return create_jws(claims, KEY, typ=typ, jwk=KEY.public_key)


def verify(compact: str, **expected: Any) -> DpopProof:
    defaults: dict[str, Any] = {"expected_method": "POST", "expected_url": URL, "now": NOW, "max_age": 60}
    return verify_dpop_proof(compact, **(defaults | expected))


def test_vectors_are_there() -> None:
    assert len(VECTOR["proofs"]) == 3


@pytest.mark.parametrize("case", VECTOR["proofs"], ids=[case["figure"] for case in VECTOR["proofs"]])
def test_the_proofs_of_rfc9449(case: dict[str, Any]) -> None:
    checked = verify_dpop_proof(
        case["proof"],
        expected_method=case["method"],
        expected_url=case["url"],
        now=case["iat"] + 5,
        max_age=60,
        access_token=case["access_token"],
        expected_jkt=VECTOR["jkt"],
    )
    assert checked == DpopProof(jkt=VECTOR["jkt"], jti=case["jti"], iat=case["iat"])


def test_what_is_created_is_verified() -> None:
    compact = create_dpop_proof(
        KEY, method="POST", url=f"{URL}?a=b#c", now=NOW, jti="one", access_token="token", nonce="n"
    )
    claims = json_object(b64url_decode(compact.split(".")[1]))
    assert claims == CLAIMS | {"ath": access_token_hash("token"), "nonce": "n"}
    jkt = KEY.public_key.thumbprint()
    checked = verify(compact, access_token="token", expected_nonce="n", expected_jkt=jkt)
    assert checked == DpopProof(jkt=jkt, jti="one", iat=NOW)


@pytest.mark.parametrize(
    "url", ["/token", "ftp://issuer.example/", "https://", "https://a b/", "issuer.example"]
)
def test_a_proof_is_for_an_absolute_url(url: str) -> None:
    with pytest.raises(LocalError):
        create_dpop_proof(KEY, method="GET", url=url, now=NOW, jti="one")


# §4.3 step 2: one well-formed JWT
@pytest.mark.parametrize("compact", ["", "a.b", "not a proof", proof() + "," + proof(), proof() + " "])
def test_step_2_well_formed(compact: str) -> None:
    with pytest.raises(MalformedError):
        verify(compact)


# §4.3 step 3: all required claims
@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat"])
@pytest.mark.parametrize("value", [None, [], {}, True, ""])
def test_step_3_claims_have_their_types(name: str, value: object) -> None:
    with pytest.raises((MalformedError, BindingError)):
        verify(proof({name: value}))


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat"])
def test_step_3_required_claims(name: str) -> None:
    with pytest.raises(MalformedError) as caught:
        verify(proof(without=name))
    assert caught.value.code == "bad_dpop_proof"


@pytest.mark.parametrize(
    "change", [{"jti": "x" * 257}, {"iat": -1}, {"iat": 10**19}, {"iat": str(NOW)}, {"exp": "soon"}]
)
def test_step_3_claims_are_bounded(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        verify(proof(change))


def test_step_3_a_date_may_have_a_fraction() -> None:
    assert verify(proof({"iat": NOW + 0.5})).iat == NOW  # RFC 7519 §2


def test_a_proof_may_bound_itself() -> None:
    assert verify(proof({"nbf": NOW, "exp": NOW + 60})).iat == NOW


# RFC 7519 §4.1.4 and §4.1.5 hold for every JWT that has these claims
@pytest.mark.parametrize("change", [{"exp": NOW - 30}, {"exp": 0}, {"nbf": NOW + 31}])
def test_a_proof_outside_its_own_bounds(change: dict[str, Any]) -> None:
    with pytest.raises(ValidityError):
        verify(proof(change))


# §4.3 step 4
@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "openid4vci-proof+jwt", "dpop"])
def test_step_4_type(typ: str) -> None:
    with pytest.raises(MalformedError) as caught:
        verify(proof(typ=typ))
    assert caught.value.code == "bad_typ"


def header_changed(change: dict[str, Any]) -> str:
    """The proof with another header, signed again with the right key."""
    from protocol.encoding import b64url_encode, json_dumps

    head, body, _ = proof().split(".")
    signing_input = f"{b64url_encode(json_dumps(json_object(b64url_decode(head)) | change))}.{body}"
    return f"{signing_input}.{b64url_encode(KEY.sign(signing_input.encode()))}"


# §4.3 step 5
@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "RS256", None])
def test_step_5_algorithm(algorithm: str | None) -> None:
    with pytest.raises(MalformedError) as caught:
        verify(header_changed({"alg": algorithm}))
    assert caught.value.code == "bad_algorithm"


# §4.3 step 6
def test_step_6_signature() -> None:
    with pytest.raises(SignatureError):
        verify(proof().rpartition(".")[0] + "." + proof({"jti": "two"}).rpartition(".")[2])


def test_step_6_the_key_in_the_header_signs() -> None:
    with pytest.raises(SignatureError):
        verify(header_changed({"jwk": OTHER.public_key.to_jwk()}))


# §4.3 step 7
def test_step_7_no_private_key() -> None:
    with pytest.raises(MalformedError) as caught:
        verify(header_changed({"jwk": KEY.public_key.to_jwk() | {"d": "AAAA"}}))
    assert caught.value.code == "private_key"


@pytest.mark.parametrize(
    "jwk", [None, "key", {}, {"kty": "oct", "k": "AAAA"}, KEY.public_key.to_jwk() | {"use": "enc"}]
)
def test_a_public_key_is_in_the_header(jwk: object) -> None:
    with pytest.raises(MalformedError):
        verify(header_changed({"jwk": jwk}))


def test_a_key_is_in_the_header_at_all() -> None:
    with pytest.raises(MalformedError):
        verify(create_jws(CLAIMS, KEY, typ="dpop+jwt"))


# §4.3 step 8
@pytest.mark.parametrize("method", ["GET", "post", "POST ", ""])
def test_step_8_method(method: str) -> None:
    with pytest.raises(BindingError) as caught:
        verify(proof({"htm": method}))
    assert caught.value.code == "wrong_htm"


# §4.3 step 9
@pytest.mark.parametrize(
    "htu",
    [
        "https://issuer.example/other",
        "https://issuer.example/token/",
        "https://issuer.example/TOKEN",
        "https://issuer.example/token;a",
        "https://issuer.example//token",
        "https://issuer.example/%74oken/..",
        "https://issuer.example/%2Ftoken",
        "https://issuer.example",
        "https://other.example/token",
        "https://issuer.example.evil.example/token",
        "https://issuer.example@evil.example/token",
        "https://user@issuer.example/token",
        "https://issuer.example:8443/token",
        "https://issuer.example:0/token",
        "https://issuer.example:x/token",
        "http://issuer.example/token",
        "http://issuer.example:443/token",
        "//issuer.example/token",
        "/token",
        "https:/issuer.example/token",
        "https:\\\\issuer.example\\token",
        " https://issuer.example/token",
        "https://issuer.example/tok\nen",
        "https://issuer.example/token\u200b",
        "https://[issuer.example/token",
        "",
    ],
)
def test_step_9_url(htu: str) -> None:
    with pytest.raises(BindingError) as caught:
        verify(proof({"htu": htu}))
    assert caught.value.code == "wrong_htu"


@pytest.mark.parametrize(
    "htu",
    [
        "HTTPS://issuer.example/token",
        "https://ISSUER.Example/token",
        "https://issuer.example:443/token",
        "https://issuer.example/%74oken",
        "https://issuer.example/token?query=1",
        "https://issuer.example/token#fragment",
        "https://issuer.example/token?",
    ],
)
def test_step_9_urls_that_are_the_same(htu: str) -> None:
    assert verify(proof({"htu": htu})).jti == "one"


@pytest.mark.parametrize(
    ("htu", "url"),
    [
        ("https://issuer.example", "https://issuer.example/"),
        ("https://issuer.example/a%2fb", "https://issuer.example/a%2Fb"),
        ("https://issuer.example/~a", "https://issuer.example/%7ea"),
        ("http://localhost:8401/token", "http://localhost:8401/token?a=b"),
        ("http://localhost/", "http://localhost:80"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]:443/"),
    ],
)
def test_step_9_urls_are_normalised_on_both_sides(htu: str, url: str) -> None:
    assert verify(proof({"htu": htu}), expected_url=url).jti == "one"


# §4.3 step 10
@pytest.mark.parametrize("change", [{}, {"nonce": "other"}, {"nonce": ""}, {"nonce": None}, {"nonce": ["n"]}])
def test_step_10_nonce(change: dict[str, Any]) -> None:
    with pytest.raises((BindingError, MalformedError)) as caught:
        verify(proof(change), expected_nonce="n")
    assert caught.value.code in {"wrong_dpop_nonce", "bad_dpop_proof"}


def test_a_nonce_that_nobody_asked_for_does_not_matter() -> None:
    assert verify(proof({"nonce": "n"})).jti == "one"


# §4.3 step 11, §11.1
@pytest.mark.parametrize("iat", [NOW - 60, NOW - 10, NOW, NOW + 10, NOW + 30])
def test_step_11_times_that_are_recent(iat: int) -> None:
    assert verify(proof({"iat": iat})).iat == iat


@pytest.mark.parametrize("iat", [NOW - 61, NOW - 3600, NOW + 31, NOW + 3600, 0])
def test_step_11_times_that_are_not(iat: int) -> None:
    with pytest.raises(ValidityError):
        verify(proof({"iat": iat}))


# §4.3 step 12
def test_step_12_token() -> None:
    good = proof({"ath": access_token_hash("token")})
    assert verify(good, access_token="token").jti == "one"
    with pytest.raises(BindingError) as caught:
        verify(good, access_token="another token")
    assert caught.value.code == "wrong_ath"


@pytest.mark.parametrize("change", [{}, {"ath": None}, {"ath": 1}])
def test_step_12_token_is_named(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        verify(proof(change), access_token="token")


def test_step_12_key_of_the_token() -> None:
    with pytest.raises(BindingError) as caught:
        verify(proof(), expected_jkt=OTHER.public_key.thumbprint())
    assert caught.value.code == "wrong_dpop_key"
    with pytest.raises(BindingError):
        verify(proof(), expected_jkt="ключ")


def test_an_access_token_is_ascii() -> None:
    with pytest.raises(MalformedError):
        verify(proof({"ath": "x"}), access_token="tôken")


def test_a_proof_is_bounded() -> None:
    with pytest.raises(MalformedError) as caught:
        verify(proof({"more": "x" * 9000}))
    assert caught.value.code == "too_large"


def test_expiry_claims_of_other_tokens_mean_nothing_here() -> None:
    """RFC 9449 §4.2 defines neither exp nor nbf for a proof: its age is judged by iat alone."""
    assert verify(proof({"exp": NOW - 10, "nbf": NOW + 10})).jti == "one"


def test_the_key_is_reported_by_its_thumbprint() -> None:
    assert verify(proof()).jkt == PublicKey.from_jwk(KEY.public_key.to_jwk()).thumbprint()
