"""A site on either store, with people who have something of everything, and what they take out of it."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from domain import account, comment, ids, like, post, token, webhook
from domain.bus import operator
from domain.messages import Command
from operational import drafts, takeouts
from operational.sessions import SqlSessions
from operational.takeouts import Takeout
from retention import DEFAULT
from takeout.delivery import Delivery
from takeout.maker import TakeoutMaker
from tests.people import id_of
from tests.projector.conftest import ON_EITHER_STACK, Backend, opened

BASE = "https://site.example"
KEPT = DEFAULT.takeouts


class Archive:
    """A takeout's ZIP, read by Python's own library."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        assert self._zip.testzip() is None
        self.names = self._zip.namelist()

    def text(self, name: str) -> str:
        return self._zip.read(name).decode()

    def json(self, name: str) -> Any:
        return json.loads(self.text(name))

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.text(name).splitlines()]


class TakeoutSite(Backend):
    """A site, and its makers of takeouts."""

    def maker(self) -> TakeoutMaker:
        return TakeoutMaker(self.generations, self.store, BASE)

    def request(self, handle: str) -> Takeout:
        return takeouts.request(self.generations.control, id_of(handle), "en", KEPT)

    def takeout(self, handle: str) -> Takeout:
        """The one that somebody has."""
        found = takeouts.find(self.generations.control, id_of(handle), KEPT)
        assert found is not None
        return found

    def archive(self, handle: str) -> Archive:
        """What somebody is given once their takeout is made."""
        self.project()
        self.request(handle)
        while self.maker().look(Event()):
            pass
        return self.fetched(handle)

    def fetched(self, handle: str) -> Archive:
        found = self.takeout(handle)
        assert found.state == "done"
        delivery = Delivery(self.generations.control, found, handle)
        data = b"".join(delivery.chunks())
        assert delivery.length == len(data)
        return Archive(data)

    def fill(self) -> None:
        """ann has something of everything; bob moderates."""
        control = self.generations.control
        self.register("ann", "bob", "eve")
        self.bus.send(account.GrantRole(handle="bob", role="moderator"), operator(ids.now()))
        self.send(account.EditProfile(handle="ann", name="Ann Bee", bio="Says *things*."))
        self.send(account.ChangePassword(handle="ann", password_hash="$argon2id$a-hash"))
        one, two = self.publish("One <script>"), self.publish("Two")
        others = self.publish("Of bob", "bob")
        self.send(post.EditPost(post=one, version=1, title="One <script>", body="Second #version"))
        mine = self.comment(others, "ann")
        self.comment(one)
        self.send(comment.EditComment(comment=mine, version=1, body="said better"))
        self.like(others, "ann")
        self.like(two, "ann")
        self.send(like.Unlike(target=f"post-{two}"))
        self.send(post.RemovePost(post=two, reason="Off topic"), "bob")
        digest = "d" * 64
        issued = token.IssueToken(
            token=ids.uuid7(), handle="ann", digest=digest, scopes=("read",), expires_at=ids.now(), label="My reader"
        )
        self.send(issued)
        self.send(webhook.AddWebhook(handle="ann", webhook=ids.uuid7(), url="https://hook.example/x"))
        drafts.save(control, id_of("ann"), f"/posts/new/{ids.uuid7()}", {"title": "Begun", "body": "Half a thought"})
        SqlSessions(control).open(id_of("ann"))

    def as_operator(self, command: Command) -> None:
        self.bus.send(command, operator(ids.now()))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[TakeoutSite]:
    site = TakeoutSite(tmp_path)
    yield site
    site.close()


@pytest.fixture(params=ON_EITHER_STACK)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TakeoutSite]:
    """The same on SQLite, and on MongoDB with two partitions."""
    with opened(TakeoutSite, request.param, tmp_path) as site:
        yield site
