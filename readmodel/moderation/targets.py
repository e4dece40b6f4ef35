"""What posts, comments and profiles say: today, in bulk for a page, and as somebody saw them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from domain.account import ProfileErased
from domain.moderation.targets import TEXTS, Target, parse
from readmodel.accounts import accounts
from readmodel.as_of import MAX_VERSION, History
from readmodel.comments import comments
from readmodel.engine import bulk
from readmodel.engine.views import HistoryItem
from readmodel.history import history, item
from readmodel.posts import posts

from .queries import TextSeen

EXCERPT_CHARS = 200
_PROFILE_TYPES = TEXTS | {ProfileErased.type}
_POSTS = select(posts.c.id, posts.c.title, posts.c.body, posts.c.url).where(
    posts.c.id.in_(bindparam("values", expanding=True))
)
_COMMENTS = select(comments.c.id, comments.c.post, comments.c.body).where(
    comments.c.id.in_(bindparam("values", expanding=True))
)
_PROFILES = select(accounts.c.id, accounts.c.name, accounts.c.bio).where(
    accounts.c.id.in_(bindparam("values", expanding=True))
)
_BROUGHT = select(history).where(
    history.c.stream.in_(bindparam("streams", expanding=True)),
    history.c.version.in_(bindparam("versions", expanding=True)),
    history.c.type.in_(sorted(TEXTS)),
)
Place = tuple[str, int]
"""A target's stream, and a version."""


class Summary(msgspec.Struct, frozen=True):
    """title: of the target, or of a comment's post."""

    title: str = ""
    excerpt: str = ""


NOTHING_THERE = Summary()


def summaries(connection: Connection, targets: Iterable[str]) -> Mapping[str, Summary]:
    """Target's stream → what it is about; a statement for each kind. Without those that aren't there yet."""
    ids: dict[str, set[str]] = {"post": set(), "comment": set(), "account": set()}
    for one in map(parse, set(targets)):
        ids[one.kind].add(one.id)
    said = list(bulk.select_in(connection, _COMMENTS, sorted(ids["comment"])))
    wanted = sorted(ids["post"] | {post for _, post, _ in said})
    titled = {id: (title, body or url) for id, title, body, url in bulk.select_in(connection, _POSTS, wanted)}
    profiles = bulk.select_in(connection, _PROFILES, sorted(ids["account"]))
    found = {f"post-{id}": Summary(title, _excerpt(body)) for id, (title, body) in titled.items()}
    found |= {f"comment-{id}": Summary(titled.get(post, ("", ""))[0], _excerpt(body)) for id, post, body in said}
    return found | {f"account-{id}": Summary(name, _excerpt(bio)) for id, name, bio in profiles}


def _excerpt(text: str) -> str:
    line = " ".join(text[: 4 * EXCERPT_CHARS].split())
    return line if len(line) <= EXCERPT_CHARS else line[: EXCERPT_CHARS - 1].rstrip() + "…"


def text_at(connection: Connection, target: str, version: int = MAX_VERSION) -> TextSeen | None:
    """The text that a target had at a version, by default today's. None where there is none, or none is kept."""
    found = parse(target)
    if found.kind == "account":
        return _profile_at(connection, found, version)
    brought = History(connection, target).up_to(version, TEXTS)
    return None if brought is None else _seen(brought)


def _seen(brought: HistoryItem) -> TextSeen:
    return TextSeen(
        version=brought.version, title=brought.title or "", body=brought.body or "", url=brought.url or "",
        at=brought.at, erased=brought.erased,
    )  # fmt: skip


def texts_brought(connection: Connection, places: Collection[Place]) -> Mapping[Place, TextSeen | None]:
    """The texts that came at exactly these versions of targets, in one statement; and of profiles, one by one."""
    profiles = {place for place in places if place[0].startswith("account-")}
    wanted = set(places) - profiles
    found: dict[Place, TextSeen | None] = {place: text_at(connection, *place) for place in profiles}
    for some in bulk.batches(sorted({stream for stream, _ in wanted})):
        bound = {"streams": some, "versions": sorted({version for stream, version in wanted if stream in some})}
        for row in connection.execute(_BROUGHT, bound):
            found[row.stream, row.version] = _seen(item(row))
    return found


def _profile_at(connection: Connection, target: Target, version: int) -> TextSeen | None:
    """Today's name and words, where they are those of that version: history has none of former ones."""
    history = History(connection, target.stream)
    now, then = history.up_to(MAX_VERSION, _PROFILE_TYPES), history.up_to(version, _PROFILE_TYPES)
    row: Any = next(bulk.select_in(connection, _PROFILES, [target.id]), None)
    if now is None or then is None or row is None or now.version != then.version:
        return None
    _, name, bio = row
    erased = now.type == ProfileErased.type or now.erased
    return TextSeen(version=now.version, title=name, body=bio, at=now.at, erased=erased)
