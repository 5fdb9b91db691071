"""Every command and option stands in the documentation, and every command line there can be read."""

import re
from typing import Any

import pytest

from tests.docs.reading import DOCS, ROOT, command_tree, commands, read

TREE = command_tree()
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
PAGE_OF = {"join": "joining"}
LINES = [(page.name, line) for page in PAGES for line in commands(page.read_text(encoding="utf-8"))]


def options(command: Any) -> list[str]:
    return [max(one.opts, key=len) for one in command.params if one.param_type_name == "option"]


def test_there_is_something_to_read() -> None:
    assert {path[0] for path in TREE} == {"authority", "issuer", "join", "office", "verifier", "wallet"}
    assert len(LINES) > 25
    assert "--out" in options(TREE["authority", "admit", "service"])


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_a_command_and_its_options_are_documented(path: tuple[str, ...]) -> None:
    text = read(f"docs/{PAGE_OF.get(path[0], path[0])}.md")
    spoken = [f"pdx {' '.join(path)}", *(name for name in options(TREE[path]) if name != "--help")]
    if f"`{path[-1]}`" in text or f"`{path[-1]} " in text:
        spoken.pop(0)
    assert [name for name in spoken if not re.search(rf"{re.escape(name)}(?![\w-])", text)] == []


@pytest.mark.parametrize(("page", "line"), LINES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_command_line_can_be_read(page: str, line: list[str]) -> None:
    found = [path for path in TREE if tuple(line[: len(path)]) == path]
    assert found, f"{page}: there is no such command: {' '.join(line)}"
    TREE[found[0]].make_context(" ".join(found[0]), line[len(found[0]) :])
