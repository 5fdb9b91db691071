"""JWS: the caller fixes algorithm and type, and every part has one form."""

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from protocol.encoding import b64_encode, b64url_decode, b64url_encode, json_dumps
from protocol.errors import LocalError, MalformedError, SignatureError
from protocol.jose.jws import create_jws, parse_jws, verify_jws
from protocol.keys import PublicKey
from tests.protocol.keys_for_tests import signing_key
from tests.vectors.reading import vectors

KEY = signing_key("signer")
HEADER: dict[str, Any] = {"alg": "ES256", "typ": "thing+jwt"}
PAYLOAD = {"sub": "someone"}


def signed(header: Mapping[str, Any] | bytes, payload: bytes = b'{"sub":"someone"}') -> str:
    """A JWS with any header, rightly signed."""
    head = header if isinstance(header, bytes) else json_dumps(header)
    signing_input = f"{b64url_encode(head)}.{b64url_encode(payload)}"
    return f"{signing_input}.{b64url_encode(KEY.sign(signing_input.encode()))}"


def refused(compact: str) -> str:
    with pytest.raises(MalformedError) as caught:
        parse_jws(compact, expected_typ="thing+jwt")
    return caught.value.code


def test_the_signature_of_rfc7515_a3() -> None:
    vector = vectors("jose/rfc7515-a3.json")
    key = PublicKey.from_jwk(vector["jwk"])
    signing_input, _, signature = vector["compact"].rpartition(".")
    key.verify(b64url_decode(signature), signing_input.encode())
    with pytest.raises(SignatureError):
        key.verify(b64url_decode(signature), signing_input.encode() + b"A")


def test_the_jws_of_rfc7515_a3_names_no_type_and_is_refused() -> None:
    assert refused(vectors("jose/rfc7515-a3.json")["compact"]) == "bad_typ"


def test_what_is_created_is_parsed_and_verified() -> None:
    compact = create_jws(PAYLOAD, KEY, typ="thing+jwt", x5c=[b"leaf", b"ca"], kid="1", header={"trust": "x"})
    jws = parse_jws(compact, expected_typ="thing+jwt")
    encoded = [b64_encode(b"leaf"), b64_encode(b"ca")]
    assert jws.header == HEADER | {"kid": "1", "x5c": encoded, "trust": "x"}
    assert jws.x5c == (b"leaf", b"ca")
    assert verify_jws(jws, KEY.public_key) == PAYLOAD


def test_a_key_in_the_header_is_public() -> None:
    jws = parse_jws(create_jws(PAYLOAD, KEY, typ="thing+jwt", jwk=KEY.public_key), expected_typ="thing+jwt")
    assert jws.header["jwk"] == KEY.public_key.to_jwk()
    assert jws.x5c == ()


def test_bytes_are_signed_as_they_are() -> None:
    compact = create_jws(b'{ "sub" : "someone" }', KEY, typ="thing+jwt")
    assert b64url_decode(compact.split(".")[1]) == b'{ "sub" : "someone" }'
    assert parse_jws(compact, expected_typ="thing+jwt").payload == PAYLOAD


@pytest.mark.parametrize("name", ["alg", "typ", "x5c", "jwk", "kid", "crit", "b64"])
def test_a_further_header_member_overrides_nothing(name: str) -> None:
    with pytest.raises(LocalError):
        create_jws(PAYLOAD, KEY, typ="thing+jwt", header={name: "none"})


def test_another_key_does_not_verify() -> None:
    jws = parse_jws(signed(HEADER), expected_typ="thing+jwt")
    with pytest.raises(SignatureError):
        verify_jws(jws, signing_key("another").public_key)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_change_in_any_part_is_noticed(at: int) -> None:
    one, other = signed(HEADER).split("."), signed(HEADER | {"kid": "2"}, b"{}").split(".")
    one[at] = other[at]
    with pytest.raises(SignatureError):
        verify_jws(parse_jws(".".join(one), expected_typ="thing+jwt"), KEY.public_key)


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "ES384", "RS256", "es256", "", None, 7, ["ES256"]]
)
def test_the_token_does_not_choose_its_algorithm(algorithm: object) -> None:
    assert refused(signed(HEADER | {"alg": algorithm})) == "bad_algorithm"


