"""A like and a query through the API, against bare Flask doing the same work."""

import hashlib
import hmac
import io
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import orjson
from flask import Flask, Response, request
from sqlalchemy import Engine, desc, select
from werkzeug.test import create_environ

from domain import account, ids
from domain.bus import CommandBus
from domain.commit import Commit
from domain.like import Liked
from domain.messages import Envelope
from domain.post import stream
from domain.token import IssueToken
from eventstore.codec import EventCodec
from eventstore.sqlite import SqliteEventStore
from readmodel.posts import posts
from readmodel.sessions import SqlSessions
from webapp import create_app
from webapp.api import callers, limits
from webapp.counting import Limit
from webapp.logs import configure
from webapp.site import Settings, Site

from .measure import Row, Timed, compared, in_turns, stopwatch
from .rebuilding import filled
from .site import BenchSite, posts_csv

POSTS = 3_000
TURNS = 60
A_TURN = 20
LIMIT = 30
SECRET = "s" * callers.SECRET
HANDLE = "bench-reader"
TABLES = """
CREATE TABLE tokens (id TEXT PRIMARY KEY, handle TEXT NOT NULL, digest TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE accounts (handle TEXT PRIMARY KEY, suspended INTEGER NOT NULL);
CREATE TABLE posts (id TEXT PRIMARY KEY, removed INTEGER NOT NULL);
"""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size or POSTS)
    site = filled(folder / "site", path)
    with _logging(folder / "log"), _without_end():
        ours = _ours(site)
        token = _token(site.bus)
        yield _like(folder, site, ours, token)
        yield _query(site, ours, what)
    site.close()


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    """Every call writes its line, as served; afterwards logging is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure("json")
    with path.open("w") as file:
        handler = root.handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(file)
        yield
        root.handlers[:], root.level = before


@contextmanager
def _without_end() -> Iterator[None]:
    """Every call is counted, and none is too much."""
    before = limits.READS, limits.WRITES, limits.STRANGERS
    limits.READS = limits.WRITES = limits.STRANGERS = Limit(10**9, 60)
    yield
    limits.READS, limits.WRITES, limits.STRANGERS = before


def _ours(site: BenchSite) -> Flask:
    """The site as served: with rights, limits, request ids, counts and a line of JSON in the log for each call."""
    settings = Settings(secret_key="bench", wait_s=0.0)
    sessions = SqlSessions(site.generations.control)
    return create_app(Site(bus=site.bus, live=site.generations, sessions=sessions, settings=settings))


def _token(bus: CommandBus) -> str:
    """A token of a new account, as its bearer sends it."""
    now, id = ids.now(), ids.uuid7()
    envelope = Envelope(actor=HANDLE, at=now)
    bus.send(account.RegisterAccount(handle=HANDLE, password_hash="none"), envelope)
    issued = IssueToken(
        token=id, handle=HANDLE, digest=callers.digest(SECRET), scopes=("read", "write"), expires_at="2999" + now[4:]
    )
    bus.send(issued, envelope)
    return f"{id}.{SECRET}"


def _like(folder: Path, site: BenchSite, ours: Flask, token: str) -> Row:
    everything = [id for (id,) in _ask(site, select(posts.c.id))]
    turns = min(TURNS, len(everything) // A_TURN)
    floor = _bare_likes(folder / "floor.db", token, everything)
    return compared(
        "API: like / bare Flask",
        in_turns(_likes(ours, token, everything), _likes(floor, token, everything), turns),
        units=A_TURN,
        unit="likes",
        target=0.8,
        how="PUT /api/v1/posts/{id}/like?wait=none as WSGI calls, each of another post. Floor: Flask with a route that "
        "finds the token by its id, compares the sha256 and its end, refuses a body, looks the account and the post up "
        "(a row each, by primary key) and appends the same document to a store of the same kind, SqliteEventStore. "
        "It has no limits, scopes, roles, ids of requests, log or counts, and folds no streams.",
    )


def _query(site: BenchSite, ours: Flask, what: str) -> Row:
    floor = _bare_query(site.generations.live().engine)
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


def _bare_likes(path: Path, token: str, everything: list[str]) -> Flask:
    """The floor of a like: the same rules by rows that are kept for it, and the same document."""
    app = Flask("bare")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    store = SqliteEventStore(path)
    rows = sqlite3.connect(path.with_suffix(".rows"), isolation_level=None, check_same_thread=False)
    rows.executescript(TABLES)
    id, _, secret = token.partition(".")
    rows.execute("INSERT INTO tokens VALUES (?, ?, ?, ?)", (id, HANDLE, callers.digest(secret), "2999"))
    rows.execute("INSERT INTO accounts VALUES (?, 0)", (HANDLE,))
    rows.executemany("INSERT INTO posts VALUES (?, 0)", [(id,) for id in everything])

    @app.put("/api/v1/posts/<post>/like")
    def like(post: str) -> Response:
        kind, _, text = request.headers["Authorization"].partition(" ")
        found = rows.execute("SELECT handle, digest, expires_at FROM tokens WHERE id = ?", (text[:36],)).fetchone()
        right = hmac.compare_digest(hashlib.sha256(text[37:].encode()).hexdigest(), found[1])
        suspended = rows.execute("SELECT suspended FROM accounts WHERE handle = ?", (found[0],)).fetchone()
        removed = rows.execute("SELECT removed FROM posts WHERE id = ?", (post,)).fetchone()
        now = ids.now()
        if kind != "Bearer" or not right or found[2] < now or suspended[0] or removed[0] or request.get_data():
            return Response(status=400)
        store.append(_liked(post, found[0], now))
        answer = orjson.dumps({"id": post, "version": 1, "liked": True})
        return Response(answer, mimetype="application/json")

    return app


def _liked(post: str, handle: str, now: str) -> Commit:
    event = EventCodec().encode(Liked(target=stream(post), thread=post, handle=handle))
    return Commit(
        actor=handle, at=now, events=(event,), first=1, id=ids.uuid7(), key=post, stream=f"like-post-{post}-{handle}"
    )


def _bare_query(engine: Engine) -> Flask:
    app = Flask("bare")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    wanted = select(posts).where(posts.c.removed == False).order_by(desc("created_at"), desc("id"))  # noqa: E712
    names = [str(column.name) for column in posts.columns]

    @app.get("/api/v1/posts")
    def query() -> Response:
        with engine.connect() as connection:
            rows = connection.execute(wanted.limit(int(request.args["limit"]) + 1)).all()[:-1]
        items = [dict(zip(names, row, strict=True)) for row in rows]
        for item in items:
            item["tags"] = item["tags"].split()
            item["liked"] = False
        return Response(orjson.dumps({"items": items, "next": None}), mimetype="application/json")

    return app


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
    answer.close()  # type: ignore[attr-defined]
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{statuses[0]}: {body[:500]!r}")
    return body


def _ask(site: BenchSite, statement: Any) -> list[Any]:
    with site.generations.connect() as connection:
        return list(connection.execute(statement))
