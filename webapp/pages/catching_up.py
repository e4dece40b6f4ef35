"""What was stored about a thing that no list has yet: it can't be shown, but nothing failed, and that is said."""

from flask import Response, make_response, session, url_for
from markupsafe import escape

from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from webapp.server import htmx
from webapp.site import i18n, site
from webapp.site.auth import viewer
from webapp.site.commands import CATCHING_UP, Sent, tell
from webapp.site.database import ask


def lacks(post: str) -> bool:
    """Whether the lists don't have the post."""
    return ask(PostById(post=post)) is None


def comment(id: str) -> CommentView | None:
    """The comment as whoever looks sees it; None where the lists don't have it."""
    found: CommentView | None = ask(CommentById(comment=id, viewer=viewer()))
    return found


def said(sent: Sent, *, post: str) -> Response:
    """For htmx a sentence in the status region; else the thread, or the page that waits for it."""
    if htmx.wants_fragment():
        return htmx.retarget("#status", make_response(f"<span>{escape(i18n.told(CATCHING_UP))}</span>"))
    tell(sent)
    if lacks(post):
        session["catching_up"] = post
    return htmx.go(url_for("posts.show", post=post))


def thread_of(comment: str) -> str:
    """The post that a comment belongs to, as the comment's own stream has it."""
    return site.current().bus.aggregates().comment(comment).post
