"""What is new to whoever looks: since they were last in a thread, since they last read their notifications."""

from collections.abc import Sequence

from flask import current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from operational import visits
from readmodel.comments import CommentView
from readmodel.inbox import Unread
from readmodel.posts import PostView
from readmodel.unread_counts import NewComments, RemovedSince
from webapp.server import htmx
from webapp.site import database
from webapp.site.auth import viewer
from webapp.site.database import ask

THREAD = "posts.show"


def since(post: str) -> str | None:
    """When the viewer was in this thread before. Opening its first page counts as being there, a part of it doesn't."""
    handle = viewer()
    if handle is None:
        return None
    opens = request.endpoint == THREAD and request.method == "GET" and not request.args.get("after")
    control = database.control()
    if not opens or htmx.wants_fragment():
        return visits.earlier(control, handle, post)
    try:
        return visits.arrive(control, handle, post)
    except SQLAlchemyError:
        # The thread can be read all the same.
        current_app.logger.warning("a visit couldn't be noted", exc_info=True)
        return None


def removed(comments: Sequence[CommentView], moment: str | None) -> frozenset[str]:
    """Ids of the comments that were removed since then."""
    gone = tuple(comment.id for comment in comments if comment.removed)
    found: frozenset[str] = ask(RemovedSince(comments=gone, since=moment)) if moment and gone else frozenset()
    return found


def new_in(posts: Sequence[PostView]) -> dict[str, int]:
    """Post → how many comments its thread got since the viewer was in it; only threads they know."""
    handle = viewer()
    if handle is None or not posts:
        return {}
    known = visits.seen(database.control(), handle, [post.id for post in posts if post.comments])
    found: dict[str, int] = ask(NewComments(since=known, viewer=handle))
    return found


def unread() -> int:
    """How many notifications the viewer hasn't read; asked once a request."""
    if "unread" not in g:
        handle = viewer()
        g.unread = ask(Unread(handle=handle, since=read_until())) if handle else 0
    count: int = g.unread
    return count


def read_until() -> str | None:
    handle = viewer()
    return visits.read_until(database.control(), handle) if handle else None
