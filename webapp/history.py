"""The life of a post or a comment: each version, who, when, why, and what changed since the one before."""

from collections.abc import Sequence

import msgspec
from flask import Blueprint, Response, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from domain.comment import EraseComment
from domain.errors import Removed
from domain.post import ErasePost
from readmodel.queries import HistoryOf
from readmodel.views import CommentView, HistoryItem

from . import diff, forms, htmx, may, threads
from .auth import needs_login
from .commands import send, tell
from .database import ask
from .errors import status

bp = Blueprint("history", __name__)

SHOWN = 20
"""Versions on one page: each may cost a diff."""

VERBS = {
    "PostPublished": "published this",
    "PostEdited": "edited this",
    "PostRemoved": "removed this",
    "PostRestored": "restored this",
    "PostLocked": "locked the thread",
    "PostUnlocked": "unlocked the thread",
    "PostErased": "erased every text of this for good",
    "CommentAdded": "wrote this",
    "CommentEdited": "edited this",
    "CommentRemoved": "removed this",
    "CommentRestored": "restored this",
    "CommentErased": "erased every text of this for good",
    "AccountRegistered": "registered",
    "ProfileEdited": "edited the profile of",
    "ProfileErased": "erased the profile of",
    "RoleGranted": "gave a role to",
    "RoleRevoked": "took a role from",
    "AccountSuspended": "suspended",
    "AccountReinstated": "reinstated",
}
"""What somebody did, by the event's name; an event without one is shown by its name."""


class Step(msgspec.Struct, frozen=True):
    """One event. title, url and body are None where it brought no words, or left them as they were.

    first: the texts are whole, since there is nothing to compare them with.
    """

    item: HistoryItem
    verb: str
    first: bool
    title: Markup | None
    url: Markup | None
    body: Markup | None


@bp.get("/posts/<id:post>/history")
def of_post(post: str) -> Response:
    found = threads.post(post)
    return _page(f"post-{post}", "history/post.html", post=found)


@bp.get("/comments/<id:comment>/history")
def of_comment(comment: str) -> Response:
    found = _visible(comment)
    return _page(f"comment-{comment}", "history/comment.html", comment=found, post=threads.post(found.post))


@bp.post("/posts/<id:post>/history/erase")
@needs_login
def erase_post(post: str) -> Response:
    form = forms.sent(forms.ReasonForm)
    tell(send(ErasePost(post=post, reason=form.reason.data), forms.command_id(form)))
    return htmx.go(url_for(".of_post", post=post))


@bp.post("/comments/<id:comment>/history/erase")
@needs_login
def erase_comment(comment: str) -> Response:
    form = forms.sent(forms.ReasonForm)
    tell(send(EraseComment(comment=comment, reason=form.reason.data), forms.command_id(form)))
    return htmx.go(url_for(".of_comment", comment=comment))


def _visible(comment: str) -> CommentView:
    found = threads.comment(comment)
    if found.removed and not may.see_removed(found):
        raise Removed("This comment was removed. Its author and moderators can still see its history.")
    return found


def _page(stream: str, template: str, **context: object) -> Response:
    items: list[HistoryItem] = ask(HistoryOf(stream=stream))
    steps, older = steps_of(items, _before())
    return htmx.show(
        template,
        status(),
        steps=steps,
        older=older,
        form=forms.shown(forms.ReasonForm, prefix="erase-"),
        erasable=current_user.is_admin and any(not item.erased and item.body is not None for item in items),
        action=f"{request.path}/erase",
        **context,
    )


def _before() -> int | None:
    """`?before=7` shows what came before version 7."""
    typed = request.args.get("before")
    if typed is None:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise BadRequest("There is no such version.")
    return int(typed)


def steps_of(items: Sequence[HistoryItem], before: int | None) -> tuple[list[Step], int | None]:
    """One page of steps, newest first, and the version before which the next one starts. items: oldest first."""
    chosen = [index for index, item in enumerate(items) if before is None or item.version < before]
    shown = chosen[-SHOWN:]
    older = items[shown[0]].version if len(chosen) > len(shown) else None
    return [_step(items, index) for index in reversed(shown)], older


def _step(items: Sequence[HistoryItem], index: int) -> Step:
    item = items[index]
    last = next((one for one in reversed(items[:index]) if one.body is not None), None)
    return Step(
        item=item,
        verb=VERBS.get(item.type, item.type),
        first=last is None,
        title=_changed(last and last.title, item.title),
        url=_changed(last and last.url, item.url),
        body=_changed(last and last.body, item.body),
    )


def _changed(before: str | None, after: str | None) -> Markup | None:
    if not after and not before or after is None or before == after:
        return None
    return Markup.escape(after) if before is None else diff.words(before, after)
