"""The background verifier: folds random streams afresh, compares them with their rows, repairs what differs.

It compares at one version of a stream, and repairs while nobody else can fold. What can't be compared now is left for
later: a parked stream, one whose erasure isn't shown yet, one of which the store has less than is shown; everything,
where the store isn't the one that is shown (see readmodel.generations.store_match).
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import structlog
from sqlalchemy import Connection, StaticPool, Table, create_engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from domain.commit import Commit, SequencedCommit, sequenced_only
from domain.errors import Unavailable, first_line
from domain.ports import EventStore
from readmodel.catalogue import READ_MODELS
from readmodel.engine import progress
from readmodel.engine.schema import metadata
from readmodel.generations import repairs, store_match
from readmodel.generations.generation import Generation
from readmodel.generations.generations import Generations

from .folding import CommitFolder
from .pending_erasures import erased_ahead_of
from .stream_repair import faults, repair, repair_tally, tables_of_tallies, tally_faults

STEP_INTERVAL_S = 0.5
ID_CHARS = 36

log = structlog.get_logger("verifier")


class Verifier:
    """Checks one random stream at a time. Keeps an in-memory database to fold into, never committed."""

    def __init__(self, generations: Generations, store: EventStore, folder: CommitFolder) -> None:
        self._generations = generations
        self._store = store
        self._folder = folder
        self._scratch = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        metadata.create_all(self._scratch)

    def run(self, stop: Event) -> None:
        """Until stop is set. Whatever goes wrong here is logged: the projector doesn't depend on it."""
        while not stop.wait(STEP_INTERVAL_S):
            try:
                self.step()
            except (Unavailable, SQLAlchemyError) as error:
                log.warning("verifier: unavailable, retrying", error=first_line(error))
            except Exception:
                log.exception("verifier: failed")

    def step(self) -> None:
        """Checks the stream of one random commit among those that the live generation shows, and one row a tally."""
        live = self._generations.live()
        with live.read() as connection:
            if store_match.mismatch(connection, self._store) is not None:
                return
        shown = live.position()
        for commit in self._store.read(random.randrange(shown), 1) if shown else ():
            self.check_with_related(live, commit)
        for tally in tables_of_tallies():
            self._check_tally(live, tally)

    def check_with_related(self, live: Generation, commit: Commit) -> None:
        """Checks a commit's stream, and, where its rows were wrong, those whose rows count them."""
        if self.check(live, commit.stream):
            for stream in _counted_by(commit):
                self.check(live, stream)

    def check(self, live: Generation, stream: str) -> list[str]:
        """What was wrong with a stream's rows, in words; they are right afterwards."""
        with live.snapshot() as connection, self._folded(connection, stream) as fresh:
            if fresh is None or not faults(connection, fresh, stream):
                return []
        with live.write() as connection:
            progress.lock_partitions(connection)
            with self._folded(connection, stream) as fresh:
                found = [] if fresh is None else faults(connection, fresh, stream)
                if fresh is not None and found:
                    repair(connection, fresh, stream)
        if found:
            repairs.note(self._generations.control, stream, "; ".join(found))
            log.error("verifier: rows repaired", stream=stream, faults=found)
        return found

    @contextmanager
    def _folded(self, live: Connection, stream: str) -> Iterator[Connection | None]:
        """A fresh fold of one stream up to the version that is shown, thrown away when the block ends.

        None where it couldn't be told from it whether the rows are right.
        """
        shown = self._shown(live, stream)
        if shown is None:
            yield None
            return
        with self._scratch.connect() as scratch:
            folded = self._folder.fold(scratch, [*self._needed(live, shown), *shown])
            yield None if folded.parked else scratch
            scratch.rollback()

    def _shown(self, live: Connection, stream: str) -> list[SequencedCommit] | None:
        """The commits that the rows of a stream must be a fold of. The version comes first: what the store has erased
        since is announced above it."""
        version = progress.version(live, stream)
        if version == 0 or stream in progress.parked_streams(live):
            return None
        commits = self._store.load(stream)
        shown = [commit for commit in sequenced_only(commits) if commit.last <= version]
        if not shown or shown[-1].last != version or erased_ahead_of(commits, version):
            return None
        return shown

    def _needed(self, live: Connection, shown: list[SequencedCommit]) -> list[SequencedCommit]:
        """The first commits of the other streams that decide how these rows look, those that are shown."""
        names = {
            name
            for commit in shown
            for fact in self._folder.facts(commit)
            for model in READ_MODELS
            for name in model.needs(fact)
        }
        there = progress.versions(live, names)
        return [commit for name in sorted(there) for commit in sequenced_only(self._store.load(name))[:1]]

    def _check_tally(self, live: Generation, tally: Table) -> None:
        """Counts one random row of a table that no stream owns."""
        with live.read() as connection:
            value = _random_key(connection, tally)
            if value is None or not tally_faults(connection, tally, value):
                return
        with live.write() as connection:
            progress.lock_partitions(connection)
            if found := tally_faults(connection, tally, value):
                repair_tally(connection, tally, value)
        if found:
            repairs.note(self._generations.control, tally.name, "; ".join(found))
            log.error("verifier: tally repaired", table=tally.name, faults=found)


def _counted_by(commit: Commit) -> Iterator[str]:
    """The streams whose rows count this one's: a like's target, and the post of its thread."""
    if commit.stream.startswith("like-comment-"):
        yield commit.stream.removeprefix("like-")[: len("comment-") + ID_CHARS]
    yield f"post-{commit.key}"


def _random_key(connection: Connection, table: Table) -> Any:
    """The key of one random row; None where the table is empty."""
    (column,) = table.primary_key
    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    wanted = select(column).order_by(column).limit(1).offset(random.randrange(count or 1))
    return connection.execute(wanted).scalar_one_or_none()
