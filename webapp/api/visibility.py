"""Who may see what was removed: its author and moderators, as on pages."""

from domain.errors import NotFound, Removed
from readmodel.engine.queries import CommentById, PostById
from readmodel.engine.views import CommentView, PostView
from webapp.site.database import ask

from .operations import Call


def post(call: Call, id: str) -> PostView:
    """The post, for whoever may see it. Raises NotFound or Removed."""
    found: PostView | None = ask(PostById(post=id, viewer=call.viewer))
    if found is None:
        raise NotFound("There is no such post.")
    if found.removed and not removed(call, found):
        raise Removed("This post was removed. Its author and moderators can still see it.")
    return found


def comment(call: Call, id: str) -> CommentView:
    """The comment, where its thread may be seen; whether its words may be is `removed`'s to say."""
    found: CommentView | None = ask(CommentById(comment=id, viewer=call.viewer))
    if found is None:
        raise NotFound("There is no such comment.")
    post(call, found.post)
    return found


def removed(call: Call, thing: PostView | CommentView) -> bool:
    """Whether the caller sees this thing's words although it is removed."""
    return call.by is not None and (call.by.handle == thing.author or call.by.is_moderator())
