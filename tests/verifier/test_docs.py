"""docs/verifier.md says what is so: its commands, its settings file, its API, its transitions."""

import re
from pathlib import Path

from typer.main import get_command
from typer.testing import CliRunner

from verifier.app import OPENAPI
from verifier.cli import app
from verifier.session import State
from verifier.settings import load_settings

TEXT = (Path(__file__).parents[2] / "docs" / "verifier.md").read_text()


def test_the_commands_are_all_there_are() -> None:
    known = set(getattr(get_command(app), "commands"))  # noqa: B009 - a click group, typed as a command
    assert set(re.findall(r"^pdx verifier ([a-z-]+)", TEXT, re.MULTILINE)) == known
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0


def test_the_settings_file_can_be_read(tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert block is not None
    (tmp_path / "verifier.yaml").write_text(block[1].replace('"…"', '"' + "0" * 64 + '"'))
    settings = load_settings(tmp_path / "verifier.yaml")
    assert set(settings.services) == {"blue-badge-england"}


def test_every_state_and_the_api_are_named() -> None:
    assert {state.value for state in State} <= set(re.findall(r"[a-z]+", TEXT))
    assert OPENAPI in TEXT
