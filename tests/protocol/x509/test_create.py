"""The builders make what the verifier accepts, and refuse what it would not."""

import pickle
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from protocol.errors import LocalError, MalformedError, SignatureError
from protocol.x509 import Profile, parse_certificate, verify_chain
from protocol.x509.create import create_csr, create_issuing_ca, create_root, issue_certificate, parse_csr
from protocol.x509.signer import CertificateSigner
from tests.protocol.keys_for_tests import private_key, signing_key
from tests.protocol.x509.forging import DAY, NOW, YEAR, der, key_usage, p384

ROOT_KEY, CA_KEY, KEY = signing_key("root"), signing_key("ca"), signing_key("member")
NAMES: dict[str, Any] = {
    "organisation_id": "PDXGB-dwp",
    "organisation_name": "Department",
    "common_name": "claims",
}
TIMES: dict[str, Any] = {"not_before": NOW, "not_after": NOW + DAY}


def root(**changes: Any) -> x509.Certificate:
    arguments: dict[str, Any] = {
        "organisation_name": "Authority",
        "common_name": "root",
        "serial": 1,
        "not_before": NOW - YEAR,
        "not_after": NOW + YEAR,
    }
    return create_root(ROOT_KEY, **(arguments | changes))


def issuing_ca(**changes: Any) -> x509.Certificate:
    arguments: dict[str, Any] = {
        "root": root(),
        "root_key": ROOT_KEY,
        "organisation_name": "Authority",
        "common_name": "ca",
        "serial": 2,
        "not_before": NOW - DAY,
        "not_after": NOW + YEAR,
    }
    return create_issuing_ca(CA_KEY.public_key, **(arguments | changes))


def leaf(**changes: Any) -> x509.Certificate:
    arguments: dict[str, Any] = {
        "profile": Profile.CLAIM_SIGNING,
        "ca": issuing_ca(),
        "ca_key": CA_KEY,
        "serial": 3,
        **NAMES,
        **TIMES,
    }
    return issue_certificate(KEY.public_key, **(arguments | changes))


@pytest.mark.parametrize("profile", list(Profile))
def test_what_is_made_is_accepted(profile: Profile) -> None:
    made = leaf(profile=profile, hosts=["dwp.example"], uris=["https://dwp.example/vc"])
    anchor = root()
    ca = issuing_ca(root=anchor)
    identity = verify_chain(der(made, ca), anchors=[anchor], now=NOW, expected_profile=profile)
    assert identity.public_key == KEY.public_key
    assert (identity.organisation_id, identity.organisation_name) == ("PDXGB-dwp", "Department")
    assert (identity.hosts, identity.uris) == (("dwp.example",), ("https://dwp.example/vc",))
    assert identity.not_after == NOW + DAY


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_a_host_may_be_an_address_and_is_never_written_as_a_name(host: str) -> None:
    made = leaf(hosts=["dwp.example", host])
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["dwp.example"]
    chain = der(made, issuing_ca())
    identity = verify_chain(chain, anchors=[root()], now=NOW, expected_profile=Profile.CLAIM_SIGNING)
    assert identity.hosts == ("dwp.example", host)
    assert parse_csr(create_csr(KEY, **NAMES, hosts=[host])).hosts == (host,)


def extension(certificate: x509.Certificate, kind: type[x509.ExtensionType]) -> tuple[Any, bool]:
    found = certificate.extensions.get_extension_for_class(kind)
    return found.value, found.critical


def test_extensions_of_an_authority() -> None:
    for certificate, length in ((root(), 1), (issuing_ca(), 0)):
        assert extension(certificate, x509.BasicConstraints) == (x509.BasicConstraints(True, length), True)
        assert extension(certificate, x509.KeyUsage) == (key_usage("key_cert_sign", "crl_sign"), True)


