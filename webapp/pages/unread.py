"""Unread counts: what came since the viewer's last visit to a thread, or since they read their notifications."""

from collections.abc import Sequence

from flask import current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from domain import ids
from operational import visits
from readmodel.comments import CommentView
from readmodel.posts import PostView
from readmodel.unread_counts import CommentsRemovedSince, NewComments, Unread
from webapp.server import htmx
from webapp.site import database, site
from webapp.site.auth import viewer
from webapp.site.database import ask

THREAD_ENDPOINT = "posts.show"


def previous_visit_at(post: str) -> str | None:
    """When the viewer last visited this thread. Opening its first page is a visit, loading a part of it isn't."""
    account = viewer()
    if account is None:
        return None
    opens = request.endpoint == THREAD_ENDPOINT and request.method == "GET" and not request.args.get("after")
    control = database.control()
    if not opens or htmx.wants_fragment():
        return visits.previous_visit_at(control, account, post)
    try:
        return visits.arrive(control, account, post)
    except SQLAlchemyError:
        # The thread can be read all the same.
        current_app.logger.warning("visits: a visit couldn't be saved", exc_info=True)
        return None


def removed_since(comments: Sequence[CommentView], moment: str | None) -> frozenset[str]:
    """Ids of those comments that were removed since the moment."""
    gone = tuple(comment.id for comment in comments if comment.removed)
    found: frozenset[str] = ask(CommentsRemovedSince(comments=gone, since=moment)) if moment and gone else frozenset()
    return found


def new_comment_counts(posts: Sequence[PostView]) -> dict[str, int]:
    """Post → how many comments its thread got since the viewer's last visit; only threads that they visited."""
    account = viewer()
    if account is None or not posts:
        return {}
    known = visits.last_visits(database.control(), account, [post.id for post in posts if post.comments])
    found: dict[str, int] = ask(NewComments(since=known, viewer=account))
    return found


def unread() -> int:
    """How many notifications the viewer hasn't read; asked once a request."""
    if "unread" not in g:
        account = viewer()
        g.unread = ask(Unread(account=account, since=max(read_until() or "", shown_since()))) if account else 0
    count: int = g.unread
    return count


def shown_since() -> str:
    """What happened before this moment isn't shown or counted as a notification any more.

    A whole minute, so that the question is the same for a while: answers are remembered by it.
    """
    return f"{ids.from_now(-site.current().settings.retention.notifications)[:16]}:00.000000Z"


def read_until() -> str | None:
    account = viewer()
    return visits.read_until(database.control(), account) if account else None
