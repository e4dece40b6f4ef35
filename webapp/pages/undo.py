"""Where the forms go that take an act back, or go back to an earlier version."""

from flask import Blueprint, Response, url_for

from domain.errors import Sentence
from webapp.pages import threads
from webapp.server import htmx
from webapp.site.auth import needs_login
from webapp.site.commands import tell

from . import comments, forms, undo_rules

UNSAID = Sentence("The form doesn't say which version to go back to.")

bp = Blueprint("undoing", __name__)


@bp.post("/posts/<id:post>/undo")
@needs_login
def undo_post(post: str) -> Response:
    form = forms.sent(forms.UndoForm)
    sent, command = undo_rules.post(threads.post(post), forms.version(form), forms.command_id(form))
    undo_rules.tell(tell(sent), command)
    return htmx.go(url_for("posts.show", post=post))


@bp.post("/comments/<id:comment>/undo")
@needs_login
def undo_comment(comment: str) -> Response:
    form = forms.sent(forms.UndoForm)
    sent, command = undo_rules.comment(threads.comment(comment), forms.version(form), forms.command_id(form))
    return comments.changed(sent, command)


@bp.post("/posts/<id:post>/history/back")
@needs_login
def post_back(post: str) -> Response:
    form = forms.sent(forms.UndoForm)
    found = threads.post(post)
    sent, command = undo_rules.post_back(
        found, _to(form), forms.version(form), form.reason.data, forms.command_id(form)
    )
    undo_rules.tell(tell(sent), command)
    return htmx.go(url_for("posts.show", post=post))


@bp.post("/comments/<id:comment>/history/back")
@needs_login
def comment_back(comment: str) -> Response:
    form = forms.sent(forms.UndoForm)
    found = threads.comment(comment)
    sent, command = undo_rules.comment_back(
        found, _to(form), forms.version(form), form.reason.data, forms.command_id(form)
    )
    return comments.changed(sent, command)


def _to(form: forms.UndoForm) -> int:
    return forms.number(form.to.data, UNSAID)
