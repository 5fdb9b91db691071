"""Integrity metadata: SD-JWT VC draft 13 §7, spelt out in draft 19 §6."""

import base64
import hashlib

import pytest

from protocol.errors import MalformedError
from protocol.sd_jwt_vc.integrity import check_integrity, create_integrity

DOCUMENT = b'{"vct":"urn:x"}'
OTHER = b'{"vct":"urn:y"}'


def expression(algorithm: str, document: bytes = DOCUMENT) -> str:
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, document).digest()).decode()}"


@pytest.mark.parametrize(
    "integrity",
    [
        create_integrity(DOCUMENT),
        expression("sha256"),
        expression("sha384"),
        expression("sha512"),
        expression("sha256", OTHER) + " " + expression("sha256"),
        expression("sha256", OTHER) + " " + expression("sha512"),
        "md5-AAAA " + expression("sha256"),
        expression("sha256") + "?future=option",
        "  " + expression("sha256") + "\n",
    ],
)
def test_the_document_that_was_meant(integrity: str) -> None:
    check_integrity(DOCUMENT, integrity)


@pytest.mark.parametrize(
    ("integrity", "code"),
    [
        (expression("sha256", OTHER), "integrity_mismatch"),
        ("sha256-é", "malformed_integrity"),
        (expression("sha256") + " " + expression("sha512", OTHER), "integrity_mismatch"),
        (expression("sha256")[:-4], "integrity_mismatch"),
        ("sha256-", "integrity_mismatch"),
        ("", "unknown_integrity"),
        ("md5-AAAA", "unknown_integrity"),
        ("SHA256" + expression("sha256")[6:], "unknown_integrity"),
        ("sha256-!!!!", "malformed_integrity"),
        (expression("sha256").rstrip("="), "malformed_integrity"),
    ],
)
def test_another_document(integrity: str, code: str) -> None:
    with pytest.raises(MalformedError) as caught:
        check_integrity(DOCUMENT, integrity)
    assert caught.value.code == code


def test_one_byte_makes_another_document() -> None:
    with pytest.raises(MalformedError):
        check_integrity(DOCUMENT + b"\n", create_integrity(DOCUMENT))
