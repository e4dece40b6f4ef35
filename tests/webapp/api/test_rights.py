"""Who may call: for every operation of the table one who may and one who may not. None is forgotten."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
from flask import Flask

from eventstore.codec import EventCodec
from moderation.follower import Follower
from operational import takeouts, webhook_deliveries
from retention import DEFAULT
from takeout.maker import TakeoutMaker
from tests.webapp.api.conftest import Api, Program, departed
from tests.webapp.api.desk.call_rights import BODIES, MAY, OWN, WHO
from tests.webapp.conftest import World
from webapp.api.operations import Operation
from webapp.api.operations_index import OPERATIONS


class Story(msgspec.Struct, frozen=True):
    """A site in a folder, to be copied: an author with a post, a comment and a token, and everybody who may call."""

    folder: Path
    tokens: dict[str, str | None]
    ids: dict[str, str]
    bodies: dict[str, Any]


@pytest.fixture(scope="module")
def story(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = shutil.copytree(migrated, tmp_path_factory.mktemp("story") / "site")
    api = Api(World(folder, {}, reserved_handles=frozenset()))  # Each is called after what they may do.
    people = {who: api.program(who) for who in ("author", "other", "suspended")}
    people |= {who: api.program(who, who) for who in ("moderator", "admin")}
    post = people["author"].new_post()
    comment = people["author"].new_comment(post)
    token = people["author"].get("/tokens").json["items"][0]["id"]
    hook = people["author"].post("/webhooks", {"url": "https://bot.example/"}).json["id"]
    letter = webhook_deliveries.Delivery(webhook=hook, account=api.world.id("author"), state="dead")
    with api.world.generations.control.begin() as connection:
        webhook_deliveries.add(connection, [letter])
    for who in ("author", "other", "moderator", "admin"):
        takeouts.request(api.world.generations.control, api.world.id(who), "en", DEFAULT.takeouts)
    while TakeoutMaker(api.world.generations, api.world.store, "https://site.example").look(Event()):
        pass
    moderation = moderated(api, people)
    api.suspended("suspended")
    assert people["author"].put("/accounts/author/handle", {"handle": "writer"}).status_code == 200
    assert people["author"].put("/accounts/writer/handle", {"handle": "author"}).status_code == 200
    assert people["admin"].put("/rules", {"rules": [{"title": "Be brief"}]}, If_Match='"0"').status_code == 200
    departure = departed(api)
    api.world.close()
    tokens = {who: program.token for who, program in people.items()} | {"stranger": None}
    return Story(
        folder,
        tokens,
        {
            "/posts": post,
            "/comments": comment,
            "/tokens": token,
            "/webhooks": hook,
            "/receipts": departure.id,
            "delivery": letter.id,
            **moderation,
        },
        {
            "file_report": {"target": f"post-{post}", "version": 1, "category": "spam"},
            "open_case": {"target": f"comment-{comment}"},
            "decide_cases": {"cases": [{"id": moderation["case"], "version": 2}], "acts": ["none"]},
        },
    )


def moderated(api: Api, people: dict[str, Program]) -> dict[str, str]:
    """A report by the author; a case of theirs that the moderator has claimed; and two of which the moderator made
    decisions, one of them in a batch, the other one appealed by the author and reported by the other."""
    world = api.world
    follower = Follower(world.store, EventCodec(), world.bus, world.generations.control)

    def reported(writer: str, by: str) -> tuple[str, str]:
        target = f"post-{people[writer].new_post()}"
        filed = people[by].post("/reports", {"target": target, "version": 1, "category": "spam"})
        while follower.step():
            pass
        return target, filed.json["id"]

    _, report = reported("other", "author")
    (case, _), (decided, _), (batched, _) = (reported("author", "other") for _ in range(3))
    moderator, body = people["moderator"], {"acts": ["note"], "note": "n", "reason": "r"}
    for target in (case, decided):
        assert moderator.put(f"/moderation/cases/{target}/claim").status_code == 200
    decision = moderator.post(f"/moderation/cases/{decided}/decision", body, If_Match="*").json["id"]
    batch = moderator.post("/moderation/decisions", {"cases": [{"id": batched, "version": 2}], **body}).json["id"]
    moderator.post("/moderation/cases", {"target": "account-author"})
    removal = moderator.post("/moderation/accounts/author/bulk-removals", {"reason": "r"}).json["id"]
    appeal = people["author"].post(f"/decisions/{decision}/appeal", {"text": "t"}).json["id"]
    return {"case": case, "/reports": report, "/decisions": decision, "/batches": batch, "/appeals": appeal} | {
        "/moderation/bulk-removals": removal
    }


@pytest.fixture
def cast(story: Story, tmp_path: Path, apps: dict[str, Flask]) -> Iterator["Cast"]:
    world = World(shutil.copytree(story.folder, tmp_path / "site"), apps)
    yield Cast(Api(world), story)
    world.close()


class Cast:
    """The story's people and their programs."""

    def __init__(self, api: Api, story: Story) -> None:
        self.api = api
        self.ids = story.ids
        self.bodies = BODIES | story.bodies
        client = api.world.app.test_client()
        self.programs = {who: Program(client, token) for who, token in story.tokens.items()}

    def call(self, who: str, operation: Operation) -> int:
        id = next((id for start, id in self.ids.items() if operation.path.startswith(start)), "")
        handle = "writer" if operation.path.startswith("/handles") else "author"
        path = operation.path.format(
            id=id, handle=handle, role="moderator", delivery=self.ids["delivery"], case=self.ids["case"]
        )
        path += "?q=words" if operation.name == "search_comments" else ""
        body = self.bodies.get(operation.name, {"reason": "r"} if operation.body else None)
        headers = {"If-Match": "*" if operation.name == "decide_case" else '"1"'} if operation.edits else {}
        answer = self.programs[who].call(operation.method, path, body, **headers)
        answer.close()
        return answer.status_code


