"""The office starts on the authority's database with none of its keys."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from authority.office.app import build_office
from authority.office.cli import app
from authority.office.deps import create_deps
from authority.office.settings import load_office_settings
from serving.documents import DocumentError
from serving.errors import OperatorError
from tests.authority.network import Network

SETTINGS = """\
base_url: https://office.network.example
network: https://network.example
root_certificate: root.pem
database: sqlite:///authority/authority.db
keystore: office-keys
"""


def write(directory: Path, text: str = SETTINGS) -> Path:
    path = directory / "office.yaml"
    path.write_text(text)
    return path


def test_it_starts_beside_the_authority(network: Network) -> None:
    home = network.directory.parent
    (home / "root.pem").write_bytes((network.directory / "ca" / "root.crt").read_bytes())
    assert CliRunner().invoke(app, ["init", "--config", str(write(home))]).exit_code == 0
    deps = create_deps(load_office_settings(home / "office.yaml"), {})
    with TestClient(build_office(deps), base_url=deps.settings.base_url) as client:
        assert client.get("/health/ready").status_code == 200
        assert client.get("/api/nothing").json()["error"] == "not_found"
    assert deps.root == network.records.root_certificate()


def test_without_a_database_it_says_which(tmp_path: Path) -> None:
    text = SETTINGS.replace("database: sqlite:///authority/authority.db\n", "")
    with pytest.raises(DocumentError, match="write the one that the authority has"):
        load_office_settings(write(tmp_path, text))


def test_without_the_root_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "authority").mkdir()
    with pytest.raises(OperatorError, match=r"root\.pem is no certificate"):
        create_deps(load_office_settings(write(tmp_path)), {})
