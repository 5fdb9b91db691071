"""Our trust list against @owf/eudi-lote's schema of ETSI TS 119 602."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from protocol.trust_list.document import write_trust_list
from tests.protocol.trust_list.test_trust_list import trust_list

JS = Path(__file__).parent / "js"

pytestmark = pytest.mark.interop


def judged(document: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        ["node", "trust_list.mjs"],
        cwd=JS,
        input=json.dumps(document).encode(),
        capture_output=True,
        check=True,
    )
    verdict: dict[str, Any] = json.loads(done.stdout)
    return verdict


def test_trust_list() -> None:
    assert judged(write_trust_list(trust_list())) == {"valid": True, "errors": []}


def test_a_list_that_is_not_one() -> None:
    document = write_trust_list(trust_list())
    del document["LoTE"]["ListAndSchemeInformation"]["SchemeOperatorName"]
    assert not judged(document)["valid"]
