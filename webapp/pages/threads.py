"""Threads: a post with its comments, for the post's own page and the forms that come back on it."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from flask import request, session, url_for
from flask_login import current_user

from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, ThreadOf
from readmodel.engine.views import Key
from readmodel.posts import PostView
from readmodel.threads import AuthorsOf, ThreadPage
from webapp.server import cursors
from webapp.site import access
from webapp.site.auth import person, viewer
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


def _viewer() -> access.Viewer:
    who = person()
    return access.Viewer(who.account, who.handle)


def post(id: str) -> PostView:
    """The post, if the viewer may see it. Raises NotFound or Removed."""
    return access.post(id, _viewer(), lambda: current_user.is_moderator)


def comment(id: str) -> CommentView:
    """The comment, removed or not: the template decides whether to show its text. Raises NotFound and Removed."""
    return access.comment(id, _viewer(), lambda: current_user.is_moderator)


def page(found: PostView) -> dict[str, Any]:
    """The context of posts/show.html."""
    since = unread.previous_visit_at(found.id)
    thread = read(found.id, request.args.get("after"))
    rendered.look_up([found.body, *(one.body for one in thread.items)])
    return {
        "post": found,
        "branches": tree(thread.items),
        "answered": answered(thread.items),
        "since": since,
        "removed_since": unread.removed_since(thread.items, since),
        "begins": not request.args.get("after"),
        **onward(found.id, thread),
        "form": drafts.form_for_page(forms.CommentForm, url_for("comments.add", post=found.id)),
    }


def read(post: str, after: str | None) -> ThreadPage:
    """The page of a thread that starts at the cursor, as the viewer sees it."""
    found: ThreadPage = ask(ThreadOf(post=post, viewer=viewer(), after=cursors.read(f"thread:{post}", after)))
    return found


def onward(post: str, thread: ThreadPage) -> dict[str, Any]:
    """Where the thread goes on, and whether that is within a branch; then also where the next branch starts."""
    return {
        "next": cursors.write(f"thread:{post}", thread.next),
        "next_branch": cursors.write(f"thread:{post}", thread.next_branch),
        "more_replies": thread.ends_within_branch,
    }


def answered(comments: Sequence[CommentView]) -> dict[str, str]:
    """The parents that aren't among the comments → who wrote them."""
    here = {found.id for found in comments}
    parents = {found.parent for found in comments if found.parent and found.parent not in here}
    found: dict[str, str] = ask(AuthorsOf(comments=tuple(sorted(parents)))) if parents else {}
    return found


def comment_url(post: str, comment: str) -> str:
    """The URL of a comment in its thread: on the first page, on the one that starts with its branch, or with itself."""
    found = ask(CommentById(comment=comment))
    top = found and ask(CommentById(comment=found.root))
    starts = [None, *_before(found, top)] if found and top else [None]
    holding = (at for at in starts if any(one.id == comment for one in ask(ThreadOf(post=post, after=at)).items))
    after = cursors.write(f"thread:{post}", next(holding, None))
    return url_for("posts.show", post=post, after=after, _anchor=f"comment-{comment}")


def _before(found: CommentView, top: CommentView) -> list[Key]:
    """Keys of pages that start with the comment's branch, and with the comment: no id is smaller than the lowest."""
    branch = (top.created_at, _LOWEST_ID)
    return [branch, (top.created_at, top.id, found.created_at, _LOWEST_ID)]


def branch(post: str, comment: str) -> list[Branch]:
    """A top comment with its replies; nothing where it isn't a top comment of this thread."""
    top = ask(CommentById(comment=comment))
    if top is None or top.post != post or top.parent:
        return []
    thread = ask(ThreadOf(post=post, viewer=viewer(), after=(top.created_at, _LOWEST_ID), limit=1))
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


def walk(branch: Branch) -> Iterator[Branch]:
    """The comment and all that hangs below it."""
    yield branch
    for below in branch.replies:
        yield from walk(below)


def is_catching_up(id: str) -> bool:
    """Whether this browser just published the post and no page shows it yet."""
    return session.get("catching_up") == id
