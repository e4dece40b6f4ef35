"""A thousand live readers of one thread: each learns of a change, by a stream or by polling, and what that costs.

From a stored comment until streams have announced it, a few times; gunicorn with 2 workers of 500 threads and a
projector; who gets no stream polls by ETag. Memory is that of all web processes, shared pages counted once (PSS).
"""

import asyncio
import random
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
from sqlalchemy import select

from domain import comment, ids
from domain.messages import Envelope
from readmodel.posts import posts
from tools.drill.processes import Supervisor

from .measure import Row, error_count, percentile
from .site import BenchSite, build_scaled_site, served

READERS = 1_000
POSTS = 1_000
WEB_THREADS = 500
"""Half of the threads may be streams: as many as there are in a process that is set up for many readers."""
POLL_INTERVAL_S = 15.0
"""As static/js/live.js polls where it has no stream."""
CHANGES = 5
PAUSE_S = 2.0
OPEN_INTERVAL_S = 0.005
WARM_UP_REQUESTS = 20
MAX_STREAM_LATENCY_S = 1
PARTIAL_HEADERS = "HX-Request: true\r\nHX-Request-Type: partial\r\n"


class Measured(msgspec.Struct):
    """Seconds until streams announced a change; how many readers had a stream; errors in words.

    idle_kb, busy_kb: memory of the web's processes without readers and with them.
    """

    stream_seconds: list[float] = []
    streams: int = 0
    errors: list[str] = []
    idle_kb: float = 0.0
    busy_kb: float = 0.0


def run(folder: Path, size: int | None) -> Iterator[Row]:
    readers = size or READERS
    _raise_open_file_limit(2 * readers + 500)
    site = build_scaled_site(folder, POSTS)
    with served(site.folder, threads=WEB_THREADS, limits="off") as (port, supervisor):
        measured = asyncio.run(_Thread(site, port).watched_by(readers, supervisor))
    site.close()
    seconds = measured.stream_seconds or [0.0]
    yield Row(
        name=f"{readers:,} live readers",
        ours=f"{measured.streams:,} streams, {readers - measured.streams:,} poll",
        floor=error_count(measured.errors),
        value=f"p50 {percentile(seconds, 50) * 1000:.0f} ms, p99 {percentile(seconds, 99) * 1000:.0f} ms",
        target=f"< {MAX_STREAM_LATENCY_S} s",
        ok=not measured.errors and percentile(seconds, 99) < MAX_STREAM_LATENCY_S,
    )
    yield Row(
        name="memory per live reader",
        ours=f"{measured.busy_kb / 1024:,.0f} MB with {readers:,}",
        floor=f"{measured.idle_kb / 1024:,.0f} MB with none",
        value=f"{(measured.busy_kb - measured.idle_kb) / readers:.0f} KB",
    )


class _Thread:
    """The thread with the most comments, its readers, and when it changed."""

    def __init__(self, site: BenchSite, port: int) -> None:
        self._site, self._port = site, port
        self._measured = Measured()
        self._changed_at: list[float] = []
        with site.generations.connect() as connection:
            most_discussed = select(posts.c.id).order_by(posts.c.comments.desc()).limit(1)
            self._post: str = connection.execute(most_discussed).scalar_one()

    async def watched_by(self, readers: int, supervisor: Supervisor) -> Measured:
        await asyncio.gather(*(self._get(f"/posts/{self._post}") for _ in range(WARM_UP_REQUESTS)))
        self._measured.idle_kb = _web_kb(supervisor)
        tasks = []
        for _ in range(readers):
            tasks.append(asyncio.create_task(self._read()))
            await asyncio.sleep(OPEN_INTERVAL_S)
        await asyncio.sleep(PAUSE_S)
        for number in range(CHANGES):
            await self._change(number)
        self._measured.busy_kb = _web_kb(supervisor)
        await asyncio.sleep(POLL_INTERVAL_S)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        self._measured.errors += [repr(one) for one in ended if not isinstance(one, asyncio.CancelledError)]
        return self._measured

    async def _change(self, number: int) -> None:
        command = comment.AddComment(comment=ids.uuid7(), post=self._post, body=f"News {number}")
        envelope = Envelope(actor=self._site.authors()[0], at=ids.now())
        self._changed_at.append(time.perf_counter())
        await asyncio.to_thread(self._site.bus.send, command, envelope)
        await asyncio.sleep(PAUSE_S)

    async def _read(self) -> None:
        """As a page does: a stream if there is one for it, else polling."""
        stream, writer = await self._open(f"/live/posts/{self._post}", "Accept: text/event-stream\r\n")
        try:
            status, _ = await _head(stream)
            if status == 200:
                self._measured.streams += 1
                await self._listen(stream)
        finally:
            await _close(writer)
        if status != 204:
            raise OSError(f"a stream answered {status}, or ended")
        await self._poll()

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            if line.startswith(b"event: changed") and self._changed_at:
                self._measured.stream_seconds.append(time.perf_counter() - self._changed_at[-1])

    async def _poll(self) -> None:
        etag = ""
        # Pages are opened at any time, so they don't poll all at once.
        await asyncio.sleep(random.uniform(0, POLL_INTERVAL_S))
        while True:
            conditional = f"If-None-Match: {etag}\r\n" if etag else ""
            status, new_etag = await self._get(f"/posts/{self._post}/thread", PARTIAL_HEADERS + conditional)
            if status not in (200, 304):
                raise OSError(f"a thread answered {status}")
            etag = new_etag or etag
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _get(self, path: str, headers: str = "") -> tuple[int, str]:
        """The status of an answer, and its ETag."""
        reader, writer = await self._open(path, headers + "Connection: close\r\n")
        try:
            head = await _head(reader)
            await reader.read()
        finally:
            await _close(writer)
        return head

    async def _open(self, path: str, headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode())
        return reader, writer


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()


async def _head(reader: asyncio.StreamReader) -> tuple[int, str]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    etag = next((line[6:] for line in lines if line.lower().startswith("etag: ")), "")
    return int(lines[0].split()[1]), etag


def _web_kb(supervisor: Supervisor) -> float:
    """KB of gunicorn and its workers, shared pages in equal parts (PSS)."""
    maps = [
        Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in (supervisor.pid("web"), *supervisor.children("web"))
    ]
    return sum(float(line.split()[1]) for text in maps for line in text.splitlines() if line.startswith("Pss:"))


def _raise_open_file_limit(wanted: int) -> None:
    """A connection is an open file, here and in the processes that are started from here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
