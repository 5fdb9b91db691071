"""JWE: nothing reaches jwcrypto that is not in its one strict form."""

import copy
import json
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from protocol.encoding import b64url_decode, b64url_encode, json_dumps, json_object
from protocol.errors import BindingError, LocalError, MalformedError, RemoteError
from protocol.jose.jwe import DecryptionKey, decrypt_jwe, encrypt_jwe
from protocol.keys import PublicKey
from tests.protocol.keys_for_tests import private_key
from tests.vectors.reading import vectors

KEY = DecryptionKey(private_key("recipient"), kid="key-1")
JWK_OF_KEY: dict[str, Any] = KEY.public_jwk()
IV = bytes(range(12))


def sealed(
    header: dict[str, Any] | bytes, key: bytes, *, iv: bytes = IV, plaintext: bytes = b"secret"
) -> str:
    """A JWE by a direct key, rightly authenticated, whatever its header says (RFC 7516 §5.1)."""
    protected = b64url_encode(header if isinstance(header, bytes) else json_dumps(header))
    output = AESGCM(key).encrypt(iv, plaintext, protected.encode())
    return ".".join(
        [protected, "", b64url_encode(iv), b64url_encode(output[:-16]), b64url_encode(output[-16:])]
    )


def recipient(vector: dict[str, Any]) -> DecryptionKey:
    secret = int.from_bytes(b64url_decode(vector["recipient"]["d"]), "big")
    return DecryptionKey(ec.derive_private_key(secret, ec.SECP256R1()), kid="bob")


def refused(compact: object, key: DecryptionKey = KEY, **options: Any) -> str:
    with pytest.raises(RemoteError) as caught:
        decrypt_jwe(compact, key, **options)  # type: ignore[arg-type]
    return caught.value.code


def test_the_agreement_of_rfc7518_appendix_c() -> None:
    vector = vectors("jose/rfc7518-c.json")
    compact = sealed(vector["header"], b64url_decode(vector["derived_key"]))
    assert decrypt_jwe(compact, recipient(vector)) == (vector["header"], b"secret")


# Each change keeps Appendix C's key, so only the rule under test can refuse.
HEADER_RULES: list[tuple[str, dict[str, Any], str]] = [
    ("compressed", {"zip": "DEF"}, "compressed"),
    ("compression-null", {"zip": None}, "compressed"),
    ("critical", {"crit": ["exp"], "exp": 1}, "unknown_critical"),
    ("critical-empty", {"crit": []}, "unknown_critical"),
    ("key-wrapping", {"alg": "ECDH-ES+A128KW"}, "bad_algorithm"),
    ("rsa", {"alg": "RSA-OAEP"}, "bad_algorithm"),
    ("direct", {"alg": "dir"}, "bad_algorithm"),
    ("password", {"alg": "PBES2-HS256+A128KW", "p2c": 10**9}, "bad_algorithm"),
    ("cbc", {"enc": "A128CBC-HS256"}, "bad_algorithm"),
    ("192-bits", {"enc": "A192GCM"}, "bad_algorithm"),
    ("no-enc", {"enc": None}, "bad_algorithm"),
    ("enc-array", {"enc": ["A128GCM"]}, "bad_algorithm"),
    ("no-epk", {"epk": None}, "bad_key"),
    ("epk-text", {"epk": "key"}, "bad_key"),
    ("apu-padded", {"apu": "QWxpY2U="}, "bad_base64url"),
    ("apu-number", {"apu": 5}, "bad_base64url"),
    ("apv-not-canonical", {"apv": "Qm9j" + "Qm9"}, "bad_base64url"),
    ("apv-long", {"apv": "A" * 1000}, "too_large"),
    ("kid-of-another", {"kid": "alice"}, "wrong_kid"),
    ("kid-null", {"kid": None}, "wrong_kid"),
]


