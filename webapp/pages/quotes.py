"""Quotations in Markdown, to begin an answer with: a post's or comment's text under a link to it."""

from flask import Blueprint, Response, make_response, request

from domain.errors import NotFound, Removed
from domain.ids import is_id
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById
from readmodel.posts import PostView
from webapp.pages import threads
from webapp.site.auth import needs_login, viewer
from webapp.site.database import ask

from . import forms

bp = Blueprint("quote", __name__)

MAX_QUOTE_CHARS = 600
"""Characters; who wants more can copy it."""


@bp.get("/quote/<id:thing>")
@needs_login
def text_of(thing: str) -> Response:
    """The quotation alone, for a page that has the form already."""
    response = make_response(quotation_of(_found(thing)))
    response.mimetype = "text/plain"
    response.headers["Cache-Control"] = "no-store"
    return response


def prefill(form: forms.CommentForm, post: str) -> None:
    """Appends the quotation that `?quote=<id>` asks for to a form's text. Raises NotFound for one of another thread."""
    asked = request.args.get("quote")
    if asked is None or request.method != "GET":
        return
    found = _found(asked) if is_id(asked) else None
    if found is None or post != (found.post if isinstance(found, CommentView) else found.id):
        raise NotFound("There is nothing to quote there.")
    quoted = quotation_of(found)
    if quoted not in form.body.data:
        form.body.data = f"{form.body.data.rstrip()}\n\n{quoted}".lstrip()


def quotation_of(found: PostView | CommentView) -> str:
    """The quotation: a link to its author's text, and the text without what it quotes itself."""
    words = "\n".join(line for line in found.body.splitlines() if not line.startswith(">")).strip()
    if len(words) > MAX_QUOTE_CHARS:
        words = words[:MAX_QUOTE_CHARS].rstrip() + " …"
    lines = "\n".join(f"> {line}".rstrip() for line in (words or getattr(found, "title", "")).splitlines())
    kind = "comments" if isinstance(found, CommentView) else "posts"
    return f"[@{found.author}](/{kind}/{found.id}):\n\n{lines}\n\n"


def _found(id: str) -> PostView | CommentView:
    """A comment or a post that the viewer may read and answer."""
    comment: CommentView | None = ask(CommentById(comment=id, viewer=viewer()))
    found = comment or threads.post(id)
    if comment:
        threads.post(comment.post)
    if found.removed:
        raise Removed("This was removed, so it can't be quoted.")
    return found
