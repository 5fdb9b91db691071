"""The benchmarks run and name their results. How fast anything is depends on the machine: not asserted."""

import json
import subprocess
import sys
from math import isfinite
from pathlib import Path

import pytest

RATIOS = {
    f"{work}_vs_{other}" for work in ("verify", "issue") for other in ("limit", "sd_jwt_python", "sd_jwt_js")
}


@pytest.mark.interop
def test_a_quick_run_writes_every_ratio(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--results", str(results)],
        cwd=Path(__file__).parents[2],
        check=True,
        timeout=100,
    )
    written = json.loads(results.read_text("utf-8"))
    assert written.keys() >= RATIOS
    assert all(isfinite(value) and value > 0 for value in written.values())
