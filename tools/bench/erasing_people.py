"""Erasing a person's texts while others write and read: what everybody else waits meanwhile.

A real gunicorn and projector, on a site with posts of others. Two programs publish and two read, with short pauses,
before somebody leaves and until all their texts are erased. Floor: the same calls of the same programs before.
"""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from urllib3 import HTTPConnectionPool

from domain import account, ids, leaving, post
from domain.messages import Command, Envelope
from operational import departures

from .api import ANSWER_TIMEOUT_S, WEB_THREADS, issue_tokens
from .measure import Row, error_count, latency, per_second, percentile
from .site import BenchSite, build_site, posts_csv, send_all, served

TEXTS = 10_000
POSTS_OF_OTHERS = 5_000
PROGRAMS = 4
PAUSE_S = 0.02
BEFORE_S = 15.0
MAX_P99_MS = 500
TIMEOUT_S = 3_600.0
WORDS = "Some words of mine, which nobody shall find here any more. " * 8


class Load:
    """Programs that call without end: every other one publishes, the others read. seconds: of each answer."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self.seconds: list[float] = []
        self.errors: list[str] = []
        self._port = port
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=one) for one in enumerate(tokens)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def taken(self) -> list[float]:
        """The answers since the last call of this."""
        found, self.seconds = self.seconds, []
        return found

    def _call(self, number: int, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with HTTPConnectionPool("127.0.0.1", self._port, ANSWER_TIMEOUT_S, retries=False) as pool:
            while not self._stop.wait(PAUSE_S):
                began = time.perf_counter()
                if number % 2:
                    status = pool.request("GET", "/api/v1/posts?limit=20", headers=headers).status
                else:
                    body = {"title": f"Meanwhile {number}", "body": "Others write on."}
                    status = pool.request("POST", "/api/v1/posts", headers=headers, json=body).status
                self.seconds.append(time.perf_counter() - began)
                if status not in (200, 201):
                    self.errors.append(f"{status}")


def run(folder: Path, size: int | None) -> Iterator[Row]:
    """size: the texts of whoever leaves."""
    texts = size or TEXTS
    site = build_site(folder / "site", posts_csv(folder, min(POSTS_OF_OTHERS, texts)))
    person = _write(site, texts)
    tokens = issue_tokens(site, PROGRAMS)
    with served(site.folder, threads=WEB_THREADS, limits="off") as (port, _), Load(port, tokens) as load:
        time.sleep(BEFORE_S if size is None else 1.0)
        before = load.taken()
        seconds = _leave(site, person)
        meanwhile = load.taken()
    site.close()
    p99_ms = percentile(meanwhile, 99) * 1000
    yield Row(
        name=f"others, while {texts:,} texts are erased",
        ours=latency(meanwhile),
        floor=latency(before),
        value=f"p99 {p99_ms:.0f} ms, × {percentile(meanwhile, 99) / percentile(before, 99):.2f}",
        target=f"< {MAX_P99_MS} ms",
        ok=p99_ms < MAX_P99_MS and not load.errors,
    )
    yield Row(
        name="erasing meanwhile",
        ours=per_second(texts, "texts")(seconds),
        floor=error_count(load.errors),
        value=f"{seconds:,.0f} s in all",
    )


def _write(site: BenchSite, texts: int) -> str:
    """The account of somebody with so many posts."""
    registered = account.RegisterAccount(handle="whoever-leaves", password_hash="$argon2id$")
    person = site.bus.send(registered, Envelope(actor="whoever-leaves", at=ids.now())).subject
    for begin in range(0, texts, 500):
        numbers = range(begin, min(texts, begin + 500))
        written: list[Command] = [
            post.NewPost(post=ids.uuid7(), title=f"Number {number}", body=f"{number} {WORDS}") for number in numbers
        ]
        send_all(site.bus, [(one, Envelope(actor=person, at=ids.now())) for one in written])
    site.project()
    return person


def _leave(site: BenchSite, person: str) -> float:
    """The seconds until everything is erased."""
    began = time.perf_counter()
    until = ids.from_now(timedelta(milliseconds=1))
    departures.open_for(site.generations.control, person, until)
    site.bus.send(leaving.Leave(handle=person, words="erase", until=until), Envelope(actor=person, at=ids.now()))
    while time.perf_counter() - began < TIMEOUT_S:
        found = departures.of_account(site.generations.control, person)
        if found is not None and found.state == "done":
            return time.perf_counter() - began
        time.sleep(0.2)
    raise TimeoutError(f"not erased after {TIMEOUT_S:.0f} s")
