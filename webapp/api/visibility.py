"""Who may see what was removed: its author and moderators, as on pages."""

from readmodel.comments import CommentView
from readmodel.posts import PostView
from readmodel.visibility import sees
from webapp.site import access

from .operations import Call


def post(call: Call, id: str) -> PostView:
    """The post, for whoever may see it. Raises NotFound or Removed."""
    return access.post(id, _viewer(call), call.moderates)


def comment(call: Call, id: str) -> CommentView:
    """The comment, where its thread may be seen; `sees_text` decides whether its text may be."""
    return access.comment(id, _viewer(call), call.moderates)


def sees_text(call: Call, comment: CommentView) -> bool:
    """Whether the caller may see the text of a comment in a thread that they may see."""
    return sees(comment.removed, comment.author, _viewer(call).handle, call.moderates)


def _viewer(call: Call) -> access.Viewer:
    return access.Viewer(call.by.account, call.by.handle) if call.by else access.Viewer(None, None)
