"""A thousand readers who watch one thread: each learns of a change, by a stream or by asking, and what that costs."""

import asyncio
import re
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from domain import comment, ids
from domain.messages import Envelope

from .crowd import crowded
from .measure import Row, percentile
from .processes import served
from .site import BenchSite

READERS = 1_000
POSTS = 1_000
THREADS = 500
"""Half of the threads may be streams: as many as there are in a process that is set up for many readers."""
POLL_S = 15.0
"""As static/js/live.js asks where no stream tells it."""
CHANGES = 5
PAUSE_S = 2.0
_PARTIAL = "HX-Request: true\r\nHX-Request-Type: partial\r\n"
_POST = re.compile(r'href="/posts/([0-9a-f-]{36})"')


class Told(msgspec.Struct):
    """streamed, asked: seconds until readers knew of a change; faults: what went wrong; streams: readers with one."""

    streamed: list[float] = []
    asked: list[float] = []
    faults: list[str] = []
    streams: int = 0


def run(folder: Path, size: int | None) -> Iterator[Row]:
    readers = size or READERS
    site = crowded(folder, POSTS)
    before, during, told = _watched(site, readers)
    site.close()
    each = (during - before) / readers
    streamed = told.streamed or [0.0]
    yield Row(
        what=f"{readers:,} live readers",
        ours=f"{told.streams:,} streams, {readers - told.streams:,} ask",
        floor=f"{len(told.faults)} errors",
        value=f"p50 {percentile(streamed, 50) * 1000:.0f} ms, p99 {percentile(streamed, 99) * 1000:.0f} ms",
        target="< 1 s",
        ok=not told.faults and percentile(streamed, 99) < 1,
        how=f"From a stored comment until streams have told of it, {CHANGES} times; gunicorn with 2 workers of "
        f"{THREADS} threads and a projector. Those without a stream ask by ETag every {POLL_S:g} s, and knew after "
        f"{percentile(told.asked or [0.0], 99):.1f} s at most. {'; '.join(sorted(set(told.faults))[:3])}",
    )
    yield Row(
        what="memory per live reader",
        ours=f"{during / 1024:,.0f} MB with {readers:,}",
        floor=f"{before / 1024:,.0f} MB with none",
        value=f"{each:.0f} KB",
        how="Resident memory of all web processes, shared pages counted once (PSS, Linux).",
    )


def _watched(site: BenchSite, readers: int) -> tuple[float, float, Told]:
    """KB of the web processes without readers and with them, and what came of it."""
    _allow_files(2 * readers + 500)
    with served(site.folder, threads=THREADS, limits="off") as (port, web):
        return asyncio.run(_all(port, site, web.pid, readers))


async def _all(port: int, site: BenchSite, web: int, readers: int) -> tuple[float, float, Told]:
    told = Told()
    changed: list[float] = []
    post = await _a_thread(port)
    await asyncio.gather(*(_ask(port, f"/posts/{post}") for _ in range(20)))
    before = _memory(web)
    tasks = []
    for _ in range(readers):
        tasks.append(asyncio.create_task(_reader(port, post, told, changed)))
        await asyncio.sleep(0.005)
    await asyncio.sleep(PAUSE_S)
    for number in range(CHANGES):
        said = comment.AddComment(comment=ids.uuid7(), post=post, body=f"News {number}")
        changed.append(time.perf_counter())
        await asyncio.to_thread(site.bus.send, said, Envelope(actor=site.somebody(), at=ids.now()))
        await asyncio.sleep(PAUSE_S)
    during = _memory(web)
    await asyncio.sleep(POLL_S)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    told.faults += [repr(one) for one in ended if not isinstance(one, asyncio.CancelledError)]
    return before, during, told


async def _reader(port: int, post: str, told: Told, changed: list[float]) -> None:
    """One who reads a thread as a page does: a stream if there is one, else asking by ETag."""
    stream, writer = await _open(port, f"/live/posts/{post}", "Accept: text/event-stream\r\n")
    try:
        status, _ = await _head(stream)
        if status == 200:
            told.streams += 1
            await _listen(stream, told, changed)
    finally:
        await _closed(writer)
    if status != 204:
        raise OSError(f"a stream answered {status}, or ended")
    await _asks(port, post, told, changed)


async def _listen(stream: asyncio.StreamReader, told: Told, changed: list[float]) -> None:
    while line := await stream.readline():
        if line.startswith(b"event: changed") and changed:
            told.streamed.append(time.perf_counter() - changed[-1])


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()


async def _asks(port: int, post: str, told: Told, changed: list[float]) -> None:
    tag, known = "", 0
    # Pages are opened at any time, so they don't ask all at once.
    await asyncio.sleep(hash(asyncio.current_task()) % 1000 / 1000 * POLL_S)
    while True:
        since = len(changed)
        status, found = await _ask(
            port, f"/posts/{post}/thread", _PARTIAL + (f"If-None-Match: {tag}\r\n" if tag else "")
        )
        if status not in (200, 304):
            raise OSError(f"a thread answered {status}")
        if status == 200 and tag and since > known:
            told.asked.append(time.perf_counter() - changed[known])
        tag, known = found or tag, since
        await asyncio.sleep(POLL_S)


async def _a_thread(port: int) -> str:
    """The post with the most comments."""
    reader, writer = await _open(port, "/?sort=discussed", "Connection: close\r\n")
    page = (await reader.read()).decode(errors="replace")
    await _closed(writer)
    found = _POST.search(page)
    if found is None:
        raise RuntimeError("the site shows no post")
    return found[1]


async def _ask(port: int, path: str, headers: str = "") -> tuple[int, str]:
    """The status of an answer, and its ETag."""
    reader, writer = await _open(port, path, headers + "Connection: close\r\n")
    try:
        head = await _head(reader)
        await reader.read()
    finally:
        await _closed(writer)
    return head


async def _open(port: int, path: str, headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode())
    return reader, writer


async def _head(reader: asyncio.StreamReader) -> tuple[int, str]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    tag = next((line[6:] for line in lines if line.lower().startswith("etag: ")), "")
    return int(lines[0].split()[1]), tag


def _memory(parent: int) -> float:
    """KB of a process and its children, shared pages in equal parts (PSS)."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return sum(_pss(process) for process in (str(parent), *children))


def _pss(process: str) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _allow_files(wanted: int) -> None:
    """A connection is an open file, here and in the processes that are started from here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
