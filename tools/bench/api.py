"""The JSON API of a real gunicorn and projector: many programs at once, each with a token and an address of its own.

Each calls without a pause on a kept connection: a fifth are likes, else lists, posts, comments and tags. gunicorn with
2 workers of 32 threads, limits on.
"""

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from domain import account, ids
from domain.messages import Envelope
from domain.token import IssueToken
from webapp.site import tokens

from .measure import Row, error_count, per_second, percentile, stopwatch
from .site import BenchSite, build_site, posts_csv, send_all, served

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
    site = build_site(folder / "site", posts_csv(folder, size or POSTS))
    texts, posts = issue_tokens(site, CLIENTS), list(site.post_ids())
    with served(site.folder, threads=WEB_THREADS, limits="on") as (port, _):
        crowd = call_at_once(port, texts, posts, CALLS_A_CLIENT)
    site.close()
    p50, p99 = percentile(crowd.seconds, 50), percentile(crowd.seconds, 99)
    yield Row(
        name=f"API: {CLIENTS} programs at once",
        ours=per_second(len(crowd.seconds), "calls")(crowd.took_s),
        floor=error_count(crowd.errors),
        value=f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms ({p99 / p50:.1f} ×)",
        target=f"≤ {MAX_P99_TO_P50} ×",
        ok=not crowd.errors and p99 <= MAX_P99_TO_P50 * p50,
    )


def issue_tokens(site: BenchSite, count: int) -> list[str]:
    """Tokens as their bearers send them, each of a new account."""
    now, digest = ids.now(), tokens.secret_digest(SECRET)
    handles = {ids.uuid7(): f"program-{number}" for number in range(count)}
    send_all(site.bus, [(account.RegisterAccount(handle=one), Envelope(actor=one, at=now)) for one in handles.values()])
    for token, handle in handles.items():
        issue = IssueToken(
            token=token, handle=handle, digest=digest, scopes=("read", "write"), expires_at="2999" + now[4:]
        )
        site.bus.send(issue, Envelope(actor=handle, at=now))
    site.project()
    return [f"{token}.{SECRET}" for token in handles]


def call_at_once(port: int, tokens: Sequence[str], posts: Sequence[str], calls: int) -> Measured:
    """A program for each token, each of which calls so often."""
    measured = Measured()
    with stopwatch() as seconds, ThreadPoolExecutor(len(tokens)) as pool:
        for number, token in enumerate(tokens):
            pool.submit(_program, measured, port, number, token, posts, calls)
    measured.took_s = seconds[0]
    return measured


def _program(measured: Measured, port: int, number: int, token: str, posts: Sequence[str], calls: int) -> None:
    """Loopback has an address for everybody (Linux), so that limits count each program by itself."""
    rng = random.Random(number)
    source = (f"127.1.{number // 250}.{number % 250 + 1}", 0)
    with HTTPConnectionPool("127.0.0.1", port, ANSWER_TIMEOUT_S, retries=False, source_address=source) as pool:
        for _ in range(calls):
            call = rng.choice(WRITES if rng.random() < LIKE_SHARE else READS).format(post=rng.choice(posts))
            method, path = call.split(" ")
            began = time.perf_counter()
            try:
                status = pool.request(method, f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}).status
            except HTTPError as error:
                measured.errors.append(f"{call}: {error!r}")
                return
            measured.seconds.append(time.perf_counter() - began)
            if status != 200:
                measured.errors.append(f"{call}: {status}")
