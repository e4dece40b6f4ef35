"""Where a run took place, as far as its figures depend on it."""

import os
import platform
import sqlite3
from pathlib import Path


def described(folder: Path) -> str:
    """Cores, memory, versions, and on which kind of file system the databases lie: fsync costs nothing on a tmpfs."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {gib:.0f} GiB, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; databases on {_file_system(folder)} in {folder}"
    )


def _file_system(folder: Path) -> str:
    """The type of the deepest mount above the folder (Linux's /proc/mounts)."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(len(point), kind) for point, kind in mounts if folder.is_relative_to(point)]
    return max(above)[1] if above else "an unknown file system"
