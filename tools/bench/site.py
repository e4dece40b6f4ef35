"""A site in a scratch folder, filled through the same entry points as a real one: import, commands, projector."""

import csv
import gzip
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from domain import comment, ids, like
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from domain.post import stream
from eventstore.codec import EventCodec
from eventstore.log.partitions import StorePartitions
from eventstore.log.protocol import StoreLog
from eventstore.sqlite.store import SqliteEventStore
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from projector.worker import Worker
from readmodel.generations.generations import Generations
from tools.drill.catch_up import all_commits
from tools.drill.processes import PROJECTOR, SITE_VARIABLES, WEB, Supervisor, free_port, running, wait_until_served
from transfer import import_file

ROOT = Path(__file__).resolve().parents[2]
REAL_POSTS = Path(os.environ.get("VERBATIM_SHARED") or ROOT.parent / "shared") / "data" / "posts.csv.gz"
CSV_HEADER = ("id", "author", "created_at", "title", "body", "url", "score", "num_comments")
BATCH_COMMANDS = 500
ACTIVE_POST_INTERVAL = 50
"""In a scaled site every fiftieth post has a comment and two likes."""
LONG_THREADS, LONG_THREAD_COMMENTS = 20, 100
RARE_WORD_INTERVAL = 10
"""Every tenth post of a scaled site has a word that no other has: a site that grows gets new words too."""
START_TIMEOUT_S = 60.0
OWN_SETTINGS = dict.fromkeys(SITE_VARIABLES, "") | {"SECRET_KEY": "bench"}
"""The site's own settings and none of the caller's: empty is as if not set."""
Rows = Iterable[Iterable[str]]


class BenchSite:
    """Store, bus and read model in one folder. The projector runs when it is asked to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.store = SqliteEventStore(folder / "events.db")
        self.bus = CommandBus(self.store, EventCodec(), all_handlers())
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self.generations.migrate()

    def rebuilder(self) -> Rebuilder:
        return Rebuilder(self.generations, self.store, CommitFolder(self.store, EventCodec()), StorePartitions())

    def import_posts(self, path: Path) -> None:
        summary = import_file(path, store=self.store, bus=self.bus, folder=self.folder)
        if summary.failed:
            raise RuntimeError(summary.text())

    def add_activity(self, comments: Callable[[int], int], likes: Callable[[int], int]) -> None:
        """So many comments and likes for each post, by its number; they come from the first few authors in turn."""
        commands = self._activity(comments, likes)
        while batch := list(itertools.islice(commands, BATCH_COMMANDS)):
            send_all(self.bus, batch)

    def _activity(
        self, comments: Callable[[int], int], likes: Callable[[int], int]
    ) -> Iterator[tuple[Command, Envelope]]:
        people, at = self.authors(), ids.now()
        for number, post in enumerate(self.post_ids()):
            for turn in range(comments(number)):
                command = comment.AddComment(comment=ids.uuid7(), post=post, body=f"Thought {turn} on post {number}.")
                yield command, Envelope(actor=people[(number + turn) % len(people)], at=at)
            for turn in range(likes(number)):
                yield like.Like(target=stream(post)), Envelope(actor=people[(number + turn) % len(people)], at=at)

    def project(self) -> None:
        source = StoreLog(SqliteEventStore(self.folder / "events.db"))
        worker = Worker(self.generations, source, CommitFolder(self.store, EventCodec()))
        while worker.step(0.0):
            pass
        source.close()

    def post_ids(self) -> Iterator[str]:
        return (commit.key for commit in all_commits(self.store) if commit.stream.startswith("post-"))

    def authors(self) -> list[str]:
        """The accounts of the first commits, of which an import has thousands."""
        return sorted({commit.actor for commit in self.store.read(0, 10_000)})

    def close(self) -> None:
        self.generations.close()
        self.store.close()


def send_all(bus: CommandBus, commands: Sequence[tuple[Command, Envelope]]) -> list[Receipt]:
    """Sends commands on streams of their own, together. Raises the first refusal."""
    receipts = []
    for outcome in bus.send_batch(commands):
        if isinstance(outcome, Exception):
            raise outcome
        receipts.append(outcome)
    return receipts


def build_site(folder: Path, posts: Path) -> BenchSite:
    """A projected site with these posts, and a comment and two likes for each."""
    site = BenchSite(folder)
    site.import_posts(posts)
    site.add_activity(lambda _: 1, lambda _: 2)
    site.project()
    return site


def build_scaled_site(folder: Path, size: int) -> BenchSite:
    """A projected site with size posts made from the real ones, and long threads: the same texts at every size."""
    folder.mkdir(parents=True, exist_ok=True)
    scaled = _write_csv(folder / "scaled.csv.gz", _scaled(_read_csv(posts_csv(folder, None)), size))
    site = BenchSite(folder / "site")
    site.import_posts(scaled)
    scaled.unlink()
    site.add_activity(_scaled_comments, lambda number: 2 if number % ACTIVE_POST_INTERVAL == 0 else 0)
    rebuilder = site.rebuilder()
    rebuilder.switch(rebuilder.fill(lambda _progress: None)[0])
    return site


def _scaled_comments(number: int) -> int:
    if number % ACTIVE_POST_INTERVAL:
        return 0
    return LONG_THREAD_COMMENTS if number < ACTIVE_POST_INTERVAL * LONG_THREADS else 1


def _scaled(rows: list[list[str]], size: int) -> Iterator[list[str]]:
    """size rows: evenly spread ones, or all of them again and again, each time a minute later."""
    chosen = rows[:: max(1, len(rows) // size)][:size]
    for number in range(size):
        lap, at = divmod(number, len(chosen))
        id, author, created_at, title, body, *others = chosen[at]
        later = datetime.fromisoformat(created_at) + timedelta(minutes=lap)
        rare_word = f"\n\nword{number:x}x" if number % RARE_WORD_INTERVAL == 0 else ""
        yield [f"{id}.{lap}", author, later.isoformat(), title, body + rare_word, *others]


@contextmanager
def served(folder: Path, *, threads: int, limits: str) -> Iterator[tuple[int, Supervisor]]:
    """gunicorn with two workers, and a projector, on the site of this folder; gives the port and their supervisor."""
    port = free_port()
    settings = OWN_SETTINGS | {
        "DATA_DIR": str(folder), "PORT": str(port), "WEB_WORKERS": "2", "WEB_THREADS": str(threads),
        "RATE_LIMITS": limits, "LOG_FORMAT": "json",
    }  # fmt: skip
    with running([WEB, PROJECTOR], folder, settings) as supervisor:
        wait_until_served(port, START_TIMEOUT_S)
        yield port, supervisor


def posts_csv(folder: Path, size: int | None) -> Path:
    """A CSV file of size posts (None: all): the real ones where they are at hand."""
    path = folder / "posts.csv.gz"
    if not REAL_POSTS.exists():
        return _write_csv(path, _synthetic(size or 5_000))
    return REAL_POSTS if size is None else _write_csv(path, _read_csv(REAL_POSTS)[:size])


def _synthetic(size: int) -> Iterator[tuple[str, ...]]:
    for number in range(size):
        at = f"2010-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        yield f"p{number}", f"author{number % 30}", at, f"Title {number}", f"Text of {number} #bench", "", "1", "1"


def _read_csv(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _write_csv(path: Path, rows: Rows) -> Path:
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_HEADER)
        writer.writerows(rows)
    return path
