"""`make demo ARGS="--once --report FILE"`: the whole network, the journey, the report, the exit status."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from examples.blue_badge.journey import EXPECTED, Report
from tests.running import free_shift


def run_demo(home: Path, *arguments: str, shift: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.blue_badge.demo", "--home", str(home), "--shift", str(shift)]
    return subprocess.run(
        [*command, "--people", "100", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.timeout(300)  # half a minute each on a quiet machine; a dozen processes on a busy one
def test_the_journey_ends_well_and_says_what_it_measured(tmp_path: Path) -> None:
    report = tmp_path / "out" / "report.json"
    shift = free_shift()
    done = run_demo(tmp_path / "demo", "--once", "--report", str(report), shift=shift)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text())
    assert found["answer"] == "approved"
    assert found["answers"] == EXPECTED
    refusals = ("refused_planning_12", "refused_overasking", "refused_revoked", "refused_suspended")
    assert [found[name] for name in (*refusals, "log_verified", "joined")] == [True] * 6
    assert all(step["name"] and step["ms"] > 0 for step in found["steps"])
    assert [claim["vct"] for claim in found["disclosed"]] == ["urn:pdx:claim:dwp:pip-moving-around-8:1"]
    assert "What the service got: 0 messages" in done.stdout
    again = run_demo(tmp_path / "demo", "--once", shift=shift)  # in the same network, which was kept
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    shift = free_shift()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 8411 + shift))
        taken.listen()
        done = run_demo(tmp_path / "demo", "--once", shift=shift)
    assert done.returncode == 1
    assert done.stdout.strip().splitlines() == [
        f"Something already listens on port {8411 + shift}. End it, or add ARGS=--shift=1000"
    ]


def test_another_host_needs_tls(tmp_path: Path) -> None:
    done = run_demo(tmp_path / "demo", "--host", "192.0.2.1", shift=0)
    assert done.returncode == 2
    assert "TLS=1" in done.stderr


@pytest.mark.parametrize("host", ["192.0.2.1", "nobody.invalid"])
def test_a_host_that_is_another_machine_is_one_clear_line(tmp_path: Path, host: str) -> None:
    done = run_demo(tmp_path / "demo", "--once", "--tls", "--host", host, shift=free_shift())
    assert done.returncode == 1
    assert done.stdout.strip() == f"{host} is not an address of this machine. To see them: hostname -I"
    assert not (tmp_path / "demo").exists()


GOOD = {
    "answer": "approved",
    "answers": dict(EXPECTED),
    "refused_planning_12": True,
    "refused_overasking": True,
    "refused_revoked": True,
    "refused_suspended": True,
    "log_verified": True,
    "joined": True,
}


def test_a_report_is_right_only_if_everything_is() -> None:
    assert Report(**GOOD).is_right  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": "referred"},
        {"answers": EXPECTED | {"Grace, vehicle tax exemption": "not_shown"}},
        {"refused_planning_12": False},
        {"refused_overasking": False},
        {"refused_revoked": False},
        {"refused_suspended": False},
        {"log_verified": False},
        {"joined": False},
    ],
)
def test_a_report_with_one_wrong_thing_is_wrong(wrong: dict[str, object]) -> None:
    assert not Report(**(GOOD | wrong)).is_right  # type: ignore[arg-type]
