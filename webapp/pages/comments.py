"""Comments: add one to a post or below another, edit it in place, remove and restore it."""

from flask import Blueprint, Response, make_response, redirect, url_for

from domain.catalogue.act import Act
from domain.comment import AddComment, EditComment
from domain.errors import Forbidden, Removed
from domain.ids import uuid7
from domain.messages import Command
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from webapp.pages import acts, threads
from webapp.server import htmx
from webapp.site import permissions
from webapp.site.auth import needs_login, viewer
from webapp.site.commands import Sent, flash_note, send
from webapp.site.database import ask

from . import catching_up, drafts, edit_conflicts, forms, quotes, undo_rules

bp = Blueprint("comments", __name__)


@bp.get("/posts/<id:post>/comments")
def add_form(post: str) -> Response:
    found = threads.post(post)
    if htmx.wants_fragment():
        form = drafts.form_for_page(forms.CommentForm, url_for(".add", post=post))
        return htmx.part("comments/_form.html", post=found, form=form)
    return htmx.show("posts/show.html", **threads.page(found))


@bp.post("/posts/<id:post>/comments")
@needs_login
def add(post: str) -> Response:
    form = forms.submitted(forms.CommentForm)
    sent = send(AddComment(comment=uuid7(), post=post, body=form.body.data), forms.command_id(form))
    drafts.delete_at(url_for(".add", post=post))
    return _respond_added(sent, post, parent=None)


@bp.get("/comments/<id:comment>/reply")
@needs_login
def reply_form(comment: str) -> Response:
    found = _answerable(comment)
    form = drafts.form_for_page(forms.CommentForm, url_for(".reply", comment=comment), f"reply-{comment}-")
    quotes.prefill(form, found.post)
    return htmx.show("comments/reply.html", fragment="comments/_reply.html", comment=found, form=form)


@bp.post("/comments/<id:comment>/reply")
@needs_login
def reply(comment: str) -> Response:
    form = forms.submitted(forms.CommentForm)
    above = threads.comment(comment)
    command = AddComment(comment=uuid7(), post=above.post, body=form.body.data, parent=comment)
    sent = send(command, forms.command_id(form))
    drafts.delete_at(url_for(".reply", comment=comment))
    return _respond_added(sent, above.post, parent=above)


@bp.get("/comments/<id:comment>")
def show(comment: str) -> Response:
    """A comment's own address leads to its place in the thread; htmx gets the comment alone."""
    found = threads.comment(comment)
    threads.post(found.post)
    if htmx.wants_fragment():
        return _fragment(found)
    return make_response(redirect(threads.comment_url(found.post, comment)))


@bp.get("/comments/<id:comment>/edit")
@needs_login
def edit_form(comment: str) -> Response:
    found = _changeable(comment)
    if found.removed:
        raise Removed("This comment was removed. Restore it before you edit it.")
    stored = {"body": found.body, "version": str(found.version)}
    form = drafts.form_for_page(forms.CommentForm, url_for(".edit", comment=comment), f"edit-{comment}-", **stored)
    conflict = edit_conflicts.merge_into(form, f"comment-{comment}")
    return htmx.show("comments/edit.html", fragment="comments/_edit.html", comment=found, form=form, conflict=conflict)


@bp.post("/comments/<id:comment>/edit")
@needs_login
def edit(comment: str) -> Response:
    form = forms.submitted(forms.CommentForm)
    command = EditComment(comment=comment, version=forms.version(form), body=form.body.data, reason=form.reason.data)
    sent = send(command, forms.command_id(form))
    drafts.delete_at(url_for(".edit", comment=comment))
    return changed(sent, command)


def _act_form(act: Act, comment: str) -> Response:
    found = threads.comment(comment)
    acts.require(act, found)
    form = forms.for_page(forms.ReasonForm, prefix=f"{act.verb}-{comment}-")
    return htmx.show("comments/act.html", fragment="comments/_act.html", comment=found, act=act, form=form)


def _answerable(comment: str) -> CommentView:
    """The comment, to be answered. Raises Removed for one that can't be, NotFound where its thread may not be seen."""
    found = threads.comment(comment)
    threads.post(found.post)
    if found.removed:
        raise Removed("This comment was removed, so it can't be answered.")
    return found


def _changeable(comment: str) -> CommentView:
    found = threads.comment(comment)
    if not permissions.change(found):
        raise Forbidden("Only its author or a moderator may do that.")
    return found


def _respond_added(sent: Sent, post: str, parent: CommentView | None) -> Response:
    if not htmx.wants_fragment():
        flash_note(sent)
        return htmx.go(threads.comment_url(post, sent.receipt.subject))
    added = ask(CommentById(comment=sent.receipt.subject, viewer=viewer()))
    return htmx.part(
        "comments/_added.html" if parent is None else "comments/_reply_added.html",
        branches=threads.tree([added] if added else []),
        post=ask(PostById(post=post, viewer=viewer())),
        sent=sent,
        form=drafts.form_for_page(forms.CommentForm, url_for(".add", post=post)),
    )


def changed(sent: Sent, command: Command) -> Response:
    """The comment as it is after a command, in place or in its thread, with the offer to take that back."""
    found = catching_up.comment(sent.receipt.subject)
    if found is None:
        return catching_up.respond(sent, post=catching_up.thread_of(sent.receipt.subject))
    if htmx.wants_fragment():
        return _fragment(found, sent.note, undo_rules.offer_of(sent, command))
    undo_rules.offer_on_next_page(flash_note(sent), command)
    return htmx.go(threads.comment_url(found.post, found.id))


def _fragment(found: CommentView, note: str = "", offer: undo_rules.Offer | None = None) -> Response:
    post = ask(PostById(post=found.post, viewer=viewer()))
    return htmx.part("comments/_comment.html", branches=threads.tree([found]), post=post, note=note, offer=offer)


acts.add_routes(bp, "comment", _act_form, changed)
