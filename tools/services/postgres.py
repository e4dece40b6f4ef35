"""PostgreSQL with the DocumentDB extension, which FerretDB keeps its documents in.

Both come from Debian's next release, so they live in a folder made by debootstrap and run there under chroot. Its /proc
and its data are mounted in a namespace of the server's own: nothing stays mounted when it is gone, however it went.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.services.daemon import Daemon
from tools.services.debian import SUITE, debian, user_id
from tools.services.health_checks import postgres_answers
from tools.services.programs import require_root
from tools.services.settings import ADDRESS, ServiceError, ServiceSettings

BINARIES = "/usr/lib/postgresql/18/bin"
# $1 the chroot, $2 the data folder, then the command. Data comes to /mnt, so that no path above it need be readable.
INSIDE = (
    'mount -t proc proc "$1/proc" && mount --bind "$2" "$1/mnt" && '
    'root=$1 && shift 2 && exec chroot --userspec=postgres:postgres "$root" "$@"'
)

CONFIGURATION = Path(__file__).with_name("postgresql.conf")


def daemon(settings: ServiceSettings) -> Daemon:
    root = settings.program(f"debian-{SUITE}")
    state = settings.state("postgres", settings.postgres_port)
    place = f"listen_addresses = '{ADDRESS}'\nport = {settings.postgres_port}\n"
    configuration = CONFIGURATION.read_text() + place
    return Daemon(
        name="postgres",
        port=settings.postgres_port,
        state=state,
        program=debian(root, ["postgresql-18", "postgresql-18-documentdb"]),
        prepare=partial(_prepare, root, state / "data", configuration),
        command=partial(_inside, root, state / "data", f"{BINARIES}/postgres", "-D", "/mnt"),
        answers=partial(postgres_answers, settings.postgres_port),
        after_start=partial(_create_extension, root, state / "data", settings.postgres_port),
        # Its "fast shutdown": clients are disconnected rather than waited for.
        stop_signal=signal.SIGINT,
        forks=True,
    )


def _prepare(root: Path, data: Path, configuration: str) -> None:
    """Makes the database the first time, and writes its configuration."""
    require_root("PostgreSQL with DocumentDB")
    if not (data / "PG_VERSION").exists():
        data.mkdir(exist_ok=True)
        _own(root, data)
        _run(
            root,
            data,
            f"{BINARIES}/initdb",
            "-D",
            "/mnt",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
    # Left by a server that was killed; its number may be another process's by now.
    (data / "postmaster.pid").unlink(missing_ok=True)
    (data / "postgresql.auto.conf").write_text(configuration)
    _own(root, data / "postgresql.auto.conf")


def _own(root: Path, path: Path) -> None:
    os.chown(path, *user_id(root, "postgres"))


def _create_extension(root: Path, data: Path, port: int) -> None:
    statement = "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS documentdb CASCADE"
    _run(root, data, f"{BINARIES}/psql", "-q", "-h", ADDRESS, "-p", str(port), "-U", "postgres", "-c", statement)


def _run(root: Path, data: Path, *command: str) -> None:
    done = subprocess.run(_inside(root, data, *command), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise ServiceError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _inside(root: Path, data: Path, *command: str) -> Sequence[str]:
    return ["unshare", "--mount", "--pid", "--fork", "sh", "-c", INSIDE, "sh", str(root), str(data), *command]