def test_an_algorithm_is_named() -> None:
    assert refused(signed({"typ": "thing+jwt"})) == "bad_algorithm"


def test_the_public_key_is_no_shared_secret() -> None:
    """RFC 8725 §2.1: an HMAC keyed with the public key, under its own algorithm or under ours."""
    import hmac

    for algorithm, code in (("HS256", "bad_algorithm"), ("ES256", None)):
        signing_input = f"{b64url_encode(json_dumps(HEADER | {'alg': algorithm}))}.{b64url_encode(b'{}')}"
        secret = json_dumps(KEY.public_key.to_jwk())
        compact = (
            f"{signing_input}.{b64url_encode(hmac.digest(secret, signing_input.encode(), 'sha256') * 2)}"
        )
        if code:
            assert refused(compact) == code
        else:
            with pytest.raises(SignatureError):
                verify_jws(parse_jws(compact, expected_typ="thing+jwt"), KEY.public_key)


@pytest.mark.parametrize("critical", [["exp"], ["b64"], [], None, "b64"])
def test_critical_extensions_are_refused(critical: object) -> None:
    assert refused(signed(HEADER | {"crit": critical, "b64": False})) == "unknown_critical"


@pytest.mark.parametrize("kid", [1, None, ["1"], {}])
def test_kid_is_a_string(kid: object) -> None:
    assert refused(signed(HEADER | {"kid": kid})) == "bad_header"


# RFC 7515 §4.1.9
@pytest.mark.parametrize("typ", ["thing+jwt", "application/thing+jwt", "Thing+JWT", "APPLICATION/thing+jwt"])
@pytest.mark.parametrize(
    "expected", ["thing+jwt", "application/thing+jwt", ("other", "thing+jwt"), {"thing+jwt"}]
)
def test_types_that_are_the_same(typ: str, expected: Any) -> None:
    assert parse_jws(signed(HEADER | {"typ": typ}), expected_typ=expected).payload == PAYLOAD


@pytest.mark.parametrize(
    "typ",
    [
        "thing",
        "JWT",
        "text/thing+jwt",
        "application/application/thing+jwt",
        "thing+jwt;a=b",
        "",
        None,
        4,
        ["thing+jwt"],
    ],
)
def test_types_that_are_others(typ: object) -> None:
    assert refused(signed(HEADER | {"typ": typ})) == "bad_typ"


def test_a_type_that_is_missing() -> None:
    assert refused(signed({"alg": "ES256"})) == "bad_typ"


@pytest.mark.parametrize(
    "x5c",
    [
        pytest.param([], id="empty"),
        pytest.param("MAA=", id="no-array"),
        pytest.param(None, id="null"),
        pytest.param([7], id="number"),
        pytest.param(["MAA"], id="without-padding"),
        pytest.param(["MAB="], id="trailing-bits"),
        pytest.param(["MA\nA="], id="newline"),
        pytest.param([b64url_encode(b"\xfb\xff\xfe") + "===="], id="base64url"),
        pytest.param(["-_8="], id="base64url-alphabet"),
        pytest.param(["MAA="] * 9, id="too-many"),
    ],
)
def test_certificates_that_are_refused(x5c: object) -> None:
    assert refused(signed(HEADER | {"x5c": x5c})) in {"bad_x5c", "bad_base64"}


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b'{"alg":"none","alg":"ES256","typ":"thing+jwt"}', id="duplicate-algorithm"),
        pytest.param(b'{"alg":"ES256","typ":"other","typ":"thing+jwt"}', id="duplicate-type"),
        pytest.param(b'["ES256"]', id="array"),
        pytest.param(b'{"alg":"ES256","typ":"thing+jwt"', id="truncated"),
        pytest.param(b"", id="empty"),
    ],
)
def test_headers_that_are_refused(header: bytes) -> None:
    assert refused(signed(header)) in {"duplicate_member", "bad_json"}


