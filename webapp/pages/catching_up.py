"""Responses while the read model lags: a command on a post or comment that it lacks was stored, and they say so."""

from flask import Response, make_response, session, url_for
from markupsafe import escape

from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from webapp.server import htmx
from webapp.site import i18n, site
from webapp.site.auth import viewer
from webapp.site.commands import CATCHING_UP, Sent, flash_note
from webapp.site.database import ask


def is_post_missing(post: str) -> bool:
    """Whether the read model doesn't have the post yet."""
    return ask(PostById(post=post)) is None


def comment(id: str) -> CommentView | None:
    """The comment as the viewer sees it; None where the read model doesn't have it yet."""
    found: CommentView | None = ask(CommentById(comment=id, viewer=viewer()))
    return found


def respond(sent: Sent, *, post: str) -> Response:
    """Says that the command was stored: for htmx in the status region, else on the thread's page or its substitute."""
    if htmx.wants_fragment():
        return htmx.retarget("#status", make_response(f"<span>{escape(i18n.translate(CATCHING_UP))}</span>"))
    flash_note(sent)
    if is_post_missing(post):
        session["catching_up"] = post
    return htmx.go(url_for("posts.show", post=post))


def thread_of(comment: str) -> str:
    """The post id of a comment, from the comment's own stream in the event store."""
    return site.current().bus.aggregates().comment(comment).post
