"""The `eventsourcing` package doing what our store does: one new aggregate, one event, saved on SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate

from .measure import Timed, stopwatch

VERSION = version("eventsourcing")


class Published(Aggregate):
    """The fields of a PostPublished."""

    def __init__(self, *, author: str, title: str, body: str, url: str, source: str) -> None:
        self.author, self.title, self.body, self.url, self.source = author, title, body, url, source


@contextmanager
def saves(path: Path, a_turn: int) -> Iterator[Timed]:
    """Saves so many new aggregates a turn; what is measured is Application.save alone."""
    app: Application[UUID] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path), "CREATE_TABLE": "yes"}
    )

    def turn() -> float:
        made = [Published(author="ann", title="A title", body=f"{n} words", url="", source="") for n in range(a_turn)]
        with stopwatch() as seconds:
            for aggregate in made:
                app.save(aggregate)
        return seconds[0]

    yield turn
    app.close()


def durability(path: Path) -> str:
    """How its database is kept, as SQLite itself says."""
    connection = sqlite3.connect(path)
    journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
    connection.close()
    return f"journal_mode={journal}, synchronous as SQLite has it by default (FULL)"
