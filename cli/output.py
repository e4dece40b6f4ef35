"""Output of commands: standard output, standard error, and a progress bar."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console


class _Output(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Raises an error, where rich would exit without a word."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


out = _Output()
err = _Output(stderr=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Shows done, total, rate and the time left. Yields report(done, total)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(title, total=None, rate="")

        def report(done: int, total: int) -> None:
            speed = bar.tasks[0].speed or 0
            bar.update(task, completed=done, total=total or None, rate=f"{speed:,.0f}/s")

        yield report
