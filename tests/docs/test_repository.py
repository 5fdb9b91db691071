"""What holds for every text in the repository: links lead somewhere, targets exist, nothing is left over."""

import re
from pathlib import Path

import pytest

from tests.docs.reading import DOCS, ROOT, read, repository_files, unignored_files
from tests.system import missing_packages

FILES = repository_files()
TEXTS = [path for path in FILES if path.suffix not in {".png", ".wasm", ".ico"} and path.is_file()]
PAGES = [path for path in TEXTS if path.suffix == ".md"]
LOCKS = {"package-lock.json", "constraints.txt"}
LEFT_OVER = re.compile("|".join(rf"\b{word}\b" for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X")))
MACHINE = re.compile(
    "|".join(
        (
            "/" + r"(?:home|root|Users|work|tmp)/[a-z]",
            r"\b[A-Z]:" + r"\\",
            "pypi.org/" + "simple",
            "index" + "-url",
        )
    )
)
REGISTRY = re.compile(r'"resolved":\s*"http')


def test_there_is_something_to_read() -> None:
    assert len(TEXTS) > 300
    assert DOCS / "issuer.md" in PAGES


def test_the_same_files_are_found_without_git() -> None:
    found = set(unignored_files())
    assert [path for path in FILES if path.exists() and path not in found] == []
    assert [path for path in found if {".venv", "node_modules", ".git", "dist"} & set(path.parts)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_make_targets() -> None:
    makefile = read("Makefile")
    known = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()) == known
    for page in PAGES:
        spoken = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(spoken) <= known, page


def test_decisions_are_numbered_and_titled() -> None:
    records = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    listed = re.findall(r"\]\((0\d{3}-[^)]+)\)", read("docs/decisions/README.md"))
    assert listed == records


@pytest.mark.parametrize("page", [*DOCS.glob("*.md"), ROOT / "README.md"], ids=lambda page: page.name)
def test_pages_stay_short(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= (60 if page.name == "README.md" else 250)


def test_every_page_is_reached_from_the_readme() -> None:
    text = read("README.md")
    assert [page.name for page in DOCS.glob("*.md") if f"docs/{page.name}" not in text] == []


@pytest.mark.parametrize(("what", "pattern"), [("left over", LEFT_OVER), ("of a machine", MACHINE)])
def test_nothing_is_there_that_should_not_be(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in TEXTS
        if path.name not in LOCKS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == [], what


def test_lock_files_name_no_registry() -> None:
    locks = [path for path in TEXTS if path.name in LOCKS]
    assert len(locks) == 4
    assert [path for path in locks if REGISTRY.search(path.read_text(encoding="utf-8"))] == []
    assert "://" not in read("constraints.txt")


@pytest.mark.parametrize(
    ("distribution", "browser"), [("debian", "chromium"), ("ubuntu", "chromium-browser")]
)
def test_a_missing_package_has_the_name_that_the_distribution_gives_it(
    distribution: str, browser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser in missing_packages(distribution)