def test_extensions_of_a_leaf() -> None:
    made = leaf()
    assert extension(made, x509.BasicConstraints) == (x509.BasicConstraints(False, None), True)
    assert extension(made, x509.KeyUsage) == (key_usage("digital_signature"), True)
    assert extension(made, x509.ExtendedKeyUsage)[0] == x509.ExtendedKeyUsage([Profile.CLAIM_SIGNING.value])
    with pytest.raises(x509.ExtensionNotFound):
        extension(made, x509.SubjectAlternativeName)


def test_key_identifiers_lead_from_leaf_to_root() -> None:
    identifiers = [
        (
            extension(c, x509.AuthorityKeyIdentifier)[0].key_identifier,
            extension(c, x509.SubjectKeyIdentifier)[0].digest,
        )
        for c in (leaf(), issuing_ca(), root())
    ]
    assert identifiers[0][0] == identifiers[1][1]
    assert identifiers[1][0] == identifiers[2][1] == identifiers[2][0]


def test_everything_but_the_signature_comes_from_the_arguments() -> None:
    assert leaf().tbs_certificate_bytes == leaf().tbs_certificate_bytes
    made = leaf(serial=1 << 158)
    assert made.serial_number == 1 << 158
    assert (made.not_valid_before_utc.timestamp(), made.not_valid_after_utc.timestamp()) == (NOW, NOW + DAY)


@pytest.mark.parametrize("serial", [0, -1, 1 << 159])
def test_serials_that_are_refused(serial: int) -> None:
    for make in (root, issuing_ca, leaf):
        with pytest.raises(LocalError):
            make(serial=serial)


@pytest.mark.parametrize("times", [(NOW, NOW), (NOW + 1, NOW), (NOW - 2 * YEAR, NOW), (NOW, NOW + 2 * YEAR)])
def test_nothing_outlives_its_authority(times: tuple[int, int]) -> None:
    for make in (issuing_ca, leaf):
        with pytest.raises(LocalError):
            make(not_before=times[0], not_after=times[1])


def test_a_root_ends_after_it_begins() -> None:
    with pytest.raises(LocalError):
        root(not_before=NOW, not_after=NOW)


def test_only_the_authoritys_own_key_signs() -> None:
    with pytest.raises(LocalError):
        leaf(ca_key=ROOT_KEY)
    with pytest.raises(LocalError):
        issuing_ca(root_key=CA_KEY)


def test_a_leaf_certifies_nobody() -> None:
    made = leaf()
    with pytest.raises(LocalError):
        leaf(ca=made, ca_key=KEY)
    with pytest.raises(LocalError):
        issuing_ca(root=made, root_key=KEY, not_before=NOW, not_after=NOW + 1)
    with pytest.raises(LocalError):
        issuing_ca(root=issuing_ca(), root_key=CA_KEY)


@pytest.mark.parametrize("organisation", ["", "dwp", "PDXGB-", "PDXGB-DWP", "PDXGB-a b"])
def test_identifiers_that_are_refused(organisation: str) -> None:
    with pytest.raises(LocalError):
        leaf(organisation_id=organisation)


@pytest.mark.parametrize(
    "change",
    [{"organisation_name": ""}, {"common_name": "x" * 65}, {"hosts": ["dŵr.example"]}, {"uris": ["é"]}],
)
def test_names_that_a_certificate_cant_carry(change: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        leaf(**change)
    with pytest.raises(LocalError):
        create_csr(KEY, **(NAMES | change))


# Requests
def test_a_request_says_who_and_proves_the_key() -> None:
    pem = create_csr(KEY, **NAMES, hosts=["dwp.example"], uris=["https://dwp.example/vc"])
    request = parse_csr(pem)
    assert pem.startswith(b"-----BEGIN CERTIFICATE REQUEST-----")
    assert request.public_key == KEY.public_key
    assert (request.organisation_id, request.organisation_name) == ("PDXGB-dwp", "Department")
    assert (request.common_name, request.hosts) == ("claims", ("dwp.example",))
    assert request.uris == ("https://dwp.example/vc",)
    assert parse_csr(x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER)) == request


