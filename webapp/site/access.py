"""Posts and comments by id, with access control: readmodel/visibility.py has the rule."""

from typing import NamedTuple

from domain.errors import NotFound, Removed
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from readmodel.posts import PostView
from readmodel.visibility import Moderates, sees
from webapp.site.database import ask


class Viewer(NamedTuple):
    """Who looks: the account's id and its handle, None for a stranger."""

    account: str | None
    handle: str | None


def post(id: str, viewer: Viewer, moderates: Moderates) -> PostView:
    """The post. Raises NotFound, and Removed for those who may not see it."""
    found: PostView | None = ask(PostById(post=id, viewer=viewer.account))
    if found is None:
        raise NotFound("There is no such post.")
    _require_seen(found, viewer, moderates)
    return found


def comment(id: str, viewer: Viewer, moderates: Moderates) -> CommentView:
    """The comment, removed or not: visibility.sees decides whether its text may be seen.

    Raises NotFound, and Removed for those who may not see its thread.
    """
    found: CommentView | None = ask(CommentById(comment=id, viewer=viewer.account))
    if found is None:
        raise NotFound("There is no such comment.")
    thread: PostView | None = ask(PostById(post=found.post))
    if thread is not None:
        _require_seen(thread, viewer, moderates)
    return found


def _require_seen(post: PostView, viewer: Viewer, moderates: Moderates) -> None:
    if not sees(post.removed, post.author, viewer.handle, moderates):
        raise Removed("This post was removed. Its author and moderators can still see it.")
