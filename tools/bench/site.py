"""A site in a scratch folder, filled through the same doors as a real one."""

import csv
import gzip
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from domain import comment, ids, like
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.post import stream
from eventstore.codec import EventCodec
from eventstore.log.partitions import StorePartitions
from eventstore.log.protocol import StoreLog
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from projector.worker import Worker
from readmodel.generations.generations import Generations
from transfer import import_file

ROOT = Path(__file__).resolve().parents[2]
HEADER = ("id", "author", "created_at", "title", "body", "url", "score", "num_comments")
BATCH = 500


class BenchSite:
    """Store, bus and read model in one folder. The projector runs when told to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.store = SqliteEventStore(folder / "events.db")
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()

    def rebuilder(self) -> Rebuilder:
        return Rebuilder(self.generations, self.store, CommitFolder(self.store, EventCodec()), StorePartitions())

    def take_in(self, posts: Path) -> None:
        summary = import_file(posts, store=self.store, bus=self.bus, folder=self.folder)
        if summary.failed:
            raise RuntimeError(summary.text())

    def enliven(self) -> None:
        """A comment and two likes for each post, from ten people."""
        commands = self._talk()
        while some := list(itertools.islice(commands, BATCH)):
            for outcome in self.bus.send_batch(some):
                if isinstance(outcome, Exception):
                    raise outcome

    def somebody(self) -> str:
        """A handle that has an account."""
        return self.authors()[0]

    def project(self) -> None:
        source = StoreLog(SqliteEventStore(self.folder / "events.db"))
        worker = Worker(self.generations, source, CommitFolder(self.store, EventCodec()))
        while worker.step(0.0):
            pass
        source.close()

    def close(self) -> None:
        self.generations.close()
        self.store.close()

    def _talk(self) -> Iterator[tuple[Command, Envelope]]:
        people = self.authors()
        at = ids.now()
        for number, post in enumerate(self.posts()):
            who = [people[(number + step) % len(people)] for step in range(3)]
            said = comment.AddComment(comment=ids.uuid7(), post=post, body=f"Thought number {number} about this.")
            yield said, Envelope(actor=who[0], at=at)
            for fan in who[1:]:
                yield like.Like(target=stream(post)), Envelope(actor=fan, at=at)

    def posts(self) -> Iterator[str]:
        position, head = 0, self.store.head()[0]
        while position < head:
            for commit in self.store.read(position, min(BATCH, head - position)):
                position = commit.position or 0
                if commit.stream.startswith("post-"):
                    yield commit.key

    def authors(self) -> list[str]:
        """Some who wrote: thousands of commits have them all."""
        return sorted({commit.actor for commit in self.store.read(0, 10_000)})


def posts_csv(folder: Path, size: int | None) -> tuple[Path, str]:
    """A CSV file of size posts (None: all), and what it is: the real ones where they are at hand."""
    shared = Path(os.environ.get("VERBATIM_SHARED") or ROOT.parent / "shared") / "data" / "posts.csv.gz"
    if not shared.exists():
        return _written(folder, _made_up(size or 5_000)), f"{size or 5_000:,} made-up posts"
    if size is None:
        return shared, "29,926 real posts"
    with gzip.open(shared, "rt", encoding="utf-8", newline="") as file:
        rows = itertools.islice(csv.reader(file), 1, size + 1)
        return _written(folder, rows), f"the first {size:,} real posts"


def _made_up(size: int) -> Iterator[tuple[str, ...]]:
    for number in range(size):
        at = f"2010-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        yield f"p{number}", f"author{number % 30}", at, f"Title {number}", f"Words of {number} #bench", "", "1", "1"


def _written(folder: Path, rows: Iterator[tuple[str, ...]] | Iterator[list[str]]) -> Path:
    path = folder / "posts.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows)
    return path
