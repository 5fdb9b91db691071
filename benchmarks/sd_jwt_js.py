"""npm `@sd-jwt/sd-jwt-vc` in a process of its own, on the same core, with one claim again and again.

The claim has no status, which that library would fetch and verify each time; so it has a little less to do.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.department import AUDIENCE, DISCLOSABLE, NONCE, NOW, BenchmarkDepartment, claims
from benchmarks.measuring import Effort
from protocol.keys import SoftwareSigningKey
from protocol.sd_jwt_vc import add_key_binding, create_sd_jwt_vc

_SCRIPT = Path(__file__).parents[1] / "tests/interop/js/sd_jwt_vc_speed.mjs"


def seconds_of_sd_jwt_js(department: BenchmarkDepartment, effort: Effort) -> dict[str, float]:
    """Give seconds per verification and per issuance, averaged over `effort.seconds` each."""
    done = subprocess.run(
        ["node", str(_SCRIPT)],
        input=json.dumps(_task(department, effort)),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    speed = json.loads(done.stdout)
    return {
        "verify_sd_jwt_js": 1 / speed["verify_per_second"],
        "issue_sd_jwt_js": 1 / speed["issue_per_second"],
    }


def _task(department: BenchmarkDepartment, effort: Effort) -> dict[str, Any]:
    holder_key = SoftwareSigningKey(ec.generate_private_key(ec.SECP256R1()))
    said = {name: value for name, value in claims(0).items() if name != "status"}
    credential = create_sd_jwt_vc(
        claims=said,
        disclosable=DISCLOSABLE,
        signing_key=department.signing_key,
        x5c=department.x5c,
        holder_key=holder_key.public_key,
        random=os.urandom,
    )
    return {
        "seconds": effort.seconds,
        "presentation": add_key_binding(
            credential, holder_key=holder_key, audience=AUDIENCE, nonce=NONCE, now=NOW
        ),
        "issuer": department.signing_key.public_key.to_jwk(),
        "nonce": NONCE,
        "now": NOW,
        "claims": said | {"cnf": {"jwk": holder_key.public_key.to_jwk()}},
        "disclosable": [path[0] for path in DISCLOSABLE],
    }
