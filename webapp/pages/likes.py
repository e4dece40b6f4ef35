"""Likes of posts and comments: the button replaces itself, and its count with it.

On a whole page the button is the undo, so that nothing else offers it there.
"""

from flask import Blueprint, Response, url_for

from domain.like import Like, Unlike
from readmodel.comments import CommentView
from readmodel.posts import PostView
from webapp.pages import threads
from webapp.server import htmx
from webapp.site import form_recovery
from webapp.site.auth import needs_login
from webapp.site.commands import Sent, flash_note, send

from . import catching_up, forms, undo_rules

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
    command = kind(target=f"post-{post}")
    sent = send(command, forms.command_id(form := forms.submitted(forms.LikeForm)))
    if catching_up.is_post_missing(post):
        return catching_up.respond(sent, post=post)
    if htmx.wants_fragment():
        return _button("posts", threads.post(post), sent, command)
    flash_note(sent)
    return _back_to_list(form) or htmx.go(url_for("posts.show", post=post))


def _on_comment(kind: type[Like | Unlike], comment: str) -> Response:
    command = kind(target=f"comment-{comment}")
    sent = send(command, forms.command_id(form := forms.submitted(forms.LikeForm)))
    found = catching_up.comment(comment)
    if found is None:
        return catching_up.respond(sent, post=catching_up.thread_of(comment))
    if htmx.wants_fragment():
        return _button("comments", found, sent, command)
    flash_note(sent)
    return _back_to_list(form) or htmx.go(threads.comment_url(found.post, comment))


def _back_to_list(form: forms.LikeForm) -> Response | None:
    """Redirects to the list that the button stood in; None where it stood in none."""
    return htmx.go(form_recovery.local_path(form.next.data)) if form.next.data else None


def _button(kind: str, thing: PostView | CommentView, sent: Sent, command: Like | Unlike) -> Response:
    return htmx.part(
        "likes/_button.html", kind=kind, thing=thing, note=sent.note, offer=undo_rules.offer_of(sent, command)
    )
