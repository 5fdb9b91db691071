"""What the demo says at its end is true of the registers, and its command lines run."""

import datetime as dt
import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from examples.blue_badge.network.build import Plan
from examples.blue_badge.network.parties import DWP, Addresses
from examples.blue_badge.network.tls import TlsFiles
from examples.blue_badge.registers import PERSONAS
from examples.blue_badge.welcome import welcome
from issuer.usecases.check_person import Yes, check_person
from serving.cli import build
from tests.blue_badge import BlueBadge

NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def words(home: Path, tls: TlsFiles | None = None) -> str:
    return welcome(Plan(home, Addresses(tls=tls is not None), today=dt.date(2026, 11, 23), tls=tls), None)


def test_what_the_records_say_of_tom(blue_badge: BlueBadge) -> None:
    checks = check_person(blue_badge.department(DWP), PERSONAS["tom"].attributes())
    said = re.search(r"say yes to (\w+)\s+claims of (\w+)", words(blue_badge.home))
    assert said is not None
    yes = [check for check in checks if isinstance(check.result, Yes)]
    assert (NUMBERS[said[1]], NUMBERS[said[2]]) == (len(yes), len(checks))


def test_the_command_lines_have_only_options_that_there_are(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    tls = TlsFiles(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    lines = [shlex.split(line) for line in words(folder, tls).splitlines() if "/pdx" in line]
    assert [line[1:3] for line in lines] == [["verifier", "request"], ["wallet", "network"]]
    for line in lines:
        known = CliRunner().invoke(build(line[1:]), [*line[1:3], "--help"]).output
        assert [word for word in line if word.startswith("--") and word not in known] == []
        assert any(str(folder) in word for word in line)
