"""Posts and comments by id, with access control: readmodel/visibility.py has the rule."""

from domain.errors import NotFound, Removed
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from readmodel.posts import PostView
from readmodel.visibility import Moderates, sees
from webapp.site.database import ask


def post(id: str, viewer: str | None, moderates: Moderates) -> PostView:
    """The post. Raises NotFound, and Removed for those who may not see it."""
    found: PostView | None = ask(PostById(post=id, viewer=viewer))
    if found is None:
        raise NotFound("There is no such post.")
    if not sees(found.removed, found.author, viewer, moderates):
        raise Removed("This post was removed. Its author and moderators can still see it.")
    return found


def comment(id: str, viewer: str | None, moderates: Moderates) -> CommentView:
    """The comment, removed or not: `sees_removed` decides whether its text may be seen.

    Raises NotFound, and Removed for those who may not see its thread.
    """
    found: CommentView | None = ask(CommentById(comment=id, viewer=viewer))
    if found is None:
        raise NotFound("There is no such comment.")
    thread: PostView | None = ask(PostById(post=found.post))
    if thread is not None and not sees(thread.removed, thread.author, viewer, moderates):
        raise Removed("This post was removed. Its author and moderators can still see it.")
    return found


def sees_removed(thing: PostView | CommentView, viewer: str | None, moderates: Moderates) -> bool:
    """Whether the viewer may see a removed thing's text: its author and moderators."""
    return sees(True, thing.author, viewer, moderates)