@pytest.mark.parametrize(
    ("change", "code"), [rule[1:] for rule in HEADER_RULES], ids=[r[0] for r in HEADER_RULES]
)
def test_headers_that_are_refused(change: dict[str, Any], code: str) -> None:
    vector = vectors("jose/rfc7518-c.json")
    compact = sealed(vector["header"] | change, b64url_decode(vector["derived_key"]))
    assert refused(compact, recipient(vector)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"}, "private_key", id="private"),
        pytest.param({"crv": "P-384"}, "bad_key", id="other-curve"),
        pytest.param({"kty": "OKP", "crv": "X25519"}, "bad_key", id="other-type"),
        pytest.param(
            {"y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFppt"}, "bad_base64url", id="not-canonical"
        ),
        pytest.param(
            {"y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFppw"}, "bad_key", id="invalid-curve-point"
        ),
        pytest.param({"x": b64url_encode(bytes(32)), "y": b64url_encode(bytes(32))}, "bad_key", id="zero"),
    ],
)
def test_ephemeral_keys_that_are_refused(change: dict[str, Any], code: str) -> None:
    vector = vectors("jose/rfc7518-c.json")
    header = vector["header"] | {"epk": vector["header"]["epk"] | change}
    assert refused(sealed(header, b64url_decode(vector["derived_key"])), recipient(vector)) == code


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_what_is_encrypted_is_decrypted(enc: Any) -> None:
    compact = encrypt_jwe(b"secret", JWK_OF_KEY, enc=enc, apu=b"wallet", apv=b"nonce")
    header, plaintext = decrypt_jwe(compact, KEY)
    assert plaintext == b"secret"
    assert {name: header[name] for name in ("alg", "enc", "kid")} == {
        "alg": "ECDH-ES",
        "enc": enc,
        "kid": "key-1",
    }
    assert (header["apu"], header["apv"]) == (b64url_encode(b"wallet"), b64url_encode(b"nonce"))
    assert set(header["epk"]) == {"kty", "crv", "x", "y"}


