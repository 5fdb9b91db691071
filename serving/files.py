"""Files that are there after a failure of power, whole: what was handed out must not be forgotten."""

import os
from pathlib import Path


def replace_file(path: Path, data: bytes, *, directory_mode: int, mode: int = 0o666) -> None:
    """Puts a file in place by one rename; directories that are missing are made with `directory_mode`.

    `mode` is what the umask leaves of it: 0o600 for what is its owner's alone.
    """
    path.parent.mkdir(mode=directory_mode, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    write_durably(temporary, data, mode=mode)
    temporary.replace(path)
    sync(path.parent)


def write_durably(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Writes a file that nobody reads yet."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
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
