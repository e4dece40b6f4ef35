"""Likes of posts and comments: the button swaps itself, and its count with it."""

from flask import Blueprint, Response, url_for

from domain.like import Like, Unlike

from . import forms, htmx, threads
from .auth import needs_login
from .commands import send, tell

bp = Blueprint("likes", __name__)


@bp.post("/posts/<id:post>/like")
@needs_login
def like_post(post: str) -> Response:
    return _on_post(Like, post)


@bp.post("/posts/<id:post>/unlike")
@needs_login
def unlike_post(post: str) -> Response:
    return _on_post(Unlike, post)


@bp.post("/comments/<id:comment>/like")
@needs_login
def like_comment(comment: str) -> Response:
    return _on_comment(Like, comment)


@bp.post("/comments/<id:comment>/unlike")
@needs_login
def unlike_comment(comment: str) -> Response:
    return _on_comment(Unlike, comment)


def _on_post(kind: type[Like | Unlike], post: str) -> Response:
    sent = send(kind(target=f"post-{post}"), forms.command_id(forms.sent(forms.Form)))
    if htmx.wants_fragment():
        return htmx.part("likes/_button.html", kind="posts", thing=threads.post(post), note=sent.note)
    tell(sent)
    return htmx.go(url_for("posts.show", post=post))


def _on_comment(kind: type[Like | Unlike], comment: str) -> Response:
    sent = send(kind(target=f"comment-{comment}"), forms.command_id(forms.sent(forms.Form)))
    found = threads.comment(comment)
    if htmx.wants_fragment():
        return htmx.part("likes/_button.html", kind="comments", thing=found, note=sent.note)
    tell(sent)
    return htmx.go(threads.place(found.post, comment))
