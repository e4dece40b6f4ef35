"""Runs commands of `bin/verbatim`, and the site's other programs, in forks of one process that has loaded them."""

import ctypes
import os
import resource
import runpy
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path

import click
import msgspec

ROOT = Path(__file__).parents[1]
LOADED_LATE = (
    "backup.reading", "backup.restoring", "backup.rehearsal", "backup.writing", "cli.backups",
    "cli.import_export", "cli.migrate", "cli.promote", "cli.rebuild", "cli.status", "cli.verify",
    "alembic.command", "eventstore.kafka.consumer", "eventstore.kafka.partitions", "eventstore.mongo.store",
    "eventstore.relay.leader", "projector.generation_upkeep", "projector.verifier", "projector.worker", "transfer.demo",
    "webapp.site.passwords", "webhooks.dispatcher", "webhooks.sender",
)  # fmt: skip
PASSING_PERMISSIONS = 0b110
"""Linux's capabilities by which root writes and reads whatever it likes."""
CAPABILITIES = 0x20080522
"""The version of the kernel's structure."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One command, or the module of a program that runs until it is told to end.

    out: where its output goes, by default it is kept; "" is a pipe that nobody reads.
    file_bytes: how large files may become, as on a full disk. obedient: root minds permissions too.
    interrupt: Ctrl-C comes while so manyth database is opened. path: goes before sys.path.
    stop_s: SIGTERM comes after so many seconds.
    """

    words: Sequence[str] = ()
    module: str = ""
    environment: Mapping[str, str] = {}
    out: str | None = None
    path: Sequence[str] = ()
    file_bytes: int | None = None
    obedient: bool = False
    interrupt: int = 0
    stop_s: float = 0


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    code: int
    out: str
    err: str


class Commands:
    """The process that forks. Each batch's commands run side by side, so each needs a folder of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )

    def run(self, batch: Sequence[Run]) -> list[Ended]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(batch) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=list[Ended])

    def close(self) -> None:
        self._process.communicate()


def empty_logs(folder: Path) -> None:
    """Has all that is in a folder's databases in their files, so that these can be broken."""
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> None:
    from cli.program import program

    for name in LOADED_LATE:
        import_module(name)
    # Whoever started the tests in the background had Ctrl-C ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for line in sys.stdin.buffer:
        ended = run_batch(msgspec.json.decode(line, type=list[Run]), program)
        sys.stdout.buffer.write(msgspec.json.encode(ended) + b"\n")
        sys.stdout.flush()


def run_batch(batch: Sequence[Run], program: click.Command) -> list[Ended]:
    children = []
    for one in batch:
        pipes = os.pipe(), os.pipe()
        if not (child := os.fork()):
            prepare(one, *(writer for _, writer in pipes))
            os._exit(code_of(program, one))
        for _, writer in pipes:
            os.close(writer)
        children.append((child, *(reader for reader, _ in pipes)))
    with ThreadPoolExecutor(2 * len(children)) as pool:
        said = [tuple(pool.map(read, readers)) for _, *readers in children]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child, *_ in children]
    return [Ended(code=code, out=out, err=err) for code, (out, err) in zip(codes, said, strict=True)]


def code_of(program: click.Command, one: Run) -> int:
    """What the interpreter would end with, without taking it apart, which costs more than most commands do."""
    try:
        try:
            if one.module:
                runpy.run_module(one.module, run_name="__main__")
            else:
                program(one.words, prog_name="bin/verbatim")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr, flush=True)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as file:
        return file.read()


def prepare(one: Run, out: int, err: int) -> None:
    os.environ.update(one.environment)
    tempfile.tempdir = None
    sys.path[:0] = one.path
    os.dup2(err, 2)
    if one.out is not None:
        out = os.open(one.out, os.O_WRONLY) if one.out else unread()
    os.dup2(out, 1)
    if one.obedient:
        obey_permissions()
    if one.file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (one.file_bytes, one.file_bytes))
    if one.interrupt:
        interrupt_at(one.interrupt)
    if one.stop_s:
        # A child by itself: a thread would keep a blocked signal from whoever waits for it.
        tell_to_end(os.getpid(), one.stop_s)


def tell_to_end(process: int, seconds: float) -> None:
    if not os.fork():
        for descriptor in (1, 2):
            os.close(descriptor)
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
        os._exit(0)


def unread() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def obey_permissions() -> None:
    libc, header, sets = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(CAPABILITIES), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    sets[0] &= ~PASSING_PERMISSIONS
    sets[1] &= ~PASSING_PERMISSIONS
    assert libc.capset(header, sets) == 0


def interrupt_at(opened: int) -> None:
    def hook(event: str, _arguments: object) -> None:
        nonlocal opened
        opened -= event == "sqlite3.connect"
        if event == "sqlite3.connect" and opened == 0:
            signal.raise_signal(signal.SIGINT)

    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
