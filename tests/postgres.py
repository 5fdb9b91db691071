"""A real PostgreSQL for tests: Debian's own binaries, a directory of its own, a free port on loopback."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system import postgres_bin

INSTALL = "PostgreSQL is missing. Run: sudo apt-get install -y postgresql"


class PostgresMissingError(Exception):
    """There is no PostgreSQL on this machine; the text is the command that installs it."""


@contextmanager
def running_postgres() -> Iterator[str]:
    """Starts a server and gives its URL; the server and its directory are gone afterwards."""
    binaries = postgres_bin()
    if binaries is None:
        raise PostgresMissingError(INSTALL)
    user = _user()
    directory = Path(tempfile.mkdtemp(prefix="pdx-postgres-"))
    try:
        os.chown(directory, user.pw_uid, user.pw_gid)
        yield from _serve(binaries, directory / "data", user)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _serve(binaries: Path, data: Path, user: pwd.struct_passwd) -> Iterator[str]:
    _run(user, binaries / "initdb", "-D", data, "-U", "pdx", "-A", "trust", "-E", "UTF8", "--no-sync")
    port = _free_port()
    options = f"-h 127.0.0.1 -p {port} -k {data} -c fsync=off -c max_connections=60"
    log = data / "log"
    _run(user, binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "-o", options, "start")
    try:
        yield f"postgresql://pdx@127.0.0.1:{port}/postgres"
    finally:
        _run(user, binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")  # by the pid in `data`


def _user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: then it runs as the user its package made."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissingError(INSTALL)


def _run(user: pwd.struct_passwd, *command: object) -> None:
    is_root = os.geteuid() == 0
    subprocess.run(
        [str(part) for part in command],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        user=user.pw_uid if is_root else None,
        group=user.pw_gid if is_root else None,
        extra_groups=[] if is_root else None,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
