"""Undo: the routes that take an act back, or go back to an earlier version."""

from flask import Blueprint, Response

from domain.errors import Sentence
from domain.messages import Command
from webapp.pages import threads
from webapp.site.auth import needs_login
from webapp.site.commands import Sent
from webapp.site.permissions import Thing

from . import comments, forms, posts, undo_rules

UNSAID = Sentence("The form doesn't say which version to go back to.")

bp = Blueprint("undoing", __name__)


@bp.post("/posts/<id:post>/undo")
@needs_login
def undo_post(post: str) -> Response:
    return posts.changed(*_undone(threads.post(post)))


@bp.post("/comments/<id:comment>/undo")
@needs_login
def undo_comment(comment: str) -> Response:
    return comments.changed(*_undone(threads.comment(comment)))


@bp.post("/posts/<id:post>/history/back")
@needs_login
def post_back(post: str) -> Response:
    return posts.changed(*_gone_back(threads.post(post)))


@bp.post("/comments/<id:comment>/history/back")
@needs_login
def comment_back(comment: str) -> Response:
    return comments.changed(*_gone_back(threads.comment(comment)))


def _undone(thing: Thing) -> tuple[Sent, Command]:
    form = forms.sent(forms.UndoForm)
    return undo_rules.take_back(thing, forms.version(form), forms.command_id(form))


def _gone_back(thing: Thing) -> tuple[Sent, Command]:
    form = forms.sent(forms.UndoForm)
    to = forms.number(form.to.data, UNSAID)
    return undo_rules.go_back(thing, to, forms.version(form), form.reason.data, forms.command_id(form))
