"""The `bin/verbatim` program: finds the command that was typed, and ends with a sentence where something is wrong."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

INTERRUPTED = "Stopped by Ctrl-C. Nothing is half done: what isn't finished can be started again."
COMMANDS = (
    "backup", "convert", "demo", "export", "import", "migrate", "promote", "rebuild", "replay", "restore", "status",
    "verify",
)  # fmt: skip


def load_command(name: str) -> click.Command | None:
    """Imports only what this command needs."""
    if name not in COMMANDS:
        return None
    if name in ("backup", "restore"):
        from . import backups

        return backups.backup if name == "backup" else backups.restore
    if name in ("convert", "demo", "export", "import"):
        from . import import_export as commands

        found = {"convert": commands.convert, "demo": commands.demo, "export": commands.export}
        return found.get(name, commands.import_)
    if name in ("rebuild", "replay"):
        from . import rebuild

        return rebuild.rebuild if name == "rebuild" else rebuild.replay
    return _load_single(name)


def _load_single(name: str) -> click.Command:
    """Of a module that has one command, with its own name."""
    match name:
        case "migrate":
            from .migrate import migrate as command
        case "promote":
            from .promote import promote as command
        case "status":
            from .status import status as command
        case _:
            from .verify import verify as command
    return command


@contextmanager
def _in_sentences() -> Iterator[None]:
    """Turns every error into a sentence: none leaves as a traceback."""
    try:
        yield
        sys.stdout.flush()
    except (click.ClickException, click.exceptions.Exit):
        raise
    except (click.Abort, KeyboardInterrupt) as error:
        raise click.ClickException(INTERRUPTED) from error
    except Exception as error:
        from operator_errors import describe

        raise click.ClickException(describe(error)) from error


class Program(click.Group):
    """The command group. An error is printed as a sentence, and exits with 1."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        return load_command(name)

    def main(self, *arguments: Any, **named: Any) -> Any:
        # Exports and databases hold password hashes: they are their owner's alone.
        os.umask(0o077)
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return super().main(*arguments, **named)
        finally:
            discard_unwritable_output()

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        with _in_sentences():
            return super().make_context(*arguments, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with _in_sentences():
            return super().invoke(ctx)


@click.group(cls=Program)
def program() -> None:
    """Verbatim's command line."""


def discard_unwritable_output() -> None:
    """Makes the last flush, which Python does at its end, one that can't fail with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
