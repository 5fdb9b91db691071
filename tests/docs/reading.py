"""The documentation as a test reads it: its fenced blocks and the command lines in them."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from typer.main import get_command

from serving.cli import build

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    """A file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def repository_files() -> list[Path]:
    """Every file of the repository; also where git is missing, or does not trust whose directory this is."""
    git = ["git", "-C", str(ROOT), "ls-files"]
    try:
        listed = subprocess.run(git, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = []
    return [ROOT / name for name in listed] or unignored_files()


def unignored_files() -> list[Path]:
    """Every file but those that .gitignore names."""
    patterns = [line.rstrip("/") for line in read(".gitignore").splitlines()] + [".git"]
    return sorted(_below(ROOT, patterns))


def _below(directory: Path, patterns: list[str]) -> Iterator[Path]:
    for path in directory.iterdir():
        relative = path.relative_to(ROOT).as_posix()
        names = path.name, relative, f"/{relative}"  # a pattern that begins with / holds at the top only
        if any(fnmatch(name, pattern) for name in names for pattern in patterns):
            continue
        if path.is_dir():
            yield from _below(path, patterns)
        else:
            yield path


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, in their order."""
    return [body for found, body in _BLOCK.findall(text) if found == language]


def files(text: str) -> dict[str, str]:
    """The blocks that are files: their first line is a comment with the file's name."""
    found = (re.match(r"# (\S+\.(?:yaml|csv))\n(.*)", body, re.DOTALL) for _, body in _BLOCK.findall(text))
    return {match[1]: match[2] for match in found if match}


def commands(text: str) -> list[list[str]]:
    """The `pdx` command lines in fenced blocks, each as its arguments."""
    lines = (line for _, body in _BLOCK.findall(text) for line in body.splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("pdx ")]


def command_tree() -> dict[tuple[str, ...], Any]:
    """Every `pdx` command with its path, as in ("authority", "admit", "service")."""
    return dict(_leaves((), get_command(build([]))))


def _leaves(path: tuple[str, ...], command: Any) -> list[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        return [(path, command)]
    return [leaf for name, inner in command.commands.items() for leaf in _leaves((*path, name), inner)]
