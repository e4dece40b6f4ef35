"""A site with a desk: who wrote, who reports, two moderators, an admin, and a follower that is run by hand."""

from typing import Any

import pytest

from domain import ids
from domain.moderation.case import Claim
from domain.moderation.decision import Decide
from domain.moderation.report import FileReport
from eventstore.codec import EventCodec
from moderation.follower import Follower
from operational import moderation_cursor
from tests.webapp.conftest import Visitor, World

MAX_STEPS = 50


class Desk:
    def __init__(self, world: World) -> None:
        self.world = world
        self.ann = world.person("ann")
        self.bob = world.person("bob")
        self.mod = world.person("mod", "moderator")
        self.may = world.person("may", "moderator")
        self.root = world.person("root", "admin")
        self.post = world.post("ann", "A loud title", "Buy my watches, they are cheap.")
        self.target = f"post-{self.post}"
        self.case = f"/moderation/cases/{self.target}"
        self._follower = Follower(world.store, EventCodec(), world.bus, world.generations.control)

    def follow(self) -> None:
        """Until there is nothing more to do."""
        for _ in range(MAX_STEPS):
            self._follower.step()
            found = moderation_cursor.load(self.world.generations.control)
            if found is not None and found.position == self.world.head()[0]:
                self.world.bus.catch_up()
                return
        raise AssertionError("the follower doesn't come to an end")

    def report(self, visitor: Visitor, named: str = "", **fields: str) -> str:
        """Files a report on its page; its id."""
        path = f"/report/{named or self.target}"
        sent = visitor.send(path, **{"category": "spam", "text": "Look at this."} | fields)
        assert sent.status_code == 303, sent.text
        self.follow()
        return str(sent.location.split("/")[2])

    def reported(self, by: str = "bob", target: str = "") -> str:
        """The same without a page."""
        report = ids.uuid7()
        command = FileReport(
            report=report, target=target or self.target, version=1, category="spam", text="Look.", now=ids.now()
        )
        self.world.given(command, by)
        self.follow()
        return report

    def decided(self, *acts: str, by: str = "mod", target: str = "", **fields: Any) -> str:
        """Claims the reported case and decides; a decision's id."""
        target, id, now = target or self.target, ids.uuid7(), ids.now()
        self.world.given(Claim(target=target, now=now), by)
        fields = {"reason": "It is advertising."} | fields
        self.world.given(Decide(target=target, decision=id, acts=acts, now=ids.now(), **fields), by)
        self.follow()
        return id


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)
