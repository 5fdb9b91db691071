"""Files that are there after a failure of power, whole: what was handed out must not be forgotten."""

import os
from pathlib import Path


def replace_file(path: Path, data: bytes, *, directory_mode: int) -> None:
    """Puts a file in place by one rename; directories that are missing are made with `directory_mode`."""
    path.parent.mkdir(mode=directory_mode, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    write_durably(temporary, data)
    temporary.replace(path)
    sync(path.parent)


def write_durably(path: Path, data: bytes) -> None:
    """Writes a file that nobody reads yet."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync(directory: Path) -> None:
    """Makes what was renamed into a directory outlast a failure of power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
