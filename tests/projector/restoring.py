"""An event store that is put back to an earlier state: its file on SQLite, its database's documents on MongoDB."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from eventstore.mongo.store import MongoEventStore
from tests.projector.conftest import Backend

Restore = Callable[[], None]


def backed_up(backend: Backend) -> Restore:
    """Copies the store as it is. The function that it gives puts that back, under whoever is running."""
    if backend.mongo is not None:
        return of_documents(backend.mongo)
    return _of_file(backend.folder / "events.db", backend.folder / "backup.db")


def _of_file(path: Path, copy: Path) -> Restore:
    """By SQLite's own backup, which is safe while others have the file open."""

    def copied(source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
            there.backup(here)

    copied(path, copy)
    return lambda: copied(copy, path)


def of_documents(store: MongoEventStore) -> Restore:
    names = store.database.list_collection_names()
    kept = {name: list(store.database[name].find()) for name in names}

    def put_back() -> None:
        for name in store.database.list_collection_names():
            store.database[name].delete_many({})
            if kept.get(name):
                store.database[name].insert_many(kept[name])

    return put_back
