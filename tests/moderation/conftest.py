"""A site on either store with people who write, report and moderate, and followers that run when told to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain import account, comment, ids, post
from domain.bus import operator
from domain.commit import Commit
from domain.messages import Command
from domain.moderation import appeal, case, decision, report
from domain.moderation.case_state import Case
from domain.moderation.decision import Decision
from eventstore.codec import EventCodec
from moderation.follower import Follower
from operational import moderation_cursor
from tests.people import id_of
from tests.projector.conftest import ON_EITHER_STACK, Backend, opened

MAX_STEPS = 50


class ModeratedSite(Backend):
    """ann writes, bob and cay report, mod and may moderate, root is an admin."""

    def _begin(self) -> None:
        super()._begin()
        self.control = self.generations.control

    def people(self) -> None:
        self.register("ann", "bob", "cay", "mod", "may", "root")
        for handle in ("mod", "may"):
            self.as_operator(account.GrantRole(handle=handle, role="moderator"))
        self.as_operator(account.GrantRole(handle="root", role="admin"))

    def as_operator(self, command: Command) -> None:
        self.bus.send(command, operator(ids.now()))

    def follower(self, **options: Any) -> Follower:
        """As in a process that has just started."""
        return Follower(self.store, EventCodec(), self.bus, self.control, **options)

    def follow(self, *followers: Follower) -> None:
        """Until there is nothing more to do; several take turns."""
        followers = followers or (self.follower(),)
        for _ in range(MAX_STEPS):
            self.number()
            for one in followers:
                one.step()
            self.number()
            found = moderation_cursor.load(self.control)
            if found is not None and found.position == self.store.head()[0]:
                return
        raise AssertionError("the followers don't come to an end")

    def file(self, target: str, by: str = "bob", version: int = 1, category: str = "spam") -> str:
        """A report's id."""
        id = ids.uuid7()
        filed = report.FileReport(
            report=id, target=target, version=version, category=category, text="Look.", now=ids.now()
        )
        self.send(filed, by)
        return id

    def decide(self, target: str, *acts: str, by: str = "mod", **fields: Any) -> str:
        """Opens the case where there is none, claims it and decides. A decision's id."""
        id, now = ids.uuid7(), ids.now()
        known = self.case(target)
        if not known.exists or known.decided:
            self.send(case.OpenCase(target=target, now=now), by)
        else:
            self.send(case.Claim(target=target, now=now), by)
        fields = {"reason": "Because."} | fields
        self.send(decision.Decide(target=target, decision=id, acts=acts, now=ids.now(), **fields), by)
        return id

    def take_back(self, target: str, id: str, by: str = "mod") -> None:
        self.send(decision.TakeBackDecision(target=target, decision=id, reason="A mistake.", now=ids.now()), by)

    def overturn(self, target: str, id: str, by: str = "may", account: str = "ann") -> str:
        """Lodges an appeal, which another moderator grants. Its id."""
        made = ids.uuid7()
        self.send(appeal.Lodge(appeal=made, target=target, decision=id, text="It is fine.", now=ids.now()), account)
        resolve = appeal.Resolve(
            target=target, decision=id, account=id_of(account), outcome="overturned", reason="It is.", others=True
        )
        self.send(resolve, by)
        return made

    def case(self, target: str) -> Case:
        return self.bus.aggregates().case(target)

    def decision(self, target: str, id: str) -> Decision:
        return self.case(target).decisions[id]

    def state(self, target: str) -> Any:
        kind, _, id = target.partition("-")
        return self.bus.aggregates().account(id) if kind == "account" else self.bus.aggregates().writing(target)

    def ann(self) -> Any:
        return self.bus.aggregates().account(id_of("ann"))

    def types(self, stream: str) -> list[str]:
        return [event.type for commit in self.store.load(stream) for event in commit.events]

    def last(self, stream: str) -> Commit:
        return self.store.load(stream)[-1]

    def events(self, stream: str, type: str) -> list[Any]:
        """Those of one type, decoded."""
        codec = EventCodec()
        return [
            codec.decode(stored, commit)
            for commit in self.store.load(stream)
            for stored in commit.events
            if stored.type == type
        ]

    def written(self, title: str = "A title") -> str:
        """The stream of a post of ann's."""
        return f"post-{self.publish(title)}"

    def edit(self, target: str, body: str, by: str = "ann", version: int | None = None) -> None:
        id = target.partition("-")[2]
        self.send(post.EditPost(post=id, version=version, title="Edited", body=body, reason="r"), by)

    def answered(self, on: str) -> str:
        """The stream of a comment of ann's."""
        id = ids.uuid7()
        self.send(comment.AddComment(comment=id, post=on.partition("-")[2], body="well"), "ann")
        return f"comment-{id}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ModeratedSite]:
    site = ModeratedSite(tmp_path)
    site.people()
    yield site
    site.close()


@pytest.fixture(params=ON_EITHER_STACK)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModeratedSite]:
    """The same on SQLite, and on MongoDB, where a relay numbers."""
    with opened(ModeratedSite, request.param, tmp_path) as site:
        site.people()
        yield site
