"""A site of any number of posts, made from the real ones, with threads to read: the same words at every size."""

import csv
import gzip
import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from domain import comment, ids, like
from domain.messages import Command, Envelope
from domain.post import stream

from .site import BATCH, HEADER, BenchSite, posts_csv

TALKED = 50
"""Every fiftieth post has a comment and two likes."""
THREADS, A_THREAD = 20, 100
"""So many posts have so many comments each."""
RARE = 10
"""Every tenth post has a word that no other has: a site that grows gets new words too."""


def crowded(folder: Path, size: int) -> BenchSite:
    """A site with size posts, projected. Posts that come again are a minute later, with words of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    real, _ = posts_csv(folder, None)
    path = folder / "crowd.csv.gz"
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_again(_read(real), size))
    site = BenchSite(folder / "site")
    site.take_in(path)
    path.unlink()
    _talk(site)
    rebuilder = site.rebuilder()
    rebuilder.switch(rebuilder.fill(lambda _progress: None)[0])
    return site


def _read(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(itertools.islice(csv.reader(file), 1, None))


def _again(rows: list[list[str]], size: int) -> Iterator[list[str]]:
    """size rows: evenly spread ones of the real posts, or all of them again and again."""
    step = max(1, len(rows) // size)
    chosen = rows[::step][:size]
    for number in range(size):
        lap, place = divmod(number, len(chosen))
        id, author, at, title, body, *others = chosen[place]
        later = datetime.fromisoformat(at) + timedelta(minutes=lap)
        rare = f"\n\nword{number:x}x" if number % RARE == 0 else ""
        yield [f"{id}.{lap}", author, later.isoformat(), title, body + rare, *others]


def _talk(site: BenchSite) -> None:
    commands = _said(site)
    while some := list(itertools.islice(commands, BATCH)):
        for outcome in site.bus.send_batch(some):
            if isinstance(outcome, Exception):
                raise outcome


def _said(site: BenchSite) -> Iterator[tuple[Command, Envelope]]:
    people, at = site.authors(), ids.now()
    for number, post in enumerate(site.posts()):
        many = number < TALKED * THREADS and number % TALKED == 0
        for turn in range(A_THREAD if many else number % TALKED == 0):
            said = comment.AddComment(comment=ids.uuid7(), post=post, body=f"Thought {turn} about {number}.")
            yield said, Envelope(actor=people[(number + turn) % len(people)], at=at)
        for turn in range(2 if number % TALKED == 0 else 0):
            yield like.Like(target=stream(post)), Envelope(actor=people[(number + turn) % len(people)], at=at)
