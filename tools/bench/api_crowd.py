"""Many programs at once against a real gunicorn and a real projector: does each get its answer, and how late."""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from sqlalchemy import select

from domain import account, ids
from domain.messages import Command, Envelope
from domain.token import IssueToken
from readmodel.posts import posts
from webapp.api import authentication

from .measure import Row, percentile, rate
from .processes import served
from .rebuilding import filled
from .site import BenchSite, posts_csv

CLIENTS = 200
CALLS = 30
POSTS = 1_000
LIKES = 0.2
THREADS = 32
PATIENCE_S = 60.0
SECRET = "s" * authentication.SECRET_CHARS
READS = ("/posts", "/posts?sort=top&limit=10", "/posts/{post}", "/posts/{post}/comments", "/tags")


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """seconds of each answer, what went wrong, and how long it took in all."""

    seconds: list[float]
    faults: list[str]
    took_s: float


def run(folder: Path, size: int | None) -> Iterator[Row]:
    """size: posts; the programs are as many whatever it is."""
    path, what = posts_csv(folder, size or POSTS)
    site = filled(folder / "site", path)
    found = crowd(site, CLIENTS, CALLS)
    site.close()
    p50, p99 = percentile(found.seconds, 50), percentile(found.seconds, 99)
    yield Row(
        what=f"API: {CLIENTS} programs at once",
        ours=rate(len(found.seconds) / found.took_s, "calls"),
        floor=f"{len(found.faults)} errors",
        value=f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms ({p99 / p50:.1f} ×)",
        target="≤ 10 ×",
        ok=not found.faults and p99 <= 10 * p50,
        how=f"{CLIENTS} programs, each with a token and an address of its own on a kept connection, call {CALLS} "
        f"times without a pause: {LIKES:.0%} likes, else lists, posts, comments and tags of {what}. gunicorn with 2 "
        "workers of 32 threads and a projector, limits on; the programs are one process beside them.",
    )


def crowd(site: BenchSite, clients: int, calls: int) -> Crowd:
    """Lets so many programs call so often; the site's processes run meanwhile."""
    tokens = _tokens(site, clients)
    with site.generations.connect() as connection:
        things = list(connection.execute(select(posts.c.id)).scalars())
    with served(site.folder, threads=THREADS, limits="on") as (port, _):
        began = time.perf_counter()
        each = asyncio.run(_all(port, tokens, things, calls))
        took = time.perf_counter() - began
    seconds = [second for program in each for second in program[0]]
    faults = [fault for program in each for fault in program[1]]
    return Crowd(seconds=seconds, faults=faults, took_s=took)


def _tokens(site: BenchSite, clients: int) -> list[str]:
    commands: list[tuple[Command, Envelope]] = []
    tokens = []
    for number in range(clients):
        handle, id, now = f"program-{number}", ids.uuid7(), ids.now()
        commands.append((account.RegisterAccount(handle=handle, password_hash="none"), Envelope(actor=handle, at=now)))
        tokens.append((handle, id, now))
    site.bus.send_batch(commands)
    digest = authentication.secret_digest(SECRET)
    for handle, id, now in tokens:
        issued = IssueToken(
            token=id, handle=handle, digest=digest, scopes=("read", "write"), expires_at="2999" + now[4:]
        )
        site.bus.send(issued, Envelope(actor=handle, at=now))
    site.project()
    return [f"{id}.{SECRET}" for _, id, _ in tokens]


async def _all(port: int, tokens: list[str], things: list[str], calls: int) -> list[tuple[list[float], list[str]]]:
    programs = [_program(port, number, token, things, calls) for number, token in enumerate(tokens)]
    return await asyncio.gather(*programs)


async def _program(port: int, number: int, token: str, things: list[str], calls: int) -> tuple[list[float], list[str]]:
    """Its seconds and its faults. Loopback has an address for everybody (Linux), so limits count each by itself."""
    chance = random.Random(number)
    own = f"127.1.{number // 250}.{number % 250 + 1}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(own, 0))
    seconds, faults = [], []
    for _ in range(calls):
        post = chance.choice(things)
        likes = chance.random() < LIKES
        method = chance.choice(("PUT", "PUT", "DELETE")) if likes else "GET"
        address = f"/posts/{post}/like?wait=none" if likes else chance.choice(READS).format(post=post)
        began = time.perf_counter()
        try:
            status = await asyncio.wait_for(_call(reader, writer, method, address, token), PATIENCE_S)
        except (OSError, EOFError, TimeoutError) as error:
            faults.append(f"{method} {address}: {error!r}")
            break
        seconds.append(time.perf_counter() - began)
        if status != 200:
            faults.append(f"{method} {address}: {status}")
    writer.close()
    return seconds, faults


async def _call(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, address: str, token: str
) -> int:
    head = f"{method} /api/v1{address} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(head.encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(answer.split("content-length: ", 1)[1].split("\r\n", 1)[0])
    await reader.readexactly(length)
    return int(answer.split(" ", 2)[1])