@pytest.mark.parametrize("payload", [b"", b"[]", b'"text"', b'{"a":1,"a":2}', b"\xff", b'{"a":NaN}'])
def test_payloads_that_are_refused(payload: bytes) -> None:
    assert refused(signed(HEADER, payload)) in {"duplicate_member", "bad_json"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: c + ".", id="a-fourth-part"),
        pytest.param(lambda c: c.rpartition(".")[0], id="two-parts"),
        pytest.param(lambda c: c.replace(".", ".."), id="empty-parts"),
        pytest.param(lambda c: c + "=", id="padded-signature"),
        pytest.param(lambda c: c.replace(".", "=.", 1), id="padded-header"),
        pytest.param(lambda c: c + "\n", id="newline"),
        pytest.param(lambda c: " " + c, id="space"),
        pytest.param(lambda c: c + "é", id="not-ascii"),
        pytest.param(lambda c: "", id="empty"),
        pytest.param(lambda c: None, id="nothing"),
        pytest.param(lambda c: c.encode(), id="bytes"),
        pytest.param(lambda c: {"payload": c}, id="json-serialisation"),
    ],
)
def test_forms_that_are_refused(change: Any) -> None:
    assert refused(change(signed(HEADER))) in {"bad_jws", "bad_base64url", "bad_json", "too_large"}


def test_the_last_bits_of_a_signature_are_fixed() -> None:
    """64 bytes leave four unused bits in base64url: only one of sixteen forms is canonical."""
    compact = signed(HEADER)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    first = alphabet.index(compact[-1])
    codes = [refused(compact[:-1] + alphabet[first + bits]) for bits in range(1, 16)]
    assert codes == ["bad_base64url"] * 15


def test_sizes_are_bounded() -> None:
    compact = signed(HEADER)
    assert parse_jws(compact, expected_typ="thing+jwt", max_bytes=len(compact))
    with pytest.raises(MalformedError):
        parse_jws(compact, expected_typ="thing+jwt", max_bytes=len(compact) - 1)
    assert refused(signed(HEADER | {"pad": "x" * 17_000})) == "too_large"


def test_one_header_decoded_once_serves_tokens_that_differ() -> None:
    """The decoded header is kept; signature, payload and expected type are looked at each time."""
    good, bad = signed(HEADER), signed(HEADER).rpartition(".")[0] + "." + b64url_encode(bytes(64))
    assert verify_jws(parse_jws(good, expected_typ="thing+jwt"), KEY.public_key) == PAYLOAD
    with pytest.raises(SignatureError):
        verify_jws(parse_jws(bad, expected_typ="thing+jwt"), KEY.public_key)
    with pytest.raises(MalformedError):
        parse_jws(good, expected_typ="other+jwt")
    with pytest.raises(TypeError):
        parse_jws(good, expected_typ="thing+jwt").header["alg"] = "none"  # type: ignore[index]


def test_another_library_reads_what_we_sign_and_we_what_it_signs() -> None:
    from jwcrypto.jwk import JWK
    from jwcrypto.jws import JWS

    theirs = JWS()
    theirs.deserialize(create_jws(PAYLOAD, KEY, typ="thing+jwt"), JWK(**KEY.public_key.to_jwk()))
    assert theirs.payload == json_dumps(PAYLOAD)
    private = JWK.from_pyca(ec.generate_private_key(ec.SECP256R1()))
    ours = JWS(json_dumps(PAYLOAD))
    ours.add_signature(private, protected=json_dumps(HEADER).decode())
    jws = parse_jws(ours.serialize(compact=True), expected_typ="thing+jwt")
    assert verify_jws(jws, PublicKey.from_jwk(private.export_public(as_dict=True))) == PAYLOAD
