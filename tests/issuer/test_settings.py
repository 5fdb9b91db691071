"""A settings file: what it must say, what stops the start."""

from pathlib import Path

import pytest

from issuer.settings import load_settings
from serving.documents import DocumentError

GOOD = """\
demo: true
base_url: http://localhost:8401
organisation_id: PDXGB-dwp
name:
  en: Department for Work and Pensions
  cy: Yr Adran Gwaith a Phensiynau
keystore: keys
database: sqlite:///issuer.sqlite
claims: claims
registers:
  dwp:
    url: sqlite:///dwp.sqlite
  extra:
    csv: extra.csv
    table: extra
"""


def write(tmp_path: Path, text: str) -> Path:
    (tmp_path / "claims").mkdir(exist_ok=True)
    path = tmp_path / "issuer.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD))
    assert settings.owner == "dwp"
    assert settings.keystore == tmp_path / "keys"
    assert settings.claims == tmp_path / "claims"
    assert settings.database == f"sqlite:///{tmp_path}/issuer.sqlite"
    assert settings.registers["dwp"].url == f"sqlite:///{tmp_path}/dwp.sqlite"
    assert settings.registers["extra"].csv == tmp_path / "extra.csv"
    assert settings.dpop_required


def test_absolute_urls_stay(tmp_path: Path) -> None:
    text = GOOD.replace("sqlite:///dwp.sqlite", "postgresql://reader@db/pip").replace(
        "sqlite:///issuer.sqlite", "sqlite:////var/lib/issuer.sqlite"
    )
    settings = load_settings(write(tmp_path, text))
    assert settings.registers["dwp"].url == "postgresql://reader@db/pip"
    assert settings.database == "sqlite:////var/lib/issuer.sqlite"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("demo: true\n", "", "must begin with https://"),
        ("localhost:8401", "localhost:8401/tenant", "without a path"),
        ("PDXGB-dwp", "dwp", "does not have the right form"),
        ("database: sqlite:///issuer.sqlite\n", "", "database is missing"),
        ("sqlite:///issuer.sqlite", "mysql://x@y/z", "the database is sqlite:///<file> or postgresql://"),
        ("sqlite:///issuer.sqlite", "nonsense", "the database is sqlite:///<file> or postgresql://"),
        ("sqlite:///dwp.sqlite", "nonsense", "url can't be read; write, for example, postgresql://"),
        ("    url: sqlite:///dwp.sqlite", "    csv: dwp.csv", "csv needs the name of its table"),
        ("    url: sqlite:///dwp.sqlite", "    table: dwp", "write either url, or csv and table"),
        ("claims: claims", "claims: nowhere", "there is no such directory"),
        ("demo: true", "demo: true\ndpop_required: false", "token_seconds must be 300 or less"),
        ("demo: true", "demo: true\nstatus_lifetime: 700", "at least twice status_ttl"),
        ("demo: true", "demo: true\nstatus_list_size: 2000000", "must be 1048576 or less"),
        ("demo: true", "demo: true\noffer_second: 60", 'did you mean "offer_seconds"'),
    ],
)
def test_what_stops_the_start(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(DocumentError, match=said.replace("(", r"\(")):
        load_settings(write(tmp_path, GOOD.replace(old, new)))