def test_a_request_may_name_nothing() -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = parse_csr(builder.sign(private_key("member"), SHA256()).public_bytes(Encoding.PEM))
    assert (request.organisation_id, request.common_name, request.hosts) == ("", "", ())


@pytest.mark.parametrize(
    "key",
    [p384(9), ec.derive_private_key(9, ec.SECP256K1()), rsa.generate_private_key(65537, 2048)],
    ids=["p384", "secp256k1", "rsa"],
)
def test_keys_that_are_not_p256_are_refused(key: Any) -> None:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    with pytest.raises(MalformedError):
        parse_csr(request.public_bytes(Encoding.PEM))


@pytest.mark.parametrize("algorithm", [SHA384(), SHA512()])
def test_a_request_is_signed_with_sha256(algorithm: Any) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    with pytest.raises(SignatureError):
        parse_csr(builder.sign(private_key("member"), algorithm).public_bytes(Encoding.PEM))


def test_possession_is_proven() -> None:
    """Somebody else's public key, as an impostor would put it into a request of his own."""
    body = x509.load_pem_x509_csr(create_csr(KEY, **NAMES)).public_bytes(Encoding.DER)
    theirs = x509.load_pem_x509_csr(create_csr(signing_key("impostor"), **NAMES)).public_bytes(Encoding.DER)
    point = KEY.public_key.to_cryptography().public_numbers().x.to_bytes(32, "big")
    other = signing_key("impostor").public_key.to_cryptography().public_numbers()
    swapped = theirs.replace(
        other.x.to_bytes(32, "big") + other.y.to_bytes(32, "big"), body[body.index(point) :][:64]
    )
    with pytest.raises(SignatureError) as caught:
        parse_csr(swapped)
    assert caught.value.code == "no_possession"


def test_a_name_of_bits_cant_be_read() -> None:
    """The library raises TypeError when it is asked for such a subject."""
    bits = (b"\x0c\x06claims", b"\x03\x06\x00laims")
    request = x509.load_pem_x509_csr(create_csr(KEY, **NAMES))
    body = request.tbs_certrequest_bytes.replace(*bits)
    signature = private_key("member").sign(body, ec.ECDSA(SHA256()))
    signed = request.public_bytes(Encoding.DER).replace(request.tbs_certrequest_bytes, body)
    head, tail = signed[: -len(request.signature) - 3], signed[-len(request.signature) - 3 :]
    assert tail[0] == 3  # the signature's own BIT STRING
    while len(signature) != len(request.signature):  # ECDSA signatures differ in length
        signature = private_key("member").sign(body, ec.ECDSA(SHA256()))
    with pytest.raises(MalformedError):
        parse_csr(head + tail[:3] + signature)
    with pytest.raises(MalformedError):
        parse_certificate(der(leaf())[0].replace(*bits))


def test_a_request_of_no_known_version_cant_be_read() -> None:
    der = x509.load_pem_x509_csr(create_csr(KEY, **NAMES)).public_bytes(Encoding.DER)
    with pytest.raises(MalformedError):
        parse_csr(der.replace(b"\x02\x01\x00", b"\x02\x01\x05", 1))


@pytest.mark.parametrize("data", [b"", b"-----BEGIN CERTIFICATE REQUEST-----", b"\x30\x00", b"x" * 20_000])
def test_requests_that_cant_be_read(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_csr(data)


def test_a_certificate_is_no_request() -> None:
    with pytest.raises(MalformedError):
        parse_csr(root().public_bytes(Encoding.PEM))


# The signer
def test_the_signer_only_signs() -> None:
    signer = CertificateSigner(KEY)
    assert (signer.key_size, signer.curve.name) == (256, "secp256r1")
    with pytest.raises(LocalError):
        signer.private_numbers()
    with pytest.raises(LocalError):
        signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(LocalError):
        signer.exchange(ec.ECDH(), KEY.public_key.to_cryptography())
    with pytest.raises(LocalError):
        signer.sign(b"data", ec.ECDSA(SHA384()))
    with pytest.raises(TypeError):
        pickle.dumps(signer)
