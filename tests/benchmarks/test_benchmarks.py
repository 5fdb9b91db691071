"""The benchmarks run and name their results. How fast anything is depends on the machine: not asserted."""

import json
import subprocess
import sys
from math import isfinite
from pathlib import Path

import pytest

from benchmarks.first_visit import visits

RATIOS = {
    f"{work}_vs_{other}" for work in ("verify", "issue") for other in ("limit", "sd_jwt_python", "sd_jwt_js")
}

NETWORK = {
    *("network_build_s", "network_build_cpu_s", "register_first_s", "register_again_s"),
    *("first_visit_fetched_bytes", "cold_visit_fetched_bytes", "first_visit_list_bytes"),
    *("list_verify_ms", "web_list_verify_ms", "web_list_first_verify_ms", "web_registration_verify_ms"),
}

LIMIT = 20_000  # bytes on the wire, headers and bodies


@pytest.mark.timeout(400)
def test_a_first_visit_to_a_service_of_a_network_of_full_size_is_small() -> None:
    first, again, cold = visits()
    assert first.total < LIMIT
    assert again.total < first.total < cold.total
    paths = [path.rpartition("/")[0] for path in first.fetched]
    assert paths.count("/oid4vp/request") == paths.count("/oid4vp/response") == 1
    assert not any("trust-list.jwt" in path or "status" in path for path in cold.fetched)


@pytest.mark.interop
@pytest.mark.timeout(400)
def test_a_quick_run_writes_every_ratio(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--results", str(results)],
        cwd=Path(__file__).parents[2],
        check=True,
        timeout=380,
    )
    written = json.loads(results.read_text("utf-8"))
    assert written.keys() >= RATIOS | NETWORK
    assert all(isfinite(value) and value > 0 for value in written.values())
