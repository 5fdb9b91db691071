"""What the strict decoders take and what they refuse, the same in Python and TypeScript."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.encoding import b64_decode, b64url_decode, json_loads
from protocol.errors import MalformedError
from tests.vectors.reading import vectors

CASES = vectors("encoding/strict.json")["cases"]
DECODERS: dict[str, Callable[[str], Any]] = {
    "json": json_loads,
    "base64url": b64url_decode,
    "base64": b64_decode,
}


def test_the_list_is_complete() -> None:
    assert len(CASES) == 66


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {case['name']}")
def test_decoder(case: Any) -> None:
    decode = DECODERS[case["kind"]]
    if case["accepted"]:
        decode(case["text"])
    else:
        with pytest.raises(MalformedError):
            decode(case["text"])
