"""History pages of a post or a comment: each version, who, when, why, and the diff to the one before."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from flask import Blueprint, Response, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from domain.catalogue import BY_EVENT
from domain.comment import EraseComment
from domain.errors import Removed, Sentence
from domain.messages import Command, Erasure
from domain.post import ErasePost
from domain.web_address import with_formatting_encoded
from readmodel.comments import CommentView
from readmodel.engine.queries import HistoryOf
from readmodel.engine.views import HistoryItem
from webapp.pages import threads
from webapp.server import htmx
from webapp.site import permissions
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask
from webapp.text import activity, diff

from . import forms, undo_rules

bp = Blueprint("history", __name__)

VERSIONS_PER_PAGE = 20
"""Versions on one page: each may cost a diff."""
MAX_DIFF_CHARS = 150_000
"""A page ends after the version that brings more HTML than this: what takes long to compare is long to show."""

_NO_VERSION = HistoryItem(
    stream="",
    version=0,
    type="",
    actor="",
    at="",
    reason=None,
    title=None,
    body=None,
    url=None,
    erased=False,
    detail={},
)
"""What the first words are compared with."""


class Step(msgspec.Struct, frozen=True):
    """One event. title, url and body are None where it brought no words, or left them as they were.

    first: the texts are whole, since there is nothing to compare them with. was: the body that item's own followed.
    """

    item: HistoryItem
    first: bool
    title: Markup | None
    url: Markup | None
    body: Markup | None
    previous_body: str = ""


@bp.get("/posts/<id:post>/history")
def of_post(post: str) -> Response:
    found = threads.post(post)
    return _page(f"post-{post}", "history/post.html", post=found)


@bp.get("/comments/<id:comment>/history")
def of_comment(comment: str) -> Response:
    found = _visible(comment)
    return _page(f"comment-{comment}", "history/comment.html", comment=found, post=threads.post(found.post))


@bp.get("/posts/<id:post>/history/erase")
@needs_login
def erase_post_form(post: str) -> Response:
    return of_post(post)


@bp.post("/posts/<id:post>/history/erase")
@needs_login
def erase_post(post: str) -> Response:
    return _erase(lambda reason: ErasePost(post=post, reason=reason), url_for(".of_post", post=post))


@bp.get("/comments/<id:comment>/history/erase")
@needs_login
def erase_comment_form(comment: str) -> Response:
    return of_comment(comment)


@bp.post("/comments/<id:comment>/history/erase")
@needs_login
def erase_comment(comment: str) -> Response:
    return _erase(lambda reason: EraseComment(comment=comment, reason=reason), url_for(".of_comment", comment=comment))


def _erase(command: Callable[[str], Command], address: str) -> Response:
    form = forms.submitted(forms.ReasonForm)
    flash_note(send(command(form.reason.data), forms.command_id(form)))
    return htmx.go(address)


def _visible(comment: str) -> CommentView:
    found = threads.comment(comment)
    if not permissions.see_text(found):
        raise Removed("This comment was removed. Its author and moderators can still see its history.")
    return found


def _page(stream: str, template: str, **context: Any) -> Response:
    items: list[HistoryItem] = ask(HistoryOf(stream=stream))
    address = f"/{stream.replace('-', 's/', 1)}"
    steps, older = steps_of(items, _before())
    return htmx.show(
        template,
        steps=steps,
        older=older,
        split=_is_split_view(),
        sides=diff.side_by_side,
        describe=activity.in_history,
        form=forms.for_page(forms.ReasonForm, prefix="erase-"),
        undoable=undo_rules.undoable(items),
        words=next((item.version for item in reversed(items) if undo_rules.changes_text(item)), 0),
        newest=items[-1].version if items else 0,
        thing=address,
        erasable=current_user.is_admin and any(map(_is_worth_erasing, items)),
        action=f"{address}/history/erase",
        **context,
    )


def _is_worth_erasing(item: HistoryItem) -> bool:
    """Whether it brought a text or a reason; that of an erasure goes with the next one, and asks for none by itself."""
    erases = issubclass(BY_EVENT[item.type].event, Erasure) if item.type in BY_EVENT else False
    return not erases and (item.body is not None or item.reason is not None)


def _before() -> int | None:
    """`?before=7` shows what came before version 7."""
    typed = request.args.get("before")
    return None if typed is None else forms.parse_number(typed, Sentence("There is no such version."))


def _is_split_view() -> bool:
    """`?view=split` shows changes as two columns."""
    view = request.args.get("view", "inline")
    if view not in ("inline", "split"):
        raise BadRequest("A history can be seen inline or split.")
    return view == "split"


def steps_of(items: Sequence[HistoryItem], before: int | None) -> tuple[list[Step], int | None]:
    """One page of steps, newest first, and the version before which the next one starts. items: oldest first."""
    chosen = [index for index, item in enumerate(items) if before is None or item.version < before]
    steps: list[Step] = []
    room = MAX_DIFF_CHARS
    for index in reversed(chosen[-VERSIONS_PER_PAGE:]):
        steps.append(_step(items, index))
        room -= len(steps[-1].body or "")
        if room <= 0:
            break
    return steps, steps[-1].item.version if len(steps) < len(chosen) else None


def _step(items: Sequence[HistoryItem], index: int) -> Step:
    item = items[index]
    last = next((one for one in reversed(items[:index]) if one.body is not None), _NO_VERSION)
    return Step(
        item=item,
        first=last.body is None,
        title=_diff(last.title, item.title),
        url=_diff(_shown_link(last.url), _shown_link(item.url)),
        body=_diff(last.body, item.body),
        previous_body=last.body or "",
    )


def _shown_link(url: str | None) -> str | None:
    """Links are stored so today; older ones are as they were typed."""
    return url and with_formatting_encoded(url)


def _diff(before: str | None, after: str | None) -> Markup | None:
    if after is None or (before or "") == after:
        return None
    return Markup.escape(after) if before is None else diff.inline(before, after)
