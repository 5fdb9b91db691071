"""docs/threats.md names files; each must be there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:[a-z0-9_]+/)*[a-z0-9_]+\.py|[a-z0-9_]+/[a-z0-9_/]*)`", TEXT))
    assert len(named) > 25
    missing = {
        name for name in named if not any((at / name).exists() for at in (ROOT, Path(__file__).parent))
    }
    assert missing == set()


def test_every_attack_of_ours_is_in_it() -> None:
    ours = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    named = {name for name in ours if name in TEXT or name.startswith("test_fuzz_")}
    assert ours - named == {Path(__file__).name}
