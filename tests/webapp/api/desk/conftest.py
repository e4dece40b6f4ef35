"""A site with an author whose post is reported, and moderators, all of them by their programs."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from eventstore.codec import EventCodec
from moderation.follower import Follower
from tests.webapp.api.conftest import Api, Program
from tests.webapp.conftest import World

UNKNOWN = "01900000-0000-7000-8000-000000000000"
"""An id that nothing here has."""


class Told(msgspec.Struct, frozen=True):
    """A site in a folder, to be copied: people's tokens, ada's post and her comment on it."""

    folder: Path
    tokens: dict[str, str | None]
    post: str
    comment: str


@pytest.fixture(scope="session")
def told(migrated: Path, tmp_path_factory: pytest.TempPathFactory, apps: dict[str, Flask]) -> Told:
    folder = shutil.copytree(migrated, tmp_path_factory.mktemp("desk") / "site")
    api = Api(World(folder, apps))
    people = {name: api.program(name) for name in ("ada", "rita", "eve")}
    people |= {name: api.program(name, "moderator") for name in ("mo", "mia")} | {"root": api.program("root", "admin")}
    post = people["ada"].new_post(title="On looms", body="They weave, and so do I.")
    comment = people["ada"].new_comment(post)
    api.world.close()
    return Told(folder, {name: program.token for name, program in people.items()}, post, comment)


class Desk:
    """People: ada wrote the post, rita reports it, mo and mia moderate, root is an admin, eve is anybody."""

    def __init__(self, world: World, told: Told) -> None:
        self.api, self.world = Api(world), world
        programs = {name: Program(world.app.test_client(), token) for name, token in told.tokens.items()}
        self.ada, self.rita, self.eve = (programs[name] for name in ("ada", "rita", "eve"))
        self.mo, self.mia, self.root = (programs[name] for name in ("mo", "mia", "root"))
        self.post, self.comment = told.post, told.comment
        self.target = f"post-{self.post}"
        self.address = f"/moderation/cases/{self.target}"
        self._follower = Follower(world.store, EventCodec(), world.bus, world.generations.control)

    def report(self, by: Program | None = None, **fields: Any) -> TestResponse:
        body = {"target": self.target, "version": 1, "category": "spam", "text": "It sells looms.", **fields}
        return (by or self.rita).post("/reports", body)

    def follow(self) -> None:
        """What the follower does happens now."""
        while self._follower.step():
            pass

    def reported(self, by: Program | None = None, **fields: Any) -> str:
        """The id of a report that its case knows."""
        filed = self.report(by, **fields)
        assert filed.status_code == 201, filed.json
        self.follow()
        return str(filed.json["id"])

    def claimed(self, by: Program | None = None) -> int:
        """The version of the reported case, once it is claimed."""
        answer = (by or self.mo).put(f"{self.address}/claim")
        assert answer.status_code == 200, answer.json
        return int(answer.json["version"])

    def decide(self, by: Program | None = None, seen: int | None = None, **fields: Any) -> TestResponse:
        """By somebody who has claimed the case."""
        body = {"acts": ["remove"], "reason": "It is spam.", **fields}
        headers = {} if seen is None else {"If_Match": f'"{seen}"'}
        return (by or self.mo).post(f"{self.address}/decision", body, **headers)

    def decided(self, **fields: Any) -> str:
        """The id of a decision about a reported post."""
        self.reported()
        answer = self.decide(seen=self.claimed(), **fields)
        assert answer.status_code == 200, answer.json
        self.follow()
        return str(answer.json["id"])


@pytest.fixture
def make_desk(told: Told, tmp_path: Path, apps: dict[str, Flask]) -> Iterator[Callable[..., Desk]]:
    """make_desk(**settings) gives a copy of the site; each copy is the same."""
    made: list[World] = []

    def make(**settings: Any) -> Desk:
        made.append(World(shutil.copytree(told.folder, tmp_path / f"desk{len(made)}"), apps, **settings))
        return Desk(made[-1], told)

    yield make
    for world in made:
        world.close()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
