"""A whole site in a folder: a SQLite store, and a read model that is projected within each command."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain import account, comment, ids, like, post
from domain.bus import CommandBus, operator
from domain.handlers import all_handlers
from domain.messages import Command, Envelope, Receipt
from domain.signing import SiteKeys
from eventstore.codec import EventCodec
from eventstore.log.protocol import StoreLog
from eventstore.sqlite.store import SqliteEventStore
from operational import moderation_cursor
from operational.sessions import SqlSessions
from projector.folding import CommitFolder
from projector.worker import Worker
from readmodel.generations.generations import Generations
from readmodel.generations.lag import LagMeter
from readmodel.generations.store_match import StoreMatch
from tests.people import id_of
from tests.webapp.html_pages import Page, page
from webapp import create_app
from webapp.server import metrics
from webapp.site import passwords
from webapp.site.rate_counters import Counts
from webapp.site.site import Settings, Site, WebProcess


class InlineBus(CommandBus):
    """Projects what each command stored before it answers, unless the projector is to lag."""

    def __init__(self, store: SqliteEventStore, followed: SqliteEventStore, generations: Generations) -> None:
        """followed: the same store, opened again, since a connection isn't told of its own commits."""
        super().__init__(store, EventCodec(), all_handlers())
        self.lags = False
        self._projector = Worker(generations, StoreLog(followed), CommitFolder(followed, EventCodec()))

    def send(self, command: Command, envelope: Envelope) -> Receipt:
        receipt = super().send(command, envelope)
        if not self.lags:
            self.catch_up()
        return receipt

    def catch_up(self) -> None:
        while self._projector.step(0.0):
            pass


class Visitor:
    """Somebody with a browser, without JavaScript: forms are found on pages and sent with all their fields."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def see(self, path: str) -> Page:
        response = self.client.get(path, follow_redirects=True)
        assert response.status_code == 200, response.get_data(as_text=True)
        return page(response)

    def send(self, path: str, action: str | None = None, *, htmx: bool = False, **fields: str) -> TestResponse:
        """Opens path, fills the form that goes to action and sends it."""
        return self.post(action or path, self.fields(path, action) | fields, htmx=htmx)

    def fields(self, path: str, action: str | None = None) -> dict[str, str]:
        """What the form would send if nothing were typed."""
        return dict(page(self.client.get(path)).form(action or path).fields)

    def post(self, action: str, fields: Any, *, htmx: bool = False) -> TestResponse:
        return self.client.post(action, data=fields, headers={"HX-Request": "true"} if htmx else {})


class World:
    """The site from outside and from behind: what is given, and what came of it."""

    def __init__(self, folder: Path, apps: dict[str, Flask], **settings: Any) -> None:
        self.folder = folder
        self.store = SqliteEventStore(folder / "events.db")
        self.generations = Generations(f"sqlite:///{folder / 'read.db'}")
        self._followed = SqliteEventStore(folder / "events.db")
        self.bus = InlineBus(self.store, self._followed, self.generations)
        self.sessions = SqlSessions(self.generations.control)
        self.site = Site(
            belonging=StoreMatch(self.store, self.generations.connect),
            bus=self.bus,
            counts=Counts(None, "a key for tests") if settings.pop("rate_limits", False) else None,
            live=self.generations,
            lag=LagMeter(self.store, self.generations.connect, lambda _key, _partitions: 0).measure,
            moderation_lag=partial(moderation_cursor.lag, self.generations.control, self.store),
            sessions=self.sessions,
            settings=Settings(**({"keys": SiteKeys("a key for tests"), "wait_s": 0.0} | settings)),
        )
        if repr(settings) not in apps:
            apps[repr(settings)] = create_app(self.site)
        self.app = apps[repr(settings)]
        self.process: WebProcess = self.app.extensions["verbatim"]
        self.process.site = metrics.counted(self.site)
        self.app.extensions["page_cache"].pages.clear()

    @property
    def api(self) -> Flask:
        """The application that is mounted for programs."""
        mounted: Flask = self.app.wsgi_app.mounts["/api"]  # type: ignore[attr-defined]
        return mounted

    def visitor(self) -> Visitor:
        return Visitor(self.app.test_client())

    def person(self, handle: str, *roles: str) -> Visitor:
        """A registered person, logged in."""
        self.given(account.RegisterAccount(account=id_of(handle), handle=handle), handle)
        for role in roles:
            self.bus.send(account.GrantRole(handle=handle, role=role), operator(ids.now()))
        return self.logged_in(handle)

    def logged_in(self, handle: str) -> Visitor:
        visitor = self.visitor()
        with visitor.client.session_transaction() as session:
            session["_user_id"] = self.sessions.open(self.id(handle))
            session["_fresh"] = True
        return visitor

    def id(self, handle: str) -> str:
        """The id of whoever is called so; "" for nobody."""
        return self.bus.aggregates().holder(handle) or ""

    def given(self, command: Command, actor: str) -> Receipt:
        return self.bus.send(command, Envelope(actor=actor, at=ids.now()))

    def post(self, author: str, title: str = "A title", body: str = "Some words.") -> str:
        return self.given(post.NewPost(post=ids.uuid7(), title=title, body=body), author).subject

    def comment(self, author: str, on: str, body: str = "Well said.", parent: str | None = None) -> str:
        added = comment.AddComment(comment=ids.uuid7(), post=on, body=body, parent=parent)
        return self.given(added, author).subject

    def like(self, who: str, target: str) -> None:
        self.given(like.Like(target=target), who)

    def head(self) -> tuple[int, str]:
        return self.store.head()

    def close(self) -> None:
        self.store.close()
        self._followed.close()
        self.generations.close()


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> None:
    """The same argon2 with little memory: what takes 80 ms a hash for good reasons need not in tests."""
    passwords.use_hasher(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture(scope="session")
def apps() -> dict[str, Flask]:
    """Settings → an application: making one takes longer than most tests, and it asks for its site at each request."""
    return {}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated site, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("migrated")
    generations = Generations(f"sqlite:///{folder / 'read.db'}")
    generations.migrate()
    generations.close()
    return folder


@pytest.fixture
def build(migrated: Path, tmp_path: Path, apps: dict[str, Flask]) -> Iterator[Callable[..., World]]:
    """build(**settings) gives a site of its own."""
    made: list[World] = []

    def build(**settings: Any) -> World:
        made.append(World(shutil.copytree(migrated, tmp_path / f"site{len(made)}"), apps, **settings))
        return made[-1]

    yield build
    for world in made:
        world.close()


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build()
