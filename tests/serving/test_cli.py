import subprocess
import sys
from pathlib import Path

PDX = str(Path(sys.executable).parent / "pdx")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PDX, *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_help_names_every_part() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert all(part in result.stdout for part in ("authority", "issuer", "verifier", "wallet"))


def test_a_part_has_its_own_help() -> None:
    result = run("authority", "--help")
    assert result.returncode == 0
    assert "publish" in result.stdout


def test_an_unknown_part_is_told() -> None:
    result = run("departement")
    assert result.returncode == 2
    assert "departement" in result.stderr


def test_what_can_be_mended_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    result = run("authority", "publish", "--directory", str(tmp_path / "none"))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.strip() == f"{tmp_path}/none/authority.yaml:1: there is no such file"


def test_a_database_that_is_away_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "issuer.yaml").write_text(
        "demo: true\nbase_url: http://localhost:8401\norganisation_id: PDXGB-dwp\nname: {en: A, cy: A}\n"
        "keystore: keys\ndatabase: postgresql://pdx:secret@127.0.0.1:9/x\nclaims: claims\n"
        "registers: {dwp: {url: sqlite:///dwp.sqlite}}\n",
        encoding="utf-8",
    )
    result = run("issuer", "sign-out", "--config", str(tmp_path / "issuer.yaml"), "alice")
    assert result.returncode == 1
    assert result.stderr.startswith("the database can't be used now: ")
    assert len(result.stderr.splitlines()) == 1
    assert "secret" not in result.stderr
