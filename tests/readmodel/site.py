"""A store, the command bus and one SQLite read model, folded when a test says so."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine

from domain import account, comment, ids, like, post, rights
from domain.bus import CommandBus
from domain.commit import Commit
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from readmodel import catalogue
from readmodel.engine import schema
from readmodel.engine.model import Fact
from readmodel.engine.queries import Query
from tests.people import id_of

CODEC = EventCodec()


def empty_tables() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        _driver(connection).deserialize(_empty_database())
    return engine


@cache
def _empty_database() -> bytes:
    """Made once: a hundred tables and indexes take longer than most stories that are folded into them."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    schema.metadata.create_all(engine)
    with engine.connect() as connection:
        return _driver(connection).serialize()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def facts_of(commits: Sequence[Commit]) -> list[Fact]:
    return [
        Fact(
            event=CODEC.decode(stored, commit),
            stream=commit.stream,
            version=version,
            actor=commit.actor,
            at=commit.at,
            commit=commit.id,
            position=commit.position or 0,
            erased=stored.erased,
        )
        for commit in commits
        for version, stored in enumerate(commit.events, commit.first)
    ]


def fold(engine: Engine, facts: Sequence[Fact], batch: int = 1_000) -> None:
    for at in range(0, len(facts), batch):
        with engine.begin() as connection:
            catalogue.apply(connection, facts[at : at + batch])


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every read model as SQLite holds it, in order of the primary key."""
    with engine.connect() as connection:
        return {table.name: _raw(connection, table) for model in catalogue.READ_MODELS for table in model.tables}


def _raw(connection: Connection, table: Any) -> list[tuple[Any, ...]]:
    names = ", ".join(column.name for column in table.primary_key)
    return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table.name} ORDER BY {names}")]


class Site:
    """Commands go in, answers come out. One second passes with each command."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteEventStore(folder / "events.db")
        self.bus = CommandBus(self.store, CODEC, all_handlers())
        self.engine = empty_tables()
        self.facts: list[Fact] = []
        """All there were, each as it was when it was new."""
        self._seconds = 0

    def send(self, command: Command, actor: str = "ann") -> None:
        self._seconds += 1
        at = f"2026-01-01T{self._seconds // 3600:02}:{self._seconds // 60 % 60:02}:{self._seconds % 60:02}.000000Z"
        self.bus.send(command, Envelope(actor=actor, at=at))
        new = facts_of(self.store.read(self.facts[-1].position if self.facts else 0, 100))
        fold(self.engine, new)
        self.facts += new

    def stored(self) -> list[Fact]:
        """The facts as the store has them now: without what has been erased."""
        return facts_of(self.store.read(0, 100_000))

    def ask(self, query: Query) -> Any:
        with self.engine.connect() as connection:
            return catalogue.answer(connection, query)

    def people(self, *handles: str) -> None:
        for handle in handles:
            self.send(account.RegisterAccount(account=id_of(handle), handle=handle), handle)

    def staff(self) -> None:
        """mod is a moderator, root an admin."""
        self.people("mod", "root")
        for handle, role in (("mod", "moderator"), ("root", "admin")):
            self.send(account.GrantRole(handle=handle, role=role), rights.OPERATOR)

    def publish(self, title: str = "A title", body: str = "Words.", by: str = "ann") -> str:
        id = ids.uuid7()
        self.send(post.NewPost(post=id, title=title, body=body), by)
        return id

    def comment(self, on: str, body: str = "Well.", by: str = "bob", parent: str | None = None) -> str:
        id = ids.uuid7()
        self.send(comment.AddComment(comment=id, post=on, body=body, parent=parent), by)
        return id

    def like(self, target: str, *handles: str) -> None:
        for handle in handles:
            self.send(like.Like(target=target), handle)

    def close(self) -> None:
        self.engine.dispose()
        self.store.close()
