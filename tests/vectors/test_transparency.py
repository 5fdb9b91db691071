"""Vectors that both wallets have to agree on: what proves that something is in the log, and what does not."""

from typing import Any

import pytest

from protocol.encoding import b64_decode
from protocol.errors import BindingError, MalformedError, SignatureError, UntrustedError
from protocol.transparency import parse_log_key, verify_logged
from tests.vectors.reading import vectors

VECTORS = vectors("transparency/proofs.json")
ERRORS: dict[str, tuple[type[Exception], ...]] = {
    "malformed": (MalformedError,),
    "signature": (SignatureError,),
    "unproven": (BindingError, UntrustedError),
}


def test_the_list_is_whole() -> None:
    assert (len(VECTORS["cases"]), len(VECTORS["keys"])) == (39, 8)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_proof(case: dict[str, Any]) -> None:
    keys = [parse_log_key(key) for key in case["keys"]]
    entry = b64_decode(case["entry"])
    if case["refused"] is None:
        verify_logged(entry, case["proof"], keys=keys)
        return
    with pytest.raises(ERRORS[case["refused"]]):
        verify_logged(entry, case["proof"], keys=keys)


@pytest.mark.parametrize("case", VECTORS["keys"], ids=lambda case: case["key"][:40])
def test_key(case: dict[str, Any]) -> None:
    if case["good"]:
        assert str(parse_log_key(case["key"])) == case["key"]
        return
    with pytest.raises(MalformedError):
        parse_log_key(case["key"])
