"""The root, made and used where it lies: a keystore of its own and nothing of the authority's."""

import re
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from authority.certify import BACKDATED, certificate_ends, serial
from authority.records import ROOT
from authority.settings import DAY, Lifetimes
from protocol.x509.create import create_issuing_ca, create_root
from protocol.x509.request import parse_csr
from serving.errors import OperatorError
from serving.keystore import FileKeystore
from serving.randomness import Random

_ISSUING = re.compile(r"Issuing [1-9][0-9]{0,3}")


def make_root(keystore: FileKeystore, *, name: str, days: int, now: int, random: Random) -> x509.Certificate:
    """Makes the root's key and certificate; raises KeystoreError where there is one."""
    root = create_root(
        keystore.create_signing_key(ROOT),
        organisation_name=name,
        common_name="Root",
        serial=serial(random),
        not_before=now - BACKDATED,
        not_after=now + days * DAY,
    )
    keystore.store_certificate_chain(ROOT, [root.public_bytes(Encoding.DER)])
    return root


def sign_issuing(
    keystore: FileKeystore, request: bytes, *, days: int, now: int, random: Random
) -> x509.Certificate:
    """The certificate of an issuing CA, under the root's own name; raises OperatorError, RemoteError."""
    asked = parse_csr(request)
    if not _ISSUING.fullmatch(asked.common_name):
        raise OperatorError("this is no request for an issuing CA (pdx authority issuing-request makes one)")
    root = x509.load_der_x509_certificate(keystore.certificate_chain(ROOT)[0])
    [operator] = root.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
    if asked.organisation_name != operator.value:
        raise OperatorError(f"the request is of another authority; the root is of {operator.value!s}")
    return create_issuing_ca(
        asked.public_key,
        root=root,
        root_key=keystore.signing_key(ROOT),
        organisation_name=asked.organisation_name,
        common_name=asked.common_name,
        serial=serial(random),
        not_before=now - BACKDATED,
        not_after=min(now + days * DAY, certificate_ends(root)),
    )


def request_fingerprint(request: bytes) -> str:
    """What is read aloud on both sides: SHA-256 over the key that a request is for."""
    return grouped(parse_csr(request).public_key.spki_sha256())


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over a certificate."""
    return grouped(certificate.fingerprint(SHA256()))


def grouped(digest: bytes) -> str:
    """Hexadecimal in groups of four, as it is read aloud."""
    text = digest.hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that is handed over; raises OperatorError where one is there."""
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise OperatorError(f"{path} can't be written: {error.strerror}") from None


DEFAULTS = Lifetimes()
