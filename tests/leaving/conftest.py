"""A site on either store, with somebody who has something of everything, and who leaves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import update

from domain import account, comment, ids, leaving, like, post, token, webhook
from domain.bus import CommandBus, operator
from domain.handlers import all_handlers
from domain.messages import Command
from domain.moderation import suspension
from domain.signing import SiteKeys
from eventstore.codec import EventCodec
from leaving.eraser import Eraser
from operational import departures, drafts, takeouts
from operational.departures import Departure
from operational.sessions import SqlSessions
from operational.tables import departures as table
from readmodel.engine.connections import changing
from readmodel.generations.lag import LagMeter
from retention import DEFAULT
from takeout.maker import TakeoutMaker
from tests.people import id_of
from tests.projector.conftest import ON_EITHER_STACK, Backend, opened
from tests.projector.partitioned_log import partition_of_key, post_id_in
from tests.projector.scrubbed_site import everywhere, scrubber

SECRET = "zyxommaquark"
"""Part of every word of whoever leaves, their handle too."""
ZOE = f"zoe-{SECRET}"
KEYS = SiteKeys("the site's own key")
MAX_LOOKS = 50


class LeavingSite(Backend):
    """Whoever leaves here could come back until a moment ago."""

    def _begin(self) -> None:
        super()._begin()
        self.bus = CommandBus(self.store, EventCodec(), all_handlers(), keys=KEYS)
        self.zoe = id_of(ZOE)

    def eraser(self, **options: object) -> Eraser:
        """As in a process that has just started."""

        def partition_of(key: str, partitions: int) -> int:
            return partition_of_key(key, partitions) if self.mongo else 0

        meter = LagMeter(self.store, self.generations.connect, partition_of)
        bus = CommandBus(self.store, EventCodec(), all_handlers(), keys=KEYS)
        return Eraser(self.generations, self.store, bus, meter, **options)  # type: ignore[arg-type]

    def fill(self) -> None:
        """zoe wrote, answered, moderated, and has something in every table; bob and root are there too."""
        control = self.generations.control
        self.register("ann", "bob", "root", ZOE)
        self.as_operator(account.GrantRole(handle="root", role="admin"))
        self.as_operator(account.GrantRole(handle=ZOE, role="moderator"))
        self.send(account.EditProfile(handle=ZOE, name=f"Zoe {SECRET}", bio=f"Says {SECRET}."), ZOE)
        self.send(account.ChangePassword(handle=ZOE, password_hash=f"$argon2id${SECRET}"), ZOE)
        self.of_zoe = [self.write(f"{number} {SECRET}") for number in range(3)]
        self.others = self.publish("Of ann")
        self.answers = [self.answer(self.others), self.answer(self.of_zoe[0])]
        self.send(post.EditPost(post=self.of_zoe[1], version=1, title="Edited", body=f"{SECRET} again"), ZOE)
        self.send(post.RemovePost(post=self.of_zoe[2], reason=f"{SECRET}, sorry"), ZOE)
        self.send(post.LockPost(post=self.others, reason=f"Too {SECRET}"), ZOE)
        self.send(post.UnlockPost(post=self.others, reason=f"Less {SECRET}"), ZOE)
        self.send(suspension.SuspendAccount(handle="bob", reason=f"Was {SECRET}"), ZOE)
        self.send(suspension.ReinstateAccount(handle="bob"), "root")
        self.as_operator(suspension.SuspendAccount(handle=ZOE, reason=f"{SECRET} themselves"))
        self.as_operator(suspension.ReinstateAccount(handle=ZOE))
        self.send(like.Like(target=f"post-{self.others}"), ZOE)
        self.token, self.webhook = ids.uuid7(), ids.uuid7()
        issue = token.IssueToken(
            token=self.token, handle=ZOE, digest="d" * 64, scopes=("read",), expires_at=ids.from_now(timedelta(days=1)),
            label=f"My {SECRET}",
        )  # fmt: skip
        self.send(issue, ZOE)
        self.send(webhook.AddWebhook(handle=ZOE, webhook=self.webhook, url=f"https://{SECRET}.example/"), ZOE)
        drafts.save(control, self.zoe, "/posts/new", {"body": f"Half a {SECRET}"})
        SqlSessions(control).open(self.zoe)
        self.project()
        takeouts.request(control, self.zoe, "en", DEFAULT.takeouts)
        maker = TakeoutMaker(self.generations, self.store, "https://site.example")
        while maker.look(Event()):
            pass

    def write(self, body: str) -> str:
        """A post of zoe's, in the next partition in turn."""
        id = post_id_in(next(self._partitions))
        self.send(post.NewPost(post=id, title=f"#{SECRET}", body=body, url=f"https://x.example/{SECRET}"), ZOE)
        return id

    def answer(self, on: str) -> str:
        id = ids.uuid7()
        self.send(comment.AddComment(comment=id, post=on, body=f"Indeed {SECRET}"), ZOE)
        return id

    def as_operator(self, command: Command) -> None:
        self.bus.send(command, operator(ids.now()))

    def leave(
        self, words: str = "erase", exceptions: tuple[str, ...] = (), *, by: str = ZOE, reason: str = ""
    ) -> Departure:
        """Up to a moment ago they could have come back."""
        until = ids.to_iso_utc(datetime.now(UTC) - timedelta(milliseconds=1))
        opened = departures.open_for(self.generations.control, self.zoe, until)
        command = leaving.Leave(handle=self.zoe, words=words, exceptions=exceptions, until=until, reason=reason)
        self.send(command, by)
        return opened

    def carry_out(self) -> Departure:
        """Looks for what is due until it is done."""
        eraser = self.eraser()
        for _ in range(MAX_LOOKS):
            self.project()
            eraser.look(Event())
            found = departures.of_account(self.generations.control, self.zoe)
            if found is not None and found.state == "done":
                break
            self.make_due()
        else:
            raise AssertionError(f"{found} isn't done after {MAX_LOOKS} looks")
        self.project()
        scrubber(self).step(Event())
        return found

    def make_due(self) -> None:
        """What was put back for a while is due now."""
        with changing(self.generations.control) as connection:
            connection.execute(update(table).values(leased_until=ids.now()))

    def found_of_zoe(self) -> bool:
        """Whether anything that zoe typed is anywhere: handle, name, bio, address, reason, label or text."""
        return SECRET.encode() in everywhere(self)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LeavingSite]:
    site = LeavingSite(tmp_path)
    yield site
    site.close()


@pytest.fixture(params=ON_EITHER_STACK)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LeavingSite]:
    """The same on SQLite, and on MongoDB with two partitions."""
    with opened(LeavingSite, request.param, tmp_path) as site:
        yield site
