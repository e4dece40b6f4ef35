"""FerretDB: MongoDB's wire protocol in front of PostgreSQL, built by Go."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.services.daemon import Daemon
from tools.services.places import ADDRESS, Places
from tools.services.programs import Program, need, run
from tools.services.wire import mongo_answers

MODULE = "github.com/FerretDB/FerretDB/v2/cmd/ferretdb"
VERSION = "v2.7.0"


def daemon(places: Places) -> Daemon:
    programs = places.program("ferretdb")
    state = places.state("ferretdb", places.mongo_port)
    return Daemon(
        name="ferretdb",
        port=places.mongo_port,
        state=state,
        program=Program(programs, VERSION, _build),
        prepare=lambda: None,
        command=partial(_command, programs, state, places),
        answers=partial(mongo_answers, places.mongo_port),
    )


def _build(folder: Path) -> None:
    go = need("go", "golang-go", "FerretDB is built by it (version 1.25 or newer)")
    run([go, "install", f"{MODULE}@{VERSION}"], log=folder / "install.log", GOBIN=str(folder))


def _command(programs: Path, state: Path, places: Places) -> Sequence[str]:
    return [
        str(programs / "ferretdb"),
        f"--listen-addr={ADDRESS}:{places.mongo_port}",
        f"--postgresql-url=postgres://postgres@{ADDRESS}:{places.postgres_port}/postgres",
        f"--state-dir={state}",
        "--no-auth",
        "--telemetry=disable",
        "--debug-addr=-",
        # One line a command would slow it down and fill the disk.
        "--log-level=warn",
    ]
