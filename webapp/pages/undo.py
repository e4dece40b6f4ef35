"""Undo: the routes that take an act back, or revert a text to an earlier version."""

from flask import Blueprint, Response

from domain.errors import Sentence
from domain.messages import Command
from webapp.pages import threads
from webapp.site.auth import needs_login
from webapp.site.commands import Sent
from webapp.site.permissions import Thing

from . import comments, forms, posts, undo_rules

NO_TARGET_VERSION = Sentence("The form doesn't say which version to go back to.")

bp = Blueprint("undoing", __name__)


@bp.post("/posts/<id:post>/undo")
@needs_login
def undo_post(post: str) -> Response:
    return posts.changed(*_undo(threads.post(post)))


@bp.post("/comments/<id:comment>/undo")
@needs_login
def undo_comment(comment: str) -> Response:
    return comments.changed(*_undo(threads.comment(comment)))


@bp.post("/posts/<id:post>/history/back")
@needs_login
def post_back(post: str) -> Response:
    return posts.changed(*_revert(threads.post(post)))


@bp.post("/comments/<id:comment>/history/back")
@needs_login
def comment_back(comment: str) -> Response:
    return comments.changed(*_revert(threads.comment(comment)))


def _undo(thing: Thing) -> tuple[Sent, Command]:
    form = forms.submitted(forms.UndoForm)
    return undo_rules.take_back(thing, forms.version(form), forms.command_id(form))


def _revert(thing: Thing) -> tuple[Sent, Command]:
    form = forms.submitted(forms.UndoForm)
    to = forms.parse_number(form.to.data, NO_TARGET_VERSION)
    return undo_rules.revert(thing, to, forms.version(form), form.reason.data, forms.command_id(form))
