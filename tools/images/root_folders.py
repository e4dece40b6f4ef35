"""Whole systems by debootstrap, and images out of them: Debian with Python, and Debian with PostgreSQL."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from tools.services import postgres as postgresql
from tools.services.debian import debian
from tools.services.programs import Program
from tools.services.settings import ServiceSettings

from .docker import docker
from .settings import program

SUITE = "trixie"
"""Its Python is the version that our Dockerfile asks for."""
PYTHON_PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
MACHINE_FILES = (CERTIFICATES, "/etc/resolv.conf", "/etc/pip.conf")
"""How this machine reaches package hosts, and whom it believes."""
LEFT_OUT = ("./.complete", "./proc", "./sys", "./dev", "./var/cache/apt", "./var/lib/apt/lists")


class RootFolder(msgspec.Struct, frozen=True):
    """program makes the folder; machine_files: this machine's, put over those in it; changes: in Dockerfile's words."""

    program: Program
    machine_files: Sequence[str] = ()
    links: Mapping[str, str] = {}
    changes: Sequence[str] = ()

    def copies(self) -> Iterator[bytes]:
        """What the machine's files hold now."""
        for name in self.machine_files:
            if Path(name).is_file():
                yield Path(name).read_bytes()


def python() -> RootFolder:
    return RootFolder(
        debian(program(f"debian-{SUITE}"), PYTHON_PACKAGES, SUITE),
        MACHINE_FILES,
        # The vendor's image calls it so.
        {"usr/bin/python": "python3"},
        ["ENV PIP_BREAK_SYSTEM_PACKAGES=1", 'CMD ["python3"]'],
    )


def postgres(settings: ServiceSettings) -> RootFolder:
    """The very folder that bin/services runs PostgreSQL in."""
    return RootFolder(postgresql.daemon(settings).program)


def import_image(image: str, root: RootFolder, changes: Sequence[str]) -> None:
    """Makes the image. Raises ImagesError."""
    folder = root.program.folder
    for name in root.machine_files:
        if Path(name).is_file():
            (folder / name.lstrip("/")).write_bytes(Path(name).read_bytes())
    for link, target in root.links.items():
        (folder / link).unlink(missing_ok=True)
        (folder / link).symlink_to(target)
    archive = folder.with_suffix(".tar")
    excluded = [f"--exclude={name}" for name in LEFT_OUT]
    try:
        subprocess.run(["tar", "-C", str(folder), *excluded, "-cf", str(archive), "."], check=True)
        docker("import", *(f"--change={change}" for change in changes), str(archive), image)
    finally:
        archive.unlink(missing_ok=True)
