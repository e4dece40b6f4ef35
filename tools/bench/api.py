"""The JSON API of a real gunicorn and projector: many programs at once, each with a token of its own."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from domain import account, ids
from domain.messages import Command, Envelope
from domain.token import IssueToken
from webapp.site import tokens

from .measure import Row, percentile, rate, stopwatch
from .site import BenchSite, build_site, posts_csv, served

CLIENTS = 200
CALLS_A_CLIENT = 30
POSTS = 1_000
LIKE_SHARE = 0.2
MAX_P99_TO_P50 = 10
WEB_THREADS = 32
ANSWER_TIMEOUT_S = 60.0
SECRET = "s" * tokens.SECRET_CHARS
LIKE, UNLIKE = "PUT /posts/{post}/like?wait=none", "DELETE /posts/{post}/like?wait=none"
WRITES = (LIKE, LIKE, UNLIKE)
READS = ("GET /posts", "GET /posts?sort=top&limit=10", "GET /posts/{post}", "GET /posts/{post}/comments", "GET /tags")


class Measured(msgspec.Struct, kw_only=True):
    """seconds of each answer, errors in words, and how long all of it took."""

    seconds: list[float] = []
    errors: list[str] = []
    took_s: float = 0.0


def run(folder: Path, size: int | None) -> Iterator[Row]:
    """size: posts; there are as many programs whatever it is."""
    path, source = posts_csv(folder, size or POSTS)
    site = build_site(folder / "site", path)
    texts, posts = issue_tokens(site, CLIENTS), list(site.post_ids())
    with served(site.folder, threads=WEB_THREADS, limits="on") as (port, _):
        crowd = call_at_once(port, texts, posts, CALLS_A_CLIENT)
    site.close()
    p50, p99 = percentile(crowd.seconds, 50), percentile(crowd.seconds, 99)
    yield Row(
        name=f"API: {CLIENTS} programs at once",
        ours=rate(len(crowd.seconds) / crowd.took_s, "calls"),
        floor=f"{len(crowd.errors)} errors",
        value=f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms ({p99 / p50:.1f} ×)",
        target=f"≤ {MAX_P99_TO_P50} ×",
        ok=not crowd.errors and p99 <= MAX_P99_TO_P50 * p50,
        method=f"{CLIENTS} programs, each with a token and an address of its own on a kept connection, call "
        f"{CALLS_A_CLIENT} times without a pause: {LIKE_SHARE:.0%} likes, else lists, posts, comments and tags of "
        f"{source}. gunicorn with 2 workers of {WEB_THREADS} threads and a projector, limits on. "
        f"{'; '.join(sorted(set(crowd.errors))[:3])}",
    )


def issue_tokens(site: BenchSite, count: int) -> list[str]:
    """Tokens as their bearers send them, each of a new account."""
    handles, now = [f"program-{number}" for number in range(count)], ids.now()
    commands: list[tuple[Command, Envelope]] = [
        (account.RegisterAccount(handle=handle, password_hash="none"), Envelope(actor=handle, at=now))
        for handle in handles
    ]
    site.bus.send_batch(commands)
    digest, expiry, made = tokens.secret_digest(SECRET), "2999" + now[4:], []
    for handle in handles:
        made.append(ids.uuid7())
        site.bus.send(
            IssueToken(token=made[-1], handle=handle, digest=digest, scopes=("read", "write"), expires_at=expiry),
            Envelope(actor=handle, at=now),
        )
    site.project()
    return [f"{id}.{SECRET}" for id in made]


def call_at_once(port: int, tokens: Sequence[str], posts: Sequence[str], calls: int) -> Measured:
    """A program for each token, each of which calls so often."""

    measured = Measured()

    async def all_programs() -> None:
        await asyncio.gather(
            *(_program(measured, port, number, token, posts, calls) for number, token in enumerate(tokens))
        )

    with stopwatch() as seconds:
        asyncio.run(all_programs())
    measured.took_s = seconds[0]
    return measured


async def _program(measured: Measured, port: int, number: int, token: str, posts: Sequence[str], calls: int) -> None:
    """Loopback has an address for everybody (Linux), so that limits count each program by itself."""
    rng = random.Random(number)
    address = f"127.1.{number // 250}.{number % 250 + 1}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    for _ in range(calls):
        call = rng.choice(WRITES if rng.random() < LIKE_SHARE else READS).format(post=rng.choice(posts))
        began = time.perf_counter()
        try:
            status = await asyncio.wait_for(_call(reader, writer, call, token), ANSWER_TIMEOUT_S)
        except (OSError, EOFError, TimeoutError) as error:
            measured.errors.append(f"{call}: {error!r}")
            break
        measured.seconds.append(time.perf_counter() - began)
        if status != 200:
            measured.errors.append(f"{call}: {status}")
    writer.close()


async def _call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, call: str, token: str) -> int:
    method, path = call.split(" ")
    head = f"{method} /api/v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(head.encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    await reader.readexactly(int(answer.split("content-length: ", 1)[1].split("\r\n", 1)[0]))
    return int(answer.split(" ", 2)[1])
