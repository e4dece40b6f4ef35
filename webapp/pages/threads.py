"""Threads: a post with its comments, for the post's own page and the forms that come back on it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import request, session, url_for
from flask_login import current_user

from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, ThreadOf
from readmodel.posts import PostView
from webapp.server import cursors
from webapp.site import access
from webapp.site.auth import viewer
from webapp.site.database import ask

from . import drafts, forms, rendered, unread

_LOWEST_ID = "00000000-0000-0000-0000-000000000000"


class Branch(msgspec.Struct):
    """A comment and its replies, in reading order."""

    comment: CommentView
    replies: "list[Branch]"

    @property
    def below(self) -> int:
        """How many replies are below this comment, at every depth."""
        return sum(1 + branch.below for branch in self.replies)


def post(id: str) -> PostView:
    """The post, if the viewer may see it. Raises NotFound or Removed."""
    return access.post(id, viewer(), lambda: current_user.is_moderator)


def comment(id: str) -> CommentView:
    """The comment, removed or not: the template decides whether to show its text. Raises NotFound and Removed."""
    return access.comment(id, viewer(), lambda: current_user.is_moderator)


def page(found: PostView) -> dict[str, Any]:
    """The context of posts/show.html."""
    listing = f"thread:{found.id}"
    since = unread.previous_visit_at(found.id)
    thread = ask(ThreadOf(post=found.id, viewer=viewer(), after=cursors.read(listing, request.args.get("after"))))
    rendered.look_up([found.body, *(one.body for one in thread.items)])
    return {
        "post": found,
        "branches": tree(thread.items),
        "since": since,
        "removed_since": unread.removed_since(thread.items, since),
        "begins": not request.args.get("after"),
        "next": cursors.write(listing, thread.next),
        "form": drafts.form_for_page(forms.CommentForm, url_for("comments.add", post=found.id)),
    }


def comment_url(post: str, comment: str) -> str:
    """The URL of a comment in its thread: on the first page, or on the one that starts with its branch."""
    first = ask(ThreadOf(post=post))
    after = None
    if first.next is not None and all(found.id != comment for found in first.items):
        after = _before_branch(post, comment)
    return url_for("posts.show", post=post, after=after, _anchor=f"comment-{comment}")


def _before_branch(post: str, comment: str) -> str | None:
    """A cursor just before the comment's branch: no id is smaller than this one."""
    found = ask(CommentById(comment=comment))
    top = found and ask(CommentById(comment=found.root))
    return cursors.write(f"thread:{post}", (top.created_at, _LOWEST_ID)) if top else None


def branch(post: str, comment: str) -> list[Branch]:
    """A top comment with its replies; nothing where it isn't a top comment of this thread."""
    top = ask(CommentById(comment=comment))
    if top is None or top.post != post or top.parent:
        return []
    thread = ask(ThreadOf(post=post, viewer=viewer(), after=(top.created_at, _LOWEST_ID)))
    return tree([found for found in thread.items if found.root == comment])


def tree(comments: Sequence[CommentView]) -> list[Branch]:
    """Branches out of comments in reading order; one whose parent isn't there stands at the top."""
    known: dict[str, Branch] = {}
    tops: list[Branch] = []
    for found in comments:
        branch = known[found.id] = Branch(found, [])
        above = known.get(found.parent) if found.parent else None
        (above.replies if above else tops).append(branch)
    return tops


def is_catching_up(id: str) -> bool:
    """Whether this browser just published the post and no page shows it yet."""
    return session.get("catching_up") == id
