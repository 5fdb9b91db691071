import os
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from protocol.keys import SigningKey, SoftwareSigningKey
from protocol.x509 import Profile
from protocol.x509.create import create_root
from serving.keystore import FileKeystore, KeystoreError, read_passphrase
from tests.protocol.authority_for_tests import Authority


@pytest.fixture
def keystore(tmp_path: Path) -> FileKeystore:
    keystore = FileKeystore(tmp_path / "keys")
    keystore.create_secret()
    return keystore


def certificate_for(key: SigningKey) -> bytes:
    return create_root(
        key, organisation_name="O", common_name="C", serial=1, not_before=0, not_after=1_000
    ).public_bytes(Encoding.DER)


def test_a_key_signs_again_after_a_restart(tmp_path: Path) -> None:
    created = FileKeystore(tmp_path).create_signing_key("claims")
    again = FileKeystore(tmp_path).signing_key("claims")
    assert again.public_key == created.public_key
    again.public_key.verify(created.sign(b"data"), b"data")


def test_a_key_is_read_once(keystore: FileKeystore) -> None:
    keystore.create_signing_key("claims")
    assert keystore.signing_key("claims") is keystore.signing_key("claims")


def test_a_key_is_never_overwritten(keystore: FileKeystore) -> None:
    first = keystore.create_signing_key("claims").public_key
    with pytest.raises(KeystoreError, match="never overwritten"):
        keystore.create_signing_key("claims")
    assert FileKeystore(keystore._directory).signing_key("claims").public_key == first


def test_only_the_owner_may_read(keystore: FileKeystore) -> None:
    before = os.umask(0)
    try:
        keystore.create_signing_key("claims")
        keystore.create_secret()
    finally:
        os.umask(before)
    assert stat.S_IMODE(keystore._directory.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in keystore._directory.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 4  # two secrets, which of them is current, one key: nothing half-written is left


@pytest.mark.parametrize("name", ["", "../claims", "Claims", "a/b", "a.pem", "-a", "a" * 70])
def test_a_name_is_no_path(keystore: FileKeystore, name: str) -> None:
    with pytest.raises(KeystoreError, match="lower-case letters"):
        keystore.create_signing_key(name)


def test_a_missing_key_is_named(keystore: FileKeystore) -> None:
    assert not keystore.has_signing_key("claims")
    with pytest.raises(KeystoreError, match=r"no readable file claims\.pem"):
        keystore.signing_key("claims")


def test_a_passphrase_protects_every_private_file(tmp_path: Path) -> None:
    keystore = FileKeystore(tmp_path, passphrase=b"correct horse")
    keystore.create_signing_key("claims")
    keystore.create_secret()
    sealed = keystore.seal(b"plain", b"context")
    assert b"ENCRYPTED" in (tmp_path / "claims.pem").read_bytes()
    again = FileKeystore(tmp_path, passphrase=b"correct horse")
    again.signing_key("claims")
    assert again.open(sealed, b"context") == b"plain"
    for wrong in (None, b"wrong"):
        other = FileKeystore(tmp_path, passphrase=wrong)
        with pytest.raises(KeystoreError, match="is the passphrase right"):
            other.signing_key("claims")
        with pytest.raises(KeystoreError, match="is the passphrase right"):
            other.open(sealed, b"context")


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)]
)
def test_a_key_of_another_kind_is_refused(
    keystore: FileKeystore, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
) -> None:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (keystore._directory / "claims.pem").write_bytes(pem)
    with pytest.raises(KeystoreError, match="not a P-256 key"):
        keystore.signing_key("claims")


def test_certificates_are_kept_in_order(keystore: FileKeystore) -> None:
    own = certificate_for(keystore.create_signing_key("claims"))
    other = certificate_for(SoftwareSigningKey(ec.generate_private_key(ec.SECP256R1())))
    keystore.store_certificate_chain("claims", [own, other])
    assert keystore.certificate_chain("claims") == (own, other)
    x509.load_der_x509_certificate(own)


def test_a_certificate_for_another_key_is_refused(keystore: FileKeystore) -> None:
    keystore.create_signing_key("claims")
    other = certificate_for(keystore.create_signing_key("other"))
    for chain in ([other], []):
        with pytest.raises(KeystoreError, match="not for the key"):
            keystore.store_certificate_chain("claims", chain)
    with pytest.raises(KeystoreError, match="no readable file"):
        keystore.certificate_chain("claims")


def test_sealed_bytes_open_in_their_context_only(keystore: FileKeystore) -> None:
    sealed = keystore.seal(b"plain", b"offer 1")
    assert b"plain" not in sealed
    assert keystore.open(sealed, b"offer 1") == b"plain"
    with pytest.raises(KeystoreError, match="don't open"):
        keystore.open(sealed, b"offer 2")


