"""FerretDB: MongoDB's wire protocol in front of PostgreSQL, built by Go."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.services.daemon import Daemon
from tools.services.health_checks import mongo_answers
from tools.services.programs import Program, require_tool, run
from tools.services.settings import ADDRESS, ServiceSettings

MODULE = "github.com/FerretDB/FerretDB/v2/cmd/ferretdb"
VERSION = "v2.7.0"


def daemon(settings: ServiceSettings) -> Daemon:
    programs = settings.program("ferretdb")
    state = settings.state("ferretdb", settings.mongo_port)
    return Daemon(
        name="ferretdb",
        port=settings.mongo_port,
        state=state,
        program=Program(programs, VERSION, _build),
        prepare=lambda: None,
        command=partial(_command, programs, state, settings),
        answers=partial(mongo_answers, settings.mongo_port),
    )


def _build(folder: Path) -> None:
    go = require_tool("go", "golang-go", "FerretDB is built by it (version 1.25 or newer)")
    run([go, "install", f"{MODULE}@{VERSION}"], log=folder / "install.log", GOBIN=str(folder))


def _command(programs: Path, state: Path, settings: ServiceSettings) -> Sequence[str]:
    return [
        str(programs / "ferretdb"),
        f"--listen-addr={ADDRESS}:{settings.mongo_port}",
        f"--postgresql-url=postgres://postgres@{ADDRESS}:{settings.postgres_port}/postgres",
        f"--state-dir={state}",
        "--no-auth",
        "--telemetry=disable",
        "--debug-addr=-",
        # One line a command would slow it down and fill the disk.
        "--log-level=warn",
    ]
