"""The demo site: fills an empty one with people, threads and acts on them, all through commands.

demo.toml has the texts. Every command has an id build from its place there, so filling twice changes nothing.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from domain import ids
from domain.account import EditProfile, GrantRole, RegisterAccount
from domain.bus import CommandBus
from domain.comment import AddComment, EditComment, RemoveComment
from domain.like import Like
from domain.messages import Command, Envelope
from domain.post import EditPost, LockPost, NewPost, RemovePost
from domain.rights import OPERATOR
from domain.site.rules import PublishRules, Rule

from . import demo_desk
from .demo_script import Step, Things, milliseconds

SCRIPT = Path(__file__).with_suffix(".toml")
_SETTLED_IN = timedelta(days=14)
_LIKED_AFTER = timedelta(minutes=3)
_LINE = re.compile(
    r"(?P<indent> *)(?P<by>\w+) \+(?P<after>\d+)(?: #(?P<name>\w+))?(?: ♥(?P<likes>[\w,]+))? \| (?P<body>.+)"
)


def fill(bus: CommandBus, now: str, hash_password: Callable[[str], str]) -> list[str]:
    """Sends the whole script in order of time, and returns the lines to print: who can log in, and how."""
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))
    password = script["password"]
    things = Things()
    for step in sorted(_steps(script, datetime.fromisoformat(now), hash_password), key=lambda step: step.at):
        envelope = Envelope(actor=step.by, at=ids.to_iso_utc(step.at), command_id=step.command_id or f"demo:{step.key}")
        receipt = bus.send(step.build(things), envelope)
        things.ids[step.key] = receipt.subject
        things.versions[receipt.stream] = receipt.version
    people = [f"  {person['handle']:8} {person.get('role', '')}".rstrip() for person in script["people"]]
    return [f"The demo is there. Log in as any of these with the password “{password}”:", *people]


def _steps(script: dict[str, Any], now: datetime, hash_password: Callable[[str], str]) -> Iterator[Step]:
    for number, person in enumerate(script["people"]):
        at = now - _SETTLED_IN + timedelta(minutes=7 * number)
        yield from _registration(person, at, hash_password(script["password"]))
    yield _rules(script["rules"], now - _SETTLED_IN + timedelta(hours=2))
    for post in script["posts"]:
        yield from _post(post, now - timedelta(days=post["ago"]))
    for case in script["cases"]:
        yield from demo_desk.steps(case, now)


def _registration(person: dict[str, Any], at: datetime, password_hash: str) -> Iterator[Step]:
    handle = person["handle"]
    register = RegisterAccount(handle=handle, name=person["name"], password_hash=password_hash)
    profile = EditProfile(handle=handle, name=person["name"], bio=person["bio"])
    yield Step(at, f"register-{handle}", handle, lambda _: register)
    yield Step(at + timedelta(minutes=2), f"profile-{handle}", handle, lambda _: profile)
    if "role" in person:
        grant = GrantRole(handle=handle, role=person["role"])
        yield Step(at + timedelta(minutes=4), f"role-{handle}", OPERATOR, lambda _: grant)


def _rules(rules: list[dict[str, str]], at: datetime) -> Step:
    command = PublishRules(rules=tuple(Rule(title=rule["title"], text=rule["text"]) for rule in rules))
    return Step(at, "site-rules", OPERATOR, lambda _: command)


def _post(post: dict[str, Any], at: datetime) -> Iterator[Step]:
    key = post["key"]
    new = NewPost(post=ids.uuid7(milliseconds(at)), title=post["title"], body=post["body"], url=post.get("url", ""))

    def publish(things: Things) -> Command:
        things.posts[key] = new
        return new

    yield Step(at, key, post["by"], publish)
    for number, handle in enumerate(post["likes"], 1):
        yield _like("post", key, handle, at + number * _LIKED_AFTER)
    yield from _thread(key, post["thread"], at)
    for number, deed in enumerate(post.get("deeds", ())):
        yield _act(f"{key}-deed-{number}", key, post["by"], deed, at + timedelta(minutes=deed["after"]))


def _thread(post: str, thread: str, published: datetime) -> Iterator[Step]:
    above: list[str] = []
    for number, line in enumerate(thread.strip().splitlines()):
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"{SCRIPT.name}: this is no line of a thread: {line}")
        depth = len(found["indent"]) // 2
        key = f"{post}-{found['name'] or number}"
        at = published + timedelta(minutes=int(found["after"]))
        yield _comment(key, post, above[depth - 1] if depth else None, found, at)
        for place, handle in enumerate((found["likes"] or "").split(",") if found["likes"] else [], 1):
            yield _like("comment", key, handle, at + place * _LIKED_AFTER)
        above[depth:] = [key]


def _comment(key: str, post: str, parent: str | None, found: re.Match[str], at: datetime) -> Step:
    comment, body = ids.uuid7(milliseconds(at)), found["body"].replace("\\n", "\n")
    return Step(
        at,
        key,
        found["by"],
        lambda things: AddComment(
            comment=comment, post=things.ids[post], body=body, parent=things.ids[parent] if parent else None
        ),
    )


def _like(kind: str, key: str, handle: str, at: datetime) -> Step:
    return Step(at, f"{key}-like-{handle}", handle, lambda things: Like(target=f"{kind}-{things.ids[key]}"))


def _act(key: str, post: str, author: str, deed: dict[str, Any], at: datetime) -> Step:
    by, reason = deed.get("by", author), deed.get("reason", "")

    def build(things: Things) -> Command:
        if "comment" in deed:
            return _act_on_comment(things.ids[f"{post}-{deed['comment']}"], deed)
        id = things.ids[post]
        if deed["do"] == "edit":
            return _edit(things, post, deed)
        return LockPost(post=id, reason=reason) if deed["do"] == "lock" else RemovePost(post=id, reason=reason)

    return Step(at, key, by, build)


def _act_on_comment(id: str, deed: dict[str, Any]) -> Command:
    if deed["do"] == "edit":
        return EditComment(comment=id, version=1, body=deed["body"], reason=deed.get("reason", ""))
    return RemoveComment(comment=id, reason=deed["reason"])


def _edit(things: Things, post: str, deed: dict[str, Any]) -> Command:
    """An edit of the current text, in which one part is replaced."""
    before = things.posts[post]
    after = msgspec.structs.replace(
        before, title=deed.get("title", before.title), body=before.body.replace(deed["find"], deed["put"])
    )
    things.posts[post] = after
    id = things.ids[post]
    return EditPost(
        post=id,
        version=things.versions[f"post-{id}"],
        title=after.title,
        body=after.body,
        reason=deed.get("reason", ""),
    )
