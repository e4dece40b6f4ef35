"""Time travel: a thread as of an earlier version or moment, read only, and under today's permissions.

What is removed or erased today stays hidden, whatever was to be seen then. Likes aren't kept by time: none are shown.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from flask import Response, request, url_for
from werkzeug.exceptions import BadRequest

from domain.catalogue import changing
from domain.errors import NotFound, Sentence
from domain.ids import now, to_iso_utc
from domain.post import PostEdited, PostPublished
from readmodel import as_of
from readmodel.comments import CommentView
from readmodel.engine.queries import ThreadOf
from readmodel.engine.views import HistoryItem
from readmodel.posts import PostView
from webapp.server import cursors, htmx
from webapp.site import permissions
from webapp.site.auth import viewer
from webapp.site.database import ask, live
from webapp.text import activity

from . import forms, threads

_TYPED = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?\Z", re.ASCII)
_TEXTS = frozenset({PostPublished.type, PostEdited.type})
_REMOVALS = {type: act.to for type, act in changing("post", "removed").items()}
"""Type of the event → whether the post is removed after it."""
_A_MOMENT = timedelta(microseconds=1)


class PostAsOf(msgspec.Struct, frozen=True):
    """A post as of a moment. item: its newest event by then; words: the one that brought its text.

    at: the last moment of it, None for the newest version, which lasts until now. versions: how many there are today.
    """

    item: HistoryItem
    words: HistoryItem
    at: str | None
    removed: bool
    versions: int


def is_requested() -> bool:
    """Whether this request for a post is for an earlier one."""
    return "version" in request.args or "at" in request.args


def show(found: PostView) -> Response:
    """The page of the thread as of then, or for htmx the post alone."""
    then = _post_as_of(f"post-{found.id}")
    page: dict[str, Any] = {"post": found, "then": then, "describe": activity.in_history}
    if htmx.wants_fragment():
        return htmx.part("time_travel/_post.html", address=address(found, then), **page)
    return htmx.show("time_travel/show.html", **page, **_thread(found, then))


def address(found: PostView, then: PostAsOf) -> str:
    """Where the whole thread is, as of then."""
    return url_for("posts.show", post=found.id, version=then.item.version)


def _post_as_of(stream: str) -> PostAsOf:
    """stream: the post's. Raises NotFound, or BadRequest for what is no time."""
    history = as_of.History(live(), stream)
    newest = history.up_to(as_of.MAX_VERSION)
    if newest is None:
        raise NotFound("There is no such post.")
    item = (
        _event_of_version(history, request.args["version"]) if "version" in request.args else _event_at_moment(history)
    )
    words = history.up_to(item.version, _TEXTS)
    if words is None:
        raise NotFound("This post has no such version.")
    removal = history.up_to(item.version, _REMOVALS)
    at = _end_of_version(history, item, newest) if "version" in request.args else _moment(request.args["at"])
    removed = removal is not None and bool(_REMOVALS[removal.type])
    return PostAsOf(item=item, words=words, at=at, removed=removed, versions=newest.version)


def _event_of_version(history: as_of.History, typed: str) -> HistoryItem:
    version = forms.parse_number(typed, Sentence("A version is a number, such as 2."))
    found = history.up_to(version)
    if found is None or found.version != version:
        raise NotFound("This post has no such version.")
    return found


def _end_of_version(history: as_of.History, item: HistoryItem, newest: HistoryItem) -> str | None:
    """A version is shown as it was at its end, with what people had said about it."""
    following = history.up_to(item.version + 1)
    if item.version == newest.version or following is None:
        return None
    return max(to_iso_utc(datetime.fromisoformat(following.at) - _A_MOMENT), item.at)


def _event_at_moment(history: as_of.History) -> HistoryItem:
    at = _moment(request.args["at"])
    if at > now():
        raise BadRequest("That moment has yet to come.")
    found = history.by_moment(at)
    if found is None:
        raise NotFound("This post wasn’t there yet at that time.")
    return found


def _moment(typed: str) -> str:
    """ISO 8601; UTC unless it says otherwise."""
    try:
        if not _TYPED.match(typed):
            raise ValueError(typed)
        read = datetime.fromisoformat(typed)
        return to_iso_utc(read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise BadRequest("A moment looks like 2026-11-24T05:00, in UTC.") from error


def _thread(found: PostView, then: PostAsOf) -> dict[str, Any]:
    """The comments that were there by then, with the words that they had."""
    listing = f"thread:{found.id}"
    thread = ask(ThreadOf(post=found.id, viewer=viewer(), after=cursors.read(listing, request.args.get("after"))))
    comments = _comments_as_of(thread.items, then.at) if then.at else thread.items
    more = thread.next if then.at is None or (thread.next and str(thread.next[0]) <= then.at) else None
    asked_for = {name: request.args[name] for name in ("version", "at") if name in request.args}
    after = cursors.write(listing, more)
    return {
        "branches": threads.tree(comments),
        "begins": not request.args.get("after"),
        "next": after and url_for("posts.show", post=found.id, after=after, **asked_for),  # type: ignore[arg-type]
    }


def _comments_as_of(comments: Sequence[CommentView], at: str) -> list[CommentView]:
    there = [comment for comment in comments if comment.created_at <= at]
    changed = [comment for comment in there if permissions.see_text(comment) and (comment.edited_at or "") > at]
    words = as_of.bodies(live(), [f"comment-{one.id}" for one in changed], at)
    return [
        msgspec.structs.replace(comment, body=words[name], edited_at=None)
        if (name := f"comment-{comment.id}") in words
        else comment
        for comment in there
    ]
