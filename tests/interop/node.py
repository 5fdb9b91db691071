"""Runs one of the scripts in `js/`: JSON in, JSON out."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SCRIPTS = Path(__file__).parent / "js"


def run_node(script: str, task: Mapping[str, Any], *, ca: Path | None = None) -> dict[str, Any]:
    """Give the script `task` and return what it says; `ca` is a development CA that Node shall trust."""
    node = shutil.which("node")
    assert node, "Node is missing; make setup brings it"
    done = subprocess.run(
        [node, str(_SCRIPTS / script)],
        input=json.dumps(task),
        env=os.environ | ({"NODE_EXTRA_CA_CERTS": str(ca)} if ca else {}),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
