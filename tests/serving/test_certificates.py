from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from serving.certificates import read_certificate
from serving.errors import OperatorError
from tests.protocol.authority_for_tests import Authority


def test_a_certificate_is_read(tmp_path: Path) -> None:
    root = Authority().root
    path = tmp_path / "root.pem"
    path.write_bytes(root.public_bytes(Encoding.PEM))
    assert read_certificate(path) == root


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "root.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OperatorError, match=r"root\.pem is no certificate"):
        read_certificate(path)
