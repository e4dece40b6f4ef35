"""What a call of the API is measured against: bare Flask with the same checks in plain code, and the same rows.

Nothing here is slowed, and nothing is done that isn't a check or the work itself: no log, no counts for Prometheus, no
ids of requests, no headers beside the body's, no rules folded from events; a chain only where our store makes it.
"""

import hashlib
import hmac
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson
from flask import Flask, Response, abort, request
from sqlalchemy import Engine, bindparam, desc, select

from domain import ids
from domain.commit import Commit
from domain.like import Liked
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from readmodel.engine.engines import reading
from readmodel.posts import posts
from webapp.api.schema.request_bodies import Waiting
from webapp.server.rate_counters import Counts, Limit

TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, handle TEXT NOT NULL, digest TEXT NOT NULL, scopes TEXT NOT NULL, expires_at TEXT NOT NULL,
    revoked INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS accounts (handle TEXT PRIMARY KEY, suspended INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS posts (id TEXT PRIMARY KEY, removed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS commits (
    position INTEGER PRIMARY KEY, stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, command_id TEXT,
    chain TEXT NOT NULL, document BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS one_a_version ON commits (stream, first);
CREATE UNIQUE INDEX IF NOT EXISTS one_a_command ON commits (command_id) WHERE command_id IS NOT NULL;
"""
TOKEN = "SELECT handle, digest, scopes, expires_at, revoked FROM tokens WHERE id = ?"
LIKED = "SELECT last FROM commits WHERE stream = ? ORDER BY first DESC LIMIT 1"
INSERT = "INSERT INTO commits (stream, first, last, command_id, chain, document) VALUES (?, ?, ?, ?, ?, ?)"
CHAIN = "0" * 64
Insert = Callable[[str, str, str | None, str], None]
"""Stores that this post is liked by this handle, under this command id, at this moment. Once: a second one raises."""


class Rows(threading.local):
    """One file with rows for the checks and with commits, opened once a thread."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript(TABLES)
        self.execute, self.executemany, self.close = connection.execute, connection.executemany, connection.close

    def fill(self, token: str, handle: str, everything: list[str]) -> None:
        id, _, secret = token.partition(".")
        digest = hashlib.sha256(secret.encode()).hexdigest()
        self.execute("INSERT INTO tokens VALUES (?, ?, ?, 'read write', '2999', 0)", (id, handle, digest))
        self.execute("INSERT INTO accounts VALUES (?, 0)", (handle,))
        self.executemany("INSERT OR IGNORE INTO posts VALUES (?, 0)", [(id,) for id in everything])


def bare(rows: Rows) -> Insert:
    """A row of the same columns, its document what there is to say."""

    def insert(post: str, handle: str, command_id: str | None, now: str) -> None:
        document = orjson.dumps({"actor": handle, "at": now, "target": f"post-{post}", "type": "Liked"})
        execute = rows.execute
        execute("BEGIN IMMEDIATE")
        try:
            execute(INSERT, (f"like-post-{post}-{handle}", 1, 1, command_id, CHAIN, document))
            execute("COMMIT")
        except sqlite3.Error:
            execute("ROLLBACK")
            raise

    return insert


def by_our_store(store: SqliteEventStore) -> Insert:
    """The very commit that our site stores, by the store that it has."""
    codec = EventCodec()

    def insert(post: str, handle: str, command_id: str | None, now: str) -> None:
        event = codec.encode(Liked(target=f"post-{post}", thread=post, handle=handle))
        stream = f"like-post-{post}-{handle}"
        store.append(
            Commit(
                actor=handle, at=now, command_id=command_id, events=(event,), first=1, id=ids.uuid7(), key=post,
                stream=stream,
            )
        )  # fmt: skip

    return insert


def likes(rows: Rows, insert: Insert, counts: Counts, limit: Limit) -> Flask:
    """PUT /posts/{id}/like: refused where the API refuses it, else the like is stored once."""
    app = Flask("bare")
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.put("/api/v1/posts/<uuid:post>/like")
    def like(post: Any) -> Response:
        if counts.hit(limit, f"address:{request.remote_addr}").over:
            abort(429)
        now, given = ids.now(), request.args.to_dict(flat=False)
        token, handle = _bearer(rows, now)
        if counts.hit(limit, f"token:{token}").over:
            abort(429)
        if any(len(values) > 1 for values in given.values()):
            abort(400)
        try:
            msgspec.convert({name: values[0] for name, values in given.items()}, Waiting, strict=False)
        except msgspec.ValidationError:
            abort(422)
        _check_rights(rows, handle, str(post))
        if rows.execute(LIKED, (f"like-post-{post}-{handle}",)).fetchone() is None:
            key = request.headers.get("Idempotency-Key")
            insert(str(post), handle, key and f"{handle}:{key}", now)
        answer = orjson.dumps({"id": str(post), "version": 1, "liked": True})
        return Response(answer, mimetype="application/json")

    return app


def _bearer(rows: Rows, now: str) -> tuple[str, str]:
    """The token that came, if it holds and may write, and whose it is."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    id, _, secret = text.partition(".")
    token = rows.execute(TOKEN, (id,)).fetchone()
    if kind.lower() != "bearer" or token is None:
        abort(401)
    handle, digest, scopes, expires_at, revoked = token
    right = hmac.compare_digest(hashlib.sha256(secret.encode()).hexdigest(), digest)
    if not right or revoked or expires_at <= now:
        abort(401)
    if "write" not in scopes.split():
        abort(403)
    return id, handle


def _check_rights(rows: Rows, handle: str, post: str) -> None:
    account = rows.execute("SELECT suspended FROM accounts WHERE handle = ?", (handle,)).fetchone()
    if account is None or account[0]:
        abort(403)
    found = rows.execute("SELECT removed FROM posts WHERE id = ?", (post,)).fetchone()
    if found is None:
        abort(404)
    if found[0]:
        abort(410)


def posts_listed(engine: Engine) -> Flask:
    """GET /posts: the rows of the same statement, made once, by the same engine without transactions."""
    app = Flask("bare")
    app.config["PROPAGATE_EXCEPTIONS"] = True
    wanted = select(posts).where(posts.c.removed == False).order_by(desc("created_at"), desc("id"))  # noqa: E712
    wanted, reader = wanted.limit(bindparam("most")), reading(engine)
    names = [str(column.name) for column in posts.columns]

    @app.get("/api/v1/posts")
    def query() -> Response:
        with reader.connect() as connection:
            rows = connection.execute(wanted, {"most": int(request.args["limit"]) + 1}).all()[:-1]
        items = [dict(zip(names, row, strict=True)) for row in rows]
        for item in items:
            item["tags"] = item["tags"].split()
            item["liked"] = False
        return Response(orjson.dumps({"items": items, "next": None}), mimetype="application/json")

    return app
