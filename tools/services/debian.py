"""A folder with a small Debian in it, by default of the next release, from the mirror that this machine uses."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.services.programs import Program, require_root, require_tool, run
from tools.services.settings import ServiceError

SUITE = "forky"
# debootstrap's own name for "any later release": the machine's version may not know this suite's name yet.
SCRIPT = "sid"
# Mounts made here are seen by this process tree alone, and go with it.
UNSHARED = ("unshare", "--mount", "--pid", "--fork")
IN_CHROOT = 'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"'

DPKG_SETTINGS = """\
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
"""


def debian(root: Path, packages: Sequence[str], suite: str = SUITE) -> Program:
    return Program(root, f"{suite} {' '.join(packages)}", partial(_make, suite, packages))


def _make(suite: str, packages: Sequence[str], root: Path) -> None:
    require_root("A Debian of its own")
    require_tool("unshare", "util-linux", "the chroot's mounts are kept apart by it")
    debootstrap = require_tool("debootstrap", "debootstrap", "a Debian of its own is made by it")
    log = root.with_suffix(".log")
    run([*UNSHARED, debootstrap, "--variant=minbase", suite, str(root), mirror(), SCRIPT], log=log)
    _configure(root)
    install = ("apt-get", "install", "-y", "--no-install-recommends", *packages)
    run([*UNSHARED, "sh", "-c", IN_CHROOT, "sh", str(root), *install], log=log, DEBIAN_FRONTEND="noninteractive")
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)


def mirror() -> str:
    """The first Debian archive in the machine's own apt configuration; DEBIAN_MIRROR wins."""
    given = os.environ.get("DEBIAN_MIRROR")
    if given:
        return given
    if not shutil.which("apt-get"):
        raise ServiceError(
            "apt-get is not on this machine to tell where Debian is: set DEBIAN_MIRROR to an archive's address."
        )
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Component: main"]
    sites = subprocess.run(asked, capture_output=True, text=True).stdout.split()
    for site in sites:
        if site.rstrip("/").endswith("/debian"):
            return site
    raise ServiceError("apt on this machine knows no Debian archive: set DEBIAN_MIRROR to one's address.")


def _configure(root: Path) -> None:
    """No service starts in there, no default database is made, and its apt reaches out the way this machine's does."""
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    # What is made can be made again: no need to wait for the disk after every file, nor for manuals.
    (root / "etc/dpkg/dpkg.cfg.d/speed").write_text(DPKG_SETTINGS)
    (root / "etc/postgresql-common").mkdir(parents=True, exist_ok=True)
    (root / "etc/postgresql-common/createcluster.conf").write_text("create_main_cluster = false\n")
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    asked = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout.splitlines()
    proxies = [line for line in asked if line.startswith("Acquire::http") and "roxy" in line]
    (root / "etc/apt/apt.conf.d/90host").write_text("".join(f"{line}\n" for line in proxies))


def user_id(root: Path, name: str) -> tuple[int, int]:
    """The user's and its group's number in there."""
    for line in (root / "etc/passwd").read_text().splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return int(fields[2]), int(fields[3])
    raise ServiceError(f"{root} has no user {name}: remove that folder and run this again.")
