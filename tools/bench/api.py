"""A like and a query through the API, against bare Flask doing the same work."""

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask
from sqlalchemy import select
from werkzeug.test import create_environ

import logs
from domain import account, ids
from domain.bus import CommandBus
from domain.messages import Envelope
from domain.token import IssueToken
from eventstore.sqlite.store import SqliteEventStore
from operational.sessions import SqlSessions
from readmodel.generations.lag import LagMeter
from readmodel.generations.store_match import StoreMatch
from readmodel.posts import posts
from webapp import create_app
from webapp.api import authentication, rate_limits
from webapp.server.logs import add_request_id
from webapp.server.rate_counters import Counts, Limit
from webapp.site.site import Settings, Site

from . import api_floors
from .measure import Row, Timed, compared, in_turns, stopwatch
from .rebuilding import filled
from .site import BenchSite, posts_csv

POSTS = 3_000
TURNS = 60
A_TURN = 20
LIMIT = 30
SECRET = "s" * authentication.SECRET_CHARS
HOW = (
    "Wall time, since it waits for the disk. PUT /api/v1/posts/{id}/like?wait=none as WSGI calls, each of another "
    "post. Floor: Flask with one route and the same checks on rows of its own: both limits by a file of counts, the "
    "token by its id (sha256 of the secret, end, revoked, scope), parameters once and in their type, the account "
    "stands, the post is there and not removed, not liked yet; then a row of the same columns under the same unique "
    "keys by bare sqlite3, synchronous=FULL. It makes no chain, ids, log, counts for Prometheus or further headers."
)
HOW_STORE = "The same with the same insert: the floor makes and stores the commit that ours does, by SqliteEventStore."
ENDLESS = Limit(10**9, 60)
"""Every call is counted, and none is too much."""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size or POSTS)
    site = filled(folder / "site", path)
    with _logging(folder / "log"), _without_end():
        ours = _ours(site)
        rows = api_floors.Rows(folder / "floor.db")
        yield _like(site, ours, rows, api_floors.bare(rows), HOW)
        store = SqliteEventStore(folder / "floor-events.db")
        yield _like(site, ours, rows, api_floors.by_our_store(store), HOW_STORE, 0.8)
        store.close()
        rows.close()
        yield _query(site, ours, what)
    site.close()


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    """Every call writes its line, as served; afterwards logging is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("json", [add_request_id])
    with path.open("w") as file:
        handler = root.handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(file)
        yield
        root.handlers[:], root.level = before


@contextmanager
def _without_end() -> Iterator[None]:
    before = rate_limits.READS_OF_TOKEN, rate_limits.WRITES_OF_TOKEN, rate_limits.CALLS_OF_ADDRESS
    rate_limits.READS_OF_TOKEN = rate_limits.WRITES_OF_TOKEN = rate_limits.CALLS_OF_ADDRESS = ENDLESS
    yield
    rate_limits.READS_OF_TOKEN, rate_limits.WRITES_OF_TOKEN, rate_limits.CALLS_OF_ADDRESS = before


def _ours(site: BenchSite) -> Flask:
    """The site as served: with rights, limits, request ids, counts and a line of JSON in the log for each call."""
    settings, counts = Settings(secret_key="bench", wait_s=0.0), Counts(site.folder / "counts", "bench")
    sessions = SqlSessions(site.generations.control)
    lag = LagMeter(site.store, site.generations.connect, lambda _key, _partitions: 0).measure
    belonging = StoreMatch(site.store, site.generations.connect)
    return create_app(
        Site(
            belonging=belonging,
            bus=site.bus,
            counts=counts,
            live=site.generations,
            lag=lag,
            sessions=sessions,
            settings=settings,
        )
    )


def _token(bus: CommandBus, handle: str = "bench-reader") -> str:
    """A token of a new account, as its bearer sends it."""
    now, id = ids.now(), ids.uuid7()
    envelope = Envelope(actor=handle, at=now)
    bus.send(account.RegisterAccount(handle=handle, password_hash="none"), envelope)
    issued = IssueToken(
        token=id,
        handle=handle,
        digest=authentication.secret_digest(SECRET),
        scopes=("read", "write"),
        expires_at="2999" + now[4:],
    )
    bus.send(issued, envelope)
    return f"{id}.{SECRET}"


def _like(
    site: BenchSite,
    ours: Flask,
    rows: api_floors.Rows,
    insert: api_floors.Insert,
    how: str,
    target: float | None = None,
) -> Row:
    handle = insert.__qualname__.partition(".")[0].replace("_", "-")
    token, everything = _token(site.bus, handle), [id for (id,) in _ask(site, select(posts.c.id))]
    rows.fill(token, handle, everything)
    floor = api_floors.likes(rows, insert, Counts(site.folder / "floor-counts", "floor"), ENDLESS)
    turns = min(TURNS, len(everything) // A_TURN)
    return compared(
        f"API: like / bare Flask, {handle}",
        in_turns(_likes(ours, token, everything), _likes(floor, token, everything), turns),
        units=A_TURN,
        unit="likes",
        target=target,
        how=how,
    )


def _query(site: BenchSite, ours: Flask, what: str) -> Row:
    floor = api_floors.posts_listed(site.generations.live().engine)
    environ = create_environ(f"/api/v1/posts?limit={LIMIT}")
    if msgspec.json.decode(_call(ours, environ))["items"] != msgspec.json.decode(_call(floor, environ))["items"]:
        raise RuntimeError("the two answers differ")
    return compared(
        "API: query / bare Flask, orjson",
        in_turns(_calls(ours, environ), _calls(floor, environ), TURNS),
        units=A_TURN,
        unit="queries",
        target=0.8,
        how="By the processor time of the thread, since nothing is waited for. "
        f"GET /api/v1/posts?limit={LIMIT} as WSGI calls, for a stranger: {what}, "
        f"{len(_call(ours, environ)):,} bytes. Floor: Flask with one route that runs the same statement on the same "
        "engine, makes a dict of each row and serialises them with orjson. It has no cursor, limits, log or counts.",
    )


def _likes(app: Flask, token: str, everything: list[str]) -> Timed:
    left = iter(everything)

    def turn() -> float:
        headers = {"Authorization": f"Bearer {token}"}
        calls = [
            create_environ(f"/api/v1/posts/{next(left)}/like?wait=none", method="PUT", headers=headers)
            for _ in range(A_TURN)
        ]
        with stopwatch() as seconds:
            for environ in calls:
                _call(app, environ)
        return seconds[0]

    return turn


def _calls(app: Flask, environ: dict[str, Any]) -> Timed:
    def turn() -> float:
        began = time.thread_time()
        for _ in range(A_TURN):
            _call(app, environ)
        return time.thread_time() - began

    return turn


def _call(app: Flask, environ: dict[str, Any]) -> bytes:
    """As a server calls it, without werkzeug's test client, whose work grows with the headers."""
    statuses: list[str] = []

    def begin(status: str, _headers: Any, _error: Any = None) -> Any:
        statuses.append(status)

    answer = app({**environ, "wsgi.input": io.BytesIO()}, begin)
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{statuses[0]}: {body[:500]!r}")
    return body


def _ask(site: BenchSite, statement: Any) -> list[Any]:
    with site.generations.connect() as connection:
        return list(connection.execute(statement))
