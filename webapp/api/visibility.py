"""Who may see what was removed: its author and moderators, as on pages."""

from readmodel.comments import CommentView
from readmodel.posts import PostView
from webapp.site import access

from .operations import Call


def post(call: Call, id: str) -> PostView:
    """The post, for whoever may see it. Raises NotFound or Removed."""
    return access.post(id, call.viewer, call.moderates)


def comment(call: Call, id: str) -> CommentView:
    """The comment, where its thread may be seen; whether its words may be is `removed`'s to say."""
    return access.comment(id, call.viewer, call.moderates)


def removed(call: Call, thing: PostView | CommentView) -> bool:
    """Whether the caller sees this thing's words although it is removed."""
    return access.sees_removed(thing, call.viewer, call.moderates)
