"""The `bin/verbatim` program: finds the command that was typed, and ends with a sentence where something is wrong."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

INTERRUPTED = "Stopped by Ctrl-C. Nothing is half done: what isn't finished can be started again."
COMMANDS = ("demo", "export", "import", "migrate", "promote", "rebuild", "replay", "status", "verify")


def load_command(name: str) -> click.Command | None:
    """Imports only what this command needs."""
    match name:
        case "demo":
            from .import_export import demo as command
        case "export":
            from .import_export import export as command
        case "import":
            from .import_export import import_ as command
        case "migrate":
            from .migrate import migrate as command
        case "promote":
            from .promote import promote as command
        case "rebuild":
            from .rebuild import rebuild as command
        case "replay":
            from .rebuild import replay as command
        case "status":
            from .status import status as command
        case "verify":
            from .verify import verify as command
        case _:
            return None
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
