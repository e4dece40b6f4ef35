"""The same site as the page tests have, with programs instead of browsers."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain import ids
from domain.account import GrantRole
from domain.bus import operator
from domain.moderation.suspension import SuspendAccount
from operational import departures
from operational.departures import Departure
from readmodel.engine.connections import changing
from tests.webapp.conftest import World, apps, build, migrated, quick_hashes

__all__ = ["Program", "apps", "build", "migrated", "quick_hashes"]

V1 = "/api/v1"
PASSWORD = "correct horse battery"


class Program:
    """Somebody's program: every call carries its token, if it has one."""

    def __init__(self, client: FlaskClient, token: str | None = None) -> None:
        self.client = client
        self.token = token

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def call(self, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        """headers are written with _ for -. path is below /api/v1 unless it is whole."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.headers | sent
        whole = path if path.startswith("/api/") else V1 + path
        body = {} if json is None else {"json": json}
        return self.client.open(whole, method=method, headers=sent, **body)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.call("POST", path, json, **headers)

    def put(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.call("PUT", path, json, **headers)

    def delete(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.call("DELETE", path, json, **headers)

    def new_post(self, **fields: str) -> str:
        return self.post("/posts", {"title": "A title", "body": "Some words.", **fields}).json["id"]

    def new_comment(self, post: str, **fields: str) -> str:
        return self.post(f"/posts/{post}/comments", {"body": "Well said.", **fields}).json["id"]


class Api:
    """The site, and programs of people in it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def stranger(self) -> Program:
        return Program(self.world.app.test_client())

    def program(self, handle: str, *roles: str, **token: Any) -> Program:
        """A program of a newly registered person with these roles; token says more about its token."""
        stranger = self.stranger()
        made = stranger.post("/accounts", {"handle": handle, "password": PASSWORD})
        assert made.status_code == 201, made.json
        for role in roles:
            self.world.bus.send(GrantRole(handle=handle, role=role), operator(ids.now()))
        return self.token(handle, **token)

    def token(self, handle: str, **token: Any) -> Program:
        made = self.stranger().post("/tokens", {"handle": handle, "password": PASSWORD, **token})
        assert made.status_code == 201, made.json
        return Program(self.world.app.test_client(), made.json["token"])

    def suspended(self, handle: str) -> None:
        self.world.bus.send(SuspendAccount(handle=handle, reason="Spam."), operator(ids.now()))

    def free_again(self, handle: str) -> None:
        """Whose suspension of a day is over since an hour."""
        began, until = (ids.from_now(timedelta(hours=hours)) for hours in (-25, -1))
        term = SuspendAccount(handle=handle, reason="Spam.", until=until, now=began)
        self.world.bus.send(term, operator(ids.now()))


@pytest.fixture(scope="module")
def shared(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One site for all tests of a module, for those that don't count what is there."""
    world = World(shutil.copytree(migrated, tmp_path_factory.mktemp("shared") / "site"), {})
    yield Api(world)
    world.close()


@pytest.fixture
def api(build: Any) -> Api:
    return Api(build())


def departed(api: Api) -> Departure:
    """Of somebody who has left."""
    control = api.world.generations.control
    row = departures.open_for(control, "nobody", "2026-01-01T00:00:00.000000Z")
    with changing(control) as connection:
        return departures.save(connection, row, state="done", ended_at=row.until)
