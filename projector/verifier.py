"""The background verifier: folds random streams afresh, compares them with their rows, repairs what differs."""

import random
from collections.abc import Iterator
from threading import Event
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, StaticPool, Table, and_, create_engine, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from domain.commit import Commit, sequenced_only
from domain.errors import Unavailable
from domain.ports import EventStore
from readmodel import progress
from readmodel.catalogue import READ_MODELS
from readmodel.generations import Generation, Generations
from readmodel.model import Counter, Owned
from readmodel.schema import metadata

from .folding import Folder

PAUSE_S = 0.5
ID_LENGTH = 36

log = structlog.get_logger("verifier")
Rows = dict[tuple[Any, ...], dict[str, Any]]


class Verifier:
    """Checks one random stream at a time. Keeps an in-memory database to fold into, never committed."""

    def __init__(self, generations: Generations, store: EventStore, folder: Folder) -> None:
        self._generations = generations
        self._store = store
        self._folder = folder
        self._scratch = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        metadata.create_all(self._scratch)

    def run(self, stop: Event) -> None:
        """Until stop is set. Whatever goes wrong here is logged: the projector doesn't depend on it."""
        while not stop.wait(PAUSE_S):
            try:
                self.step()
            except (Unavailable, SQLAlchemyError) as error:
                log.warning("verification has to wait", error=str(error).split("\n")[0])
            except Exception:
                log.exception("verification failed")

    def step(self) -> None:
        """Checks the stream of one random commit among those that the live generation shows, and one tally."""
        live = self._generations.live()
        shown = live.position()
        for commit in self._store.read(random.randrange(shown), 1) if shown else ():
            self.check_with_related(live, commit)
        self._check_tallies(live)

    def check_with_related(self, live: Generation, commit: Commit) -> None:
        """Checks a commit's stream, and, where its rows were wrong, those whose rows count them."""
        if self.check(live, commit.stream):
            for stream in _counted_by(commit):
                self.check(live, stream)

    def check(self, live: Generation, stream: str) -> list[str]:
        """What was wrong with a stream's rows, in words; they are right afterwards."""
        with live.snapshot() as connection:
            if not self._faults(connection, stream):
                return []
        with live.write() as connection:
            found = self._faults(connection, stream)
            if found:
                self._repair(connection, stream)
        if found:
            self._generations.note_repair(stream, "; ".join(found))
            log.error("rows repaired", stream=stream, faults=found)
        return found

    def _faults(self, connection: Connection, stream: str) -> list[str]:
        if stream in progress.parked_streams(connection):
            return []
        with self._folded(stream, progress.version(connection, stream)) as fresh:
            return [fault for owned in _owned(stream) for fault in _unequal(connection, fresh, owned)]

    def _repair(self, connection: Connection, stream: str) -> None:
        with self._folded(stream, progress.version(connection, stream)) as fresh:
            for table, whose in _owned(stream):
                connection.execute(table.delete().where(whose))
                if rows := _rows(fresh, table, whose):
                    connection.execute(table.insert(), list(rows.values()))
                for counter in _counters(table):
                    connection.execute(update(table).where(whose).values({counter.column: counter.count}))

    def _folded(self, stream: str, version: int) -> "_Scratch":
        """A fresh fold of one stream up to a version, thrown away when the block ends."""
        commits = [commit for commit in sequenced_only(self._store.load(stream)) if commit.last <= version]
        return _Scratch(self._scratch.connect(), self._folder, commits)

    def _check_tallies(self, live: Generation) -> None:
        """Counts one random row of each table that no stream owns."""
        for counter in _tallies():
            with live.read() as connection:
                wrong = [
                    where for where in _random_row(connection, counter.table) if _miscounts(connection, counter, where)
                ]
            for where in wrong:
                with live.write() as connection:
                    connection.execute(update(counter.table).where(where).values({counter.column: counter.count}))
                self._generations.note_repair(counter.table.name, f"{counter.column} was counted wrong")
                log.error("tally repaired", table=counter.table.name, column=counter.column)


class _Scratch:
    """A connection on which some commits are folded; rolled back at the end."""

    def __init__(self, connection: Connection, folder: Folder, commits: list[Any]) -> None:
        self._connection = connection
        self._folder = folder
        self._commits = commits

    def __enter__(self) -> Connection:
        self._folder.fold(self._connection, self._commits)
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.rollback()
        self._connection.close()


def _counted_by(commit: Commit) -> Iterator[str]:
    """The streams whose rows count this one's: a like's target, and the post of its thread."""
    if commit.stream.startswith("like-comment-"):
        yield commit.stream.removeprefix("like-")[: len("comment-") + ID_LENGTH]
    yield f"post-{commit.key}"


def _owned(stream: str) -> Iterator[Owned]:
    for model in READ_MODELS:
        yield from model.owned(stream)


def _counters(table: Table) -> Iterator[Counter]:
    for model in READ_MODELS:
        yield from (counter for counter in model.counters if counter.table is table)


def _tallies() -> Iterator[Counter]:
    owned = {table for stream in ("post-", "comment-", "like-", "account-", "token-") for table, _ in _owned(stream)}
    for model in READ_MODELS:
        yield from (counter for counter in model.counters if counter.table not in owned)


def _rows(connection: Connection, table: Table, whose: Any) -> Rows:
    names = [column.name for column in table.primary_key]
    found = connection.execute(select(table).where(whose)).mappings()
    return {tuple(row[name] for name in names): dict(row) for row in found}


def _unequal(connection: Connection, fresh: Connection, owned: Owned) -> Iterator[str]:
    """What is wrong with the rows of one table: their own columns by the fresh fold, their counters by counting."""
    table, whose = owned
    counted = {counter.column: 0 for counter in _counters(table)}
    ours, theirs = _rows(connection, table, whose), _rows(fresh, table, whose)
    for key in sorted(ours.keys() | theirs.keys()):
        if key not in ours:
            yield f"{table.name} {key} is missing"
        elif key not in theirs:
            yield f"{table.name} {key} shouldn't be there"
        elif ours[key] | counted != theirs[key] | counted:
            yield f"{table.name} {key} differs in {_differing(ours[key] | counted, theirs[key] | counted)}"
    for counter in _counters(table):
        if _miscounts(connection, counter, whose):
            yield f"{table.name} counts {counter.column} wrong"


def _differing(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    return ", ".join(name for name in ours if ours[name] != theirs[name])


def _miscounts(connection: Connection, counter: Counter, where: ColumnElement[bool]) -> bool:
    wrong = select(func.count()).where(where, counter.table.c[counter.column] != counter.count)
    return bool(connection.execute(wrong.select_from(counter.table)).scalar_one())


def _random_row(connection: Connection, table: Table) -> Iterator[ColumnElement[bool]]:
    """The condition that picks one random row, none where the table is empty."""
    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    keys = select(*table.primary_key).order_by(*table.primary_key).limit(1).offset(random.randrange(count or 1))
    for key in connection.execute(keys):
        yield and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))
