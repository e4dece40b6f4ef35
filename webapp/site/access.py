"""Posts and comments by their ids. What was removed is found by its author and by moderators alone."""

from collections.abc import Callable

from domain.errors import NotFound, Removed
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from readmodel.posts import PostView
from webapp.site.database import ask

Moderates = Callable[[], bool]
"""Whether whoever looks is a moderator; asked where it matters."""


def post(id: str, viewer: str | None, moderates: Moderates) -> PostView:
    """Raises NotFound, and Removed for those who may not see it."""
    found: PostView | None = ask(PostById(post=id, viewer=viewer))
    if found is None:
        raise NotFound("There is no such post.")
    if found.removed and not sees_removed(found, viewer, moderates):
        raise Removed("This post was removed. Its author and moderators can still see it.")
    return found


def comment(id: str, viewer: str | None) -> CommentView:
    """The comment, removed or not: whether its text may be seen is `sees_removed`'s to say. Raises NotFound."""
    found: CommentView | None = ask(CommentById(comment=id, viewer=viewer))
    if found is None:
        raise NotFound("There is no such comment.")
    return found


def sees_removed(thing: PostView | CommentView, viewer: str | None, moderates: Moderates) -> bool:
    return viewer == thing.author or moderates()