def test_any_changed_bit_is_found(keystore: FileKeystore) -> None:
    sealed = keystore.seal(b"plain", b"c")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(KeystoreError):
            keystore.open(bytes(changed), b"c")
    for length in (0, 1, 36, 37, len(sealed) - 1):
        with pytest.raises(KeystoreError):
            keystore.open(sealed[:length], b"c")


def test_sealing_twice_differs(keystore: FileKeystore) -> None:
    assert keystore.seal(b"plain", b"c") != keystore.seal(b"plain", b"c")


def test_after_rotation_the_new_key_seals_and_the_old_one_opens(keystore: FileKeystore) -> None:
    before, code = keystore.seal(b"plain", b"c"), keystore.mac("nonce", b"data")
    keystore.create_secret()
    after = keystore.seal(b"plain", b"c")
    assert before[1:5] != after[1:5]
    assert keystore.open(before, b"c") == keystore.open(after, b"c") == b"plain"
    keystore.verify_mac("nonce", b"data", code)
    assert keystore.mac("nonce", b"data") != code


def test_a_code_holds_for_its_purpose_and_data(keystore: FileKeystore) -> None:
    code = keystore.mac("nonce", b"data")
    assert len(code) == 32
    keystore.verify_mac("nonce", b"data", code)
    for purpose, data, given in (
        ("other", b"data", code),
        ("nonce", b"datb", code),
        ("nonce", b"data", code[:31]),
    ):
        with pytest.raises(KeystoreError, match="authentication code"):
            keystore.verify_mac(purpose, data, given)


def test_without_a_secret_nothing_is_sealed(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="no readable file current"):
        FileKeystore(tmp_path).seal(b"", b"")


def test_the_passphrase_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("from file\n")
    file = {"PDX_KEYSTORE_PASSPHRASE_FILE": str(tmp_path / "passphrase")}
    assert read_passphrase({}) is None
    assert read_passphrase({"PDX_KEYSTORE_PASSPHRASE": "direct"}) == b"direct"
    assert read_passphrase({"PDX_KEYSTORE_PASSPHRASE": "direct", **file}) == b"from file"
    with pytest.raises(KeystoreError, match="PDX_KEYSTORE_PASSPHRASE_FILE"):
        read_passphrase({"PDX_KEYSTORE_PASSPHRASE_FILE": str(tmp_path / "none")})


# --- generations


def chain_for(keystore: FileKeystore, name: str) -> list[bytes]:
    party = Authority()
    chain = party.certify(
        keystore.signing_key(name).public_key,
        Profile.CLAIM_SIGNING,
        organisation_id="PDXGB-x",
        organisation_name="X",
    )
    return list(chain)


def test_a_key_takes_anothers_place_by_one_rename(keystore: FileKeystore) -> None:
    keystore.create_signing_key("claims")
    keystore.store_certificate_chain("claims", chain_for(keystore, "claims"))
    other, before = FileKeystore(keystore._directory), keystore.stamp("claims")
    assert (keystore.current("claims"), keystore.next_generation("claims")) == ("claims", "claims-2")
    keystore.create_signing_key("claims-2")
    assert keystore.stamp("claims") == before
    keystore.store_certificate_chain("claims-2", chain_for(keystore, "claims-2"))
    keystore.make_current("claims", "claims-2")
    assert other.current("claims") == "claims-2"
    assert other.stamp("claims") != before
    assert other.generations("claims") == ["claims", "claims-2"]
    assert other.last_generation("claims") == "claims-2"
    assert keystore.certificate_chain("claims")  # what was begun with it goes on


def test_only_a_certified_key_takes_a_place(keystore: FileKeystore) -> None:
    keystore.create_signing_key("claims")
    keystore.create_signing_key("claims-2")
    for generation in ("claims-2", "claims-3"):
        with pytest.raises(KeystoreError):
            keystore.make_current("claims", generation)
    assert keystore.current("claims") == "claims"


@pytest.mark.parametrize("content", ["", "../claims", "claims-9"])
def test_a_pointer_that_leads_nowhere_is_told(keystore: FileKeystore, content: str) -> None:
    keystore.create_signing_key("claims")
    (keystore._directory / "claims.current").write_text(content)
    with pytest.raises(KeystoreError, match="names no key"):
        keystore.current("claims")


def test_certificates_go_to_the_key_they_are_for(keystore: FileKeystore) -> None:
    keystore.create_signing_key("claims")
    keystore.create_signing_key("claims-2")
    keystore.install_chain("claims", chain_for(keystore, "claims"))
    assert keystore.current("claims") == "claims"
    keystore.install_chain("claims", chain_for(keystore, "claims-2"))
    assert keystore.current("claims") == "claims-2"
    keystore.create_signing_key("foreign")
    with pytest.raises(KeystoreError, match="not for the key"):
        keystore.install_chain("claims", chain_for(keystore, "foreign"))
