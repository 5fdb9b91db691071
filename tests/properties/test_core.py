"""What is encoded comes back, what is decoded has one form only, and no input brings a decoder down."""

import base64
import json
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from protocol.encoding import (
    b64_decode,
    b64_encode,
    b64url_decode,
    b64url_encode,
    json_dumps,
    json_loads,
)
from protocol.errors import MalformedError, ProtocolError, RemoteError, SignatureError
from protocol.jose.jwe import DecryptionKey, decrypt_jwe, encrypt_jwe
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import PublicKey
from protocol.oauth.dpop import create_dpop_proof, verify_dpop_proof
from protocol.x509 import parse_certificate
from protocol.x509.create import parse_csr
from tests.protocol.keys_for_tests import private_key, signing_key

KEY = signing_key("property")
SECRET = DecryptionKey(private_key("property"), kid="k")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=5)
ENCODED = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ .\n")
few = settings(max_examples=30, deadline=None)


@given(st.binary())
def test_base64url_comes_back(data: bytes) -> None:
    assert b64url_decode(b64url_encode(data)) == data
    assert b64url_encode(data) == base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@given(st.binary())
def test_base64_comes_back(data: bytes) -> None:
    assert b64_decode(b64_encode(data)) == data
    assert b64_encode(data) == base64.b64encode(data).decode()


@given(ENCODED | st.text())
@example("Zg==")
@example("Zh")
def test_base64url_has_one_form(text: str) -> None:
    try:
        data = b64url_decode(text)
    except MalformedError:
        return
    assert b64url_encode(data) == text


@given(ENCODED | st.text())
@example("Zh==")
def test_base64_has_one_form(text: str) -> None:
    try:
        data = b64_decode(text)
    except MalformedError:
        return
    assert b64_encode(data) == text


@given(JSON)
def test_json_comes_back(value: Any) -> None:
    assert json_loads(json_dumps(value), max_depth=50) == value


@given(JSON)
def test_json_of_others_is_read_alike(value: Any) -> None:
    assert json_loads(json.dumps(value, indent=2), max_depth=50) == value
    assert json_loads(json.dumps(value, ensure_ascii=True), max_depth=50) == value


@given(st.binary() | st.text('[]{}",:\\u d8019eE.-+ntfalsrue\n').map(str.encode))
@example(b'"\\ud800"')
@example(b'{"a":1,"a":1}')
def test_json_is_read_as_the_standard_library_reads_it_or_refused(data: bytes) -> None:
    try:
        value = json_loads(data)
    except MalformedError:
        return
    assert json.loads(data.decode("utf-8")) == value
    json_dumps(value)


@given(OBJECTS, st.text("abcdef+", min_size=1))
@few
def test_a_jws_comes_back(payload: dict[str, Any], typ: str) -> None:
    compact = create_jws(payload, KEY, typ=typ, jwk=KEY.public_key, x5c=[b"certificate"])
    jws = parse_jws(compact, expected_typ=typ)
    assert verify_jws(jws, KEY.public_key) == payload
    assert PublicKey.from_jwk(jws.header["jwk"]) == KEY.public_key
    assert jws.x5c == (b"certificate",)


SIGNED = create_jws({"sub": "someone", "n": 1}, KEY, typ="t", x5c=[b"certificate"])


@given(st.integers(0, len(SIGNED) - 1), st.characters(max_codepoint=127))
@settings(deadline=None)
def test_a_jws_with_any_character_changed_is_refused(at: int, character: str) -> None:
    assume(SIGNED[at] != character)
    with pytest.raises((MalformedError, SignatureError)):
        verify_jws(parse_jws(SIGNED[:at] + character + SIGNED[at + 1 :], expected_typ="t"), KEY.public_key)


@given(
    st.binary(min_size=1),
    st.sampled_from(["A128GCM", "A256GCM"]),
    st.binary(max_size=64),
    st.binary(max_size=64),
)
@few
def test_a_jwe_comes_back(plaintext: bytes, enc: Any, apu: bytes, apv: bytes) -> None:
    compact = encrypt_jwe(plaintext, SECRET.public_jwk(), enc=enc, apu=apu, apv=apv)
    header, decrypted = decrypt_jwe(compact, SECRET)
    assert decrypted == plaintext
    assert (header["apu"], header["apv"]) == (b64url_encode(apu), b64url_encode(apv))


SEALED = encrypt_jwe(b"secret", SECRET.public_jwk(), enc="A128GCM")