def test_the_table_has_every_operation():
    assert set(MAY) == {operation.name for operation in OPERATIONS}
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


def cases() -> list[Any]:
    """For each call the weakest of those who may, and the strongest of those who may not; the domain has the matrix."""
    found = []
    for operation in OPERATIONS:
        may = MAY[operation.name]
        chosen = [who for who in WHO if who in may][-1:] + [who for who in WHO[:-1] if who not in may][:1]
        found += [pytest.param(operation, who, id=f"{operation.name} {who}") for who in chosen]
    return found


@pytest.mark.parametrize(("operation", "who"), cases())
def test_who_may(cast: Cast, operation: Operation, who: str):
    status = cast.call(who, operation)
    if who in MAY[operation.name]:
        assert status == operation.status
    else:
        assert status in ({404, 403} if who == "suspended" else {404}) if operation.name in OWN else status == 403


def test_a_stranger_is_asked_for_a_token(cast: Cast):
    asked = {operation.name: cast.call("stranger", operation) for operation in OPERATIONS}
    assert {name for name, status in asked.items() if status == 401} == {
        name for name, may in MAY.items() if "stranger" not in may
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS])
def test_a_scope_is_needed_and_enough(cast: Cast, operation: Operation):
    programs = {scope: cast.api.token("admin", scopes=[scope]) for scope in ("read", "write", "moderate")}
    for scope, program in programs.items():
        cast.programs["admin"] = program
        status = cast.call("admin", operation)
        if operation.scope in (scope, None):
            assert status != 401
            assert status != 403 or scope == "write"
        else:
            assert status == 403


def test_without_the_scope_moderate_a_moderator_is_an_author(cast: Cast):
    cast.programs["moderator"] = cast.api.token("moderator", scopes=["read", "write"])
    table = {operation.name: operation for operation in OPERATIONS}
    for name in ("edit_post", "remove_post", "edit_comment", "remove_comment"):
        assert cast.call("moderator", table[name]) == 403
    for name in ("new_post", "add_comment", "like_post"):
        assert cast.call("moderator", table[name]) in (200, 201)
