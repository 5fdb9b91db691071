"""Integrity of referenced documents: `vct#integrity`, `extends#integrity` (SD-JWT VC draft 13 §7).

The value is an integrity metadata string of W3C Subresource Integrity: hash expressions such as
`sha256-<base64>`, separated by white space. Draft 19 §6 spells out what draft 13 left to SRI's browser
algorithm: the strongest known hash counts, any of its values may match, and a string with no known hash
refuses the document.
"""

import base64
import hmac
from collections.abc import Sequence
from hashlib import new, sha256

from protocol.errors import MalformedError

#: The algorithms of SRI, weakest first.
ALGORITHMS = ("sha256", "sha384", "sha512")


def create_integrity(document: bytes) -> str:
    """Returns the integrity metadata of a document, with SHA-256."""
    return "sha256-" + base64.b64encode(sha256(document).digest()).decode("ascii")


def check_integrity(document: bytes, integrity: str) -> None:
    """Raises MalformedError unless the document's bytes are those that `integrity` stands for."""
    algorithm, digests = _strongest(integrity)
    actual = new(algorithm, document).digest()
    if not any(hmac.compare_digest(actual, digest) for digest in digests):
        raise MalformedError(
            "A referenced document is not the one that was signed for", code="integrity_mismatch"
        )


def _strongest(integrity: str) -> tuple[str, Sequence[bytes]]:
    known: dict[str, list[bytes]] = {}
    for expression in integrity.split():
        algorithm, _, value = expression.partition("-")
        if algorithm in ALGORITHMS:
            known.setdefault(algorithm, []).append(
                _digest(value.partition("?")[0])
            )  # ?options have no meaning yet
    if not known:
        raise MalformedError("An integrity value has no known hash algorithm", code="unknown_integrity")
    return max(known.items(), key=lambda entry: ALGORITHMS.index(entry[0]))


def _digest(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:  # binascii.Error is one; text that is not ASCII raises another
        raise MalformedError("An integrity value is not base64", code="malformed_integrity") from error