def test_two_encryptions_share_nothing() -> None:
    one, two = (encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128GCM") for _ in range(2))
    assert not set(one.split(".")) & set(two.split(".")) - {""}


def test_a_recipient_without_kid() -> None:
    jwk = {name: JWK_OF_KEY[name] for name in ("kty", "crv", "x", "y")}
    header, plaintext = decrypt_jwe(encrypt_jwe(b"secret", jwk, enc="A256GCM"), KEY)
    assert plaintext == b"secret"
    assert "kid" not in header


def test_nothing_is_not_encrypted() -> None:
    with pytest.raises(LocalError):
        encrypt_jwe(b"", JWK_OF_KEY, enc="A256GCM")


def test_jwcrypto_reads_ours_and_we_read_its_own() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = DecryptionKey(private, kid="k")
    theirs = JWE()
    theirs.deserialize(encrypt_jwe(b"secret", key.public_jwk(), enc="A256GCM"), JWK.from_pyca(private))
    assert theirs.payload == b"secret"
    written = JWE(b"secret", json.dumps({"alg": "ECDH-ES", "enc": "A128GCM"}))
    written.add_recipient(JWK(**key.public_jwk()))
    assert decrypt_jwe(written.serialize(compact=True), key)[1] == b"secret"


def test_only_what_was_offered() -> None:
    compact = encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128GCM")
    assert decrypt_jwe(compact, KEY, allowed_enc=["A128GCM"])[1] == b"secret"
    assert refused(compact, allowed_enc=["A256GCM"]) == "bad_algorithm"


@pytest.mark.parametrize("enc", ["A192GCM", "A128CBC-HS256"])
def test_what_we_do_not_know_cant_be_offered(enc: str) -> None:
    written = JWE(b"secret", json.dumps({"alg": "ECDH-ES", "enc": enc}))
    written.add_recipient(JWK(**JWK_OF_KEY))
    assert refused(written.serialize(compact=True), allowed_enc=[enc]) == "bad_algorithm"


def test_another_key_does_not_decrypt() -> None:
    compact = encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128GCM")
    assert refused(compact, DecryptionKey(private_key("another"), kid="key-1")) == "decryption_failed"
    with pytest.raises(BindingError):
        decrypt_jwe(compact, DecryptionKey(private_key("recipient"), kid="key-2"))


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_a_change_in_any_part_is_noticed(part: int) -> None:
    parts = encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128GCM").split(".")
    parts[part] = ("B" if parts[part][0] == "A" else "A") + parts[part][1:]
    assert refused(".".join(parts)) in {"decryption_failed", "bad_json"}


def test_the_header_is_authenticated() -> None:
    parts = encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128GCM").split(".")
    parts[0] = b64url_encode(json_dumps(json_object(b64url_decode(parts[0])) | {"more": 1}))
    assert refused(".".join(parts)) == "decryption_failed"


def of_parts(*changes: tuple[int, str]) -> str:
    parts = encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128GCM").split(".")
    for at, value in changes:
        parts[at] = value
    return ".".join(parts)


@pytest.mark.parametrize(
    "compact",
    [
        pytest.param(of_parts((1, "AAAA")), id="an-encrypted-key"),
        pytest.param(of_parts((2, b64url_encode(bytes(16)))), id="long-vector"),
        pytest.param(of_parts((2, "")), id="no-vector"),
        pytest.param(of_parts((4, b64url_encode(bytes(12)))), id="short-tag"),
        pytest.param(of_parts((4, "")), id="no-tag"),
        pytest.param(of_parts() + ".AAAA", id="six-parts"),
        pytest.param(of_parts().rpartition(".")[0], id="four-parts"),
        pytest.param(of_parts() + "=", id="padding"),
        pytest.param(of_parts().replace(".", "=.", 1), id="padded-header"),
        pytest.param(of_parts() + "\n", id="newline"),
        pytest.param(of_parts((0, b64url_encode(b'{"alg":"dir","alg":"ECDH-ES"}'))), id="duplicate-member"),
        pytest.param(of_parts((0, "e" * 8000)), id="long-header"),
        pytest.param('{"ciphertext":"AAAA"}', id="json-serialisation"),
        pytest.param("", id="empty"),
        pytest.param(None, id="nothing"),
        pytest.param(b"....", id="bytes"),
    ],
)
def test_forms_that_are_refused(compact: object) -> None:
    assert refused(compact) in {"bad_jwe", "bad_base64url", "duplicate_member", "too_large"}


def test_a_short_tag_is_refused_even_where_it_is_right() -> None:
    vector = vectors("jose/rfc7518-c.json")
    head, _, tag = sealed(vector["header"], b64url_decode(vector["derived_key"])).rpartition(".")
    short = b64url_encode(b64url_decode(tag)[:12])
    assert refused(f"{head}.{short}", recipient(vector)) == "bad_jwe"


def test_a_compressed_bomb_is_never_inflated() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    bomb = JWE(bytes(5_000_000), json.dumps({"alg": "ECDH-ES", "enc": "A128GCM", "zip": "DEF"}))
    bomb.add_recipient(JWK.from_pyca(private.public_key()))
    assert refused(bomb.serialize(compact=True), DecryptionKey(private, kid="k")) == "compressed"


def test_sizes_are_bounded() -> None:
    compact = encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128GCM")
    assert decrypt_jwe(compact, KEY, max_bytes=len(compact))[1] == b"secret"
    assert refused(compact, max_bytes=len(compact) - 1) == "too_large"


def test_the_bound_is_the_callers_also_above_a_megabyte() -> None:
    plaintext = b"x" * 1_500_000
    compact = encrypt_jwe(plaintext, JWK_OF_KEY, enc="A256GCM")
    assert decrypt_jwe(compact, KEY, max_bytes=1 << 22)[1] == plaintext


@pytest.mark.parametrize(
    "change",
    [
        {"d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"},
        {"crv": "P-384"},
        {"alg": "ECDH-ES+A128KW"},
        {"use": "sig"},
        {"kid": 7},
        {"x": JWK_OF_KEY["y"]},
    ],
)
def test_recipients_that_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        encrypt_jwe(b"secret", JWK_OF_KEY | change, enc="A128GCM")


def test_other_encryptions_are_not_made() -> None:
    with pytest.raises(LocalError):
        encrypt_jwe(b"secret", JWK_OF_KEY, enc="A128CBC-HS256")  # type: ignore[arg-type]


def test_a_key_is_kept_as_bytes_and_comes_back() -> None:
    key = DecryptionKey.generate("ключ")
    again = DecryptionKey.from_secret_bytes(key.to_secret_bytes())
    assert again.public_jwk() == key.public_jwk()
    assert again.kid == "ключ"
    assert decrypt_jwe(encrypt_jwe(b"secret", key.public_jwk(), enc="A256GCM"), again)[1] == b"secret"


@pytest.mark.parametrize(
    "secret", [b"", b"\x05", b"\x01" * 31, bytes(32), b"\xff" * 32, b"\x01" * 32 + b"\xff"]
)
def test_bytes_that_are_no_key(secret: bytes) -> None:
    with pytest.raises(LocalError):
        DecryptionKey.from_secret_bytes(secret)


def test_a_decryption_key_is_on_p256() -> None:
    with pytest.raises(LocalError):
        DecryptionKey(ec.generate_private_key(ec.SECP384R1()), kid="k")


def test_the_public_jwk_is_for_key_agreement_only() -> None:
    assert {name: JWK_OF_KEY[name] for name in ("kid", "use", "alg")} == {
        "kid": "key-1",
        "use": "enc",
        "alg": "ECDH-ES",
    }
    assert "d" not in JWK_OF_KEY
    with pytest.raises(MalformedError):
        PublicKey.from_jwk(JWK_OF_KEY)


def test_a_decryption_key_cant_be_seen_copied_or_stored() -> None:
    secret = f"{private_key('recipient').private_numbers().private_value:x}"
    assert secret not in f"{KEY!r} {KEY}"
    for way in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, vars):
        with pytest.raises(TypeError):
            way(KEY)