@given(st.integers(0, len(SEALED) - 1), st.characters(max_codepoint=127))
@settings(deadline=None)
def test_a_jwe_with_any_character_changed_is_refused(at: int, character: str) -> None:
    assume(SEALED[at] != character)
    with pytest.raises(RemoteError):
        decrypt_jwe(SEALED[:at] + character + SEALED[at + 1 :], SECRET)


@given(TEXT)
def test_a_decryption_key_comes_back(kid: str) -> None:
    key = DecryptionKey(private_key("property"), kid=kid)
    assert DecryptionKey.from_secret_bytes(key.to_secret_bytes()).public_jwk() == key.public_jwk()


@given(st.text(min_size=1))
@few
def test_a_public_key_comes_back(seed: str) -> None:
    key = signing_key(seed.encode("utf-8", "replace").decode()).public_key
    assert PublicKey.from_jwk(key.to_jwk()) == key
    assert PublicKey.from_cryptography(key.to_cryptography()) == key
    assert PublicKey.from_jwk(json_loads(json_dumps(key.to_jwk()))).thumbprint() == key.thumbprint()


PATHS = st.text("abcXYZ019-._~/;=:@", max_size=20)


@given(
    st.sampled_from(["GET", "POST", "PATCH"]),
    PATHS,
    st.text("abc123", min_size=1),
    st.none() | st.text("abc~+/="),
)
@few
def test_a_dpop_proof_comes_back(method: str, path: str, jti: str, token: str | None) -> None:
    url = f"https://issuer.example/{path}"
    proof = create_dpop_proof(KEY, method=method, url=url, now=5, jti=jti, access_token=token, nonce="n")
    checked = verify_dpop_proof(
        proof,
        expected_method=method,
        expected_url=url,
        now=6,
        max_age=5,
        access_token=token,
        expected_jkt=KEY.public_key.thumbprint(),
        expected_nonce="n",
    )
    assert (checked.jti, checked.iat) == (jti, 5)


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "alg": st.sampled_from(["ES256", "ECDH-ES", "none"]) | JSON,
        "enc": st.sampled_from(["A128GCM", "zip"]) | JSON,
        "typ": st.just("dpop+jwt") | JSON,
        "jwk": st.just(KEY.public_key.to_jwk()) | JSON,
        "epk": st.just(KEY.public_key.to_jwk()) | JSON,
        "x5c": st.lists(st.just("MAA=") | JSON) | JSON,
        "kid": JSON,
        "apu": JSON,
    },
)


@given(HEADERS, st.binary() | OBJECTS.map(json_dumps), st.lists(st.binary(), max_size=4))
@settings(deadline=None)
def test_hostile_parts_bring_nothing_down(header: dict[str, Any], body: bytes, more: list[bytes]) -> None:
    compact = ".".join(map(b64url_encode, [json_dumps(header), body, *more]))
    with pytest.raises(ProtocolError):
        verify_jws(parse_jws(compact, expected_typ="dpop+jwt"), KEY.public_key)
    with pytest.raises(RemoteError):
        decrypt_jwe(compact, SECRET)
    with pytest.raises(RemoteError):
        verify_dpop_proof(compact, expected_method="GET", expected_url="https://a/", now=0, max_age=1)


@given(st.text())
def test_hostile_text_brings_nothing_down(text: str) -> None:
    for attempt in (
        lambda: parse_jws(text, expected_typ="t"),
        lambda: decrypt_jwe(text, SECRET),
        lambda: parse_certificate(text.encode("utf-8", "replace")),
        lambda: parse_csr(text.encode("utf-8", "replace")),
    ):
        with pytest.raises(MalformedError):
            attempt()


@given(JSON)
def test_hostile_keys_bring_nothing_down(value: Any) -> None:
    with pytest.raises(MalformedError):
        PublicKey.from_jwk(value)


CLAIMS = {"jti": "one", "htm": "GET", "htu": "https://a/", "iat": 0}


@given(st.sampled_from(["jti", "htm", "htu", "iat", "ath", "nonce"]), JSON | TEXT)
@settings(deadline=None)
def test_hostile_dpop_claims_bring_nothing_down(name: str, value: Any) -> None:
    claims = CLAIMS | {"ath": "x", "nonce": "n", name: value}
    proof = create_jws(claims, KEY, typ="dpop+jwt", jwk=KEY.public_key)
    with pytest.raises(RemoteError):
        verify_dpop_proof(
            proof,
            expected_method="GET",
            expected_url="https://a/",
            now=0,
            max_age=1,
            access_token="token",
            expected_nonce="n",
        )
