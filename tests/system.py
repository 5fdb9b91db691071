"""Says in one line what this machine still needs before the tests can run, and the command that installs it.

Run as `python -m tests.system`; `chromium()` and `postgres_bin()` are what the tests themselves use.
"""

import platform
import shutil
import sys
from pathlib import Path

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> Path | None:
    """Give the Chromium of this machine, if there is one."""
    found = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    return Path(found) if found else None


def postgres_bin() -> Path | None:
    """Give the folder with PostgreSQL's `initdb` and `postgres`, newest version first, if there is one."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = packaged[-1] if packaged else shutil.which("initdb")
    return Path(found).parent if found else None


def missing_packages(distribution: str) -> list[str]:
    """List the packages that the tests need and this machine lacks, as Debian or Ubuntu calls them."""
    browser = "chromium-browser" if distribution == "ubuntu" else "chromium"
    needed = {browser: chromium(), "postgresql": postgres_bin()}
    return [package for package, found in needed.items() if found is None]


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:  # not a Linux that says what it is
        return "debian"


if __name__ == "__main__":
    missing = missing_packages(_distribution())
    if missing:
        sys.exit(f"The tests need {' and '.join(missing)}. Run: sudo apt-get install -y {' '.join(missing)}")
