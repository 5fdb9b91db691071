"""Files that are there after a failure of power, whole: what was handed out must not be forgotten."""

import ctypes
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


def sync_all(directory: Path) -> None:
    """Makes everything that was written to the file system of `directory` outlast a failure of power.

    One wait for the disk in place of one for each file. Raises OSError where something could not be written.
    """
    sync_file_system = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if sync_file_system is None:  # only Linux has it; POSIX's own says nothing of what went wrong
        os.sync()
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        if sync_file_system(descriptor) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)
