"""The web wallet's own code in Node with WebCrypto: how long it takes to find a service in the trust list.

The code is bundled as it is for the browser (`wallet/web`, made by `make web`), and runs in a process of its
own on the same core.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from authority.published import registration_file
from authority.records import Records
from benchmarks.measuring import Effort
from protocol.encoding import b64url_encode
from protocol.trust_list.head import verify_trust_list_head
from protocol.trust_list.lookup import PartialTrustList
from protocol.trust_list.parts import part_path

_WEB = Path(__file__).parents[1] / "wallet/web"
_SCRIPT = _WEB / "tests/speed/trustListSpeed.ts"
ROUNDS, A_FEW_ROUNDS = 200, 5


def time_web_wallet(
    records: Records, *, service: str, question: str, now: int, effort: Effort
) -> dict[str, float]:
    """Give milliseconds for head and part, and for the registration, and both in raw verifications."""
    rounds = A_FEW_ROUNDS if effort.seconds < 1 else ROUNDS
    task = _task(records, service, question, now) | {"rounds": rounds}
    with tempfile.TemporaryDirectory() as directory:
        script = _bundled(Path(directory))
        done = subprocess.run(
            ["node", str(script)],
            input=json.dumps(task),
            text=True,
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
        )
    ms: dict[str, float] = json.loads(done.stdout)
    return {
        "web_list_verify_ms": ms["list"],
        "web_registration_verify_ms": ms["registration"],
        "web_list_first_verify_ms": ms["first"],
        "web_list_verify_raw_signatures": ms["list"] / ms["raw"],
        "web_registration_verify_raw_signatures": ms["registration"] / ms["raw"],
    }


def _task(records: Records, service: str, question: str, now: int) -> dict[str, Any]:
    root = records.root_certificate()
    compact = (records.public / "trust-list-head.jwt").read_text()
    parts: dict[str, str] = {}

    def load(digest: bytes) -> bytes:
        data = (records.public / part_path(digest)).read_bytes()
        parts[b64url_encode(digest)] = data.decode()
        return data

    head = verify_trust_list_head(compact, anchors=[root], now=now)
    found = PartialTrustList(head, load).service(f"PDXGB-{service}")
    assert found is not None
    return {
        "root": root.public_bytes(Encoding.PEM).decode(),
        "now": now,
        "head": compact,
        "parts": parts,
        "service": found.organisation_id,
        "registration": (records.public / registration_file(service, question)).read_text(),
    }


def _bundled(directory: Path) -> Path:
    made = directory / "speed.mjs"
    command = [_WEB / "node_modules/.bin/rolldown", _SCRIPT, "--file", made, "--format", "esm"]
    subprocess.run(
        [*map(str, command), "--platform", "node"],
        cwd=_WEB,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    return made
