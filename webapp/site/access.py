"""Posts and comments by id, with access control: a removed one is seen by its author and by moderators alone."""

from collections.abc import Callable

from domain.errors import NotFound, Removed
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from readmodel.posts import PostView
from webapp.site.database import ask

Moderates = Callable[[], bool]
"""Whether the viewer is a moderator; called only where it matters."""


def post(id: str, viewer: str | None, moderates: Moderates) -> PostView:
    """The post. Raises NotFound, and Removed for those who may not see it."""
    found: PostView | None = ask(PostById(post=id, viewer=viewer))
    if found is None:
        raise NotFound("There is no such post.")
    if found.removed and not sees_removed(found, viewer, moderates):
        raise Removed("This post was removed. Its author and moderators can still see it.")
    return found


def comment(id: str, viewer: str | None) -> CommentView:
    """The comment, removed or not: `sees_removed` decides whether its text may be seen. Raises NotFound."""
    found: CommentView | None = ask(CommentById(comment=id, viewer=viewer))
    if found is None:
        raise NotFound("There is no such comment.")
    return found


def sees_removed(thing: PostView | CommentView, viewer: str | None, moderates: Moderates) -> bool:
    """Whether the viewer may see a removed thing's text: its author and moderators."""
    return viewer == thing.author or moderates()
