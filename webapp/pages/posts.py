"""Posts: show, publish, edit and preview one, and the acts on it."""

from flask import Blueprint, Response, g, make_response, render_template, request, session, url_for

from domain import text
from domain.catalogue.act import Act
from domain.errors import Forbidden, NotFound, Removed
from domain.ids import is_id, uuid7
from domain.messages import Command
from domain.post import EditPost, NewPost
from readmodel.posts import PostView
from webapp.live import page_version
from webapp.pages import acts, threads
from webapp.server import htmx, page_cache
from webapp.site import form_recovery, permissions
from webapp.site.auth import needs_login, viewer
from webapp.site.commands import Sent, flash_note, send

from . import drafts, edit_conflicts, forms, quotes, time_travel, undo_rules

bp = Blueprint("posts", __name__)


@bp.get("/posts/<id:post>")
@page_cache.public("after")
def show(post: str) -> Response:
    fingerprint = page_version.fingerprint(post)
    try:
        found = threads.post(post)
    except NotFound:
        if not threads.is_catching_up(post):
            raise
        return make_response(render_template("posts/catching_up.html", post=post), 202)
    if time_travel.is_requested():
        return time_travel.show(found)
    page = threads.page(found)
    quotes.prefill(page["form"], post)
    return htmx.show(
        "posts/show.html",
        fragment="comments/_list.html",
        live={"fingerprint": fingerprint, "version": page_version.version(page)},
        further=int(htmx.wants_fragment()),
        **page,
    )


@bp.get("/posts/new")
@bp.get("/posts/new/<id:begun>")
@needs_login
def new(begun: str | None = None) -> Response:
    """An empty form with a draft of its own, so that two tabs write two posts; or the form of an unfinished one."""
    fresh = begun is None and "recovered" not in g
    begun = begun or _draft_id(form_recovery.submitted_fields().get("begun", "")) or uuid7()
    return htmx.show(
        "posts/new.html",
        fragment="posts/_form.html",
        form=drafts.form_for_page(forms.PostForm, url_for(".new", begun=begun), begun=begun),
        action=url_for(".new"),
        others=drafts.unfinished_posts() if fresh else None,
    )


@bp.post("/posts/new")
@needs_login
def publish() -> Response:
    form = forms.submitted(forms.PostForm)
    command = NewPost(post=uuid7(), title=form.title.data, body=form.body.data, url=form.url.data)
    sent = flash_note(send(command, forms.command_id(form)))
    if begun := _draft_id(form.begun.data):
        drafts.delete_at(url_for(".new", begun=begun))
    if not sent.shown:
        session["catching_up"] = sent.receipt.subject
    return _to_post(sent.receipt.subject)


@bp.get("/posts/<id:post>/edit")
@needs_login
def edit_form(post: str) -> Response:
    found = _changeable(post)
    if found.removed:
        raise Removed("This post was removed. Restore it before you edit it.")
    stored = {"title": found.title, "body": found.body, "url": found.url, "version": str(found.version)}
    form = drafts.form_for_page(forms.PostForm, url_for(".edit", post=post), **stored)
    conflict = edit_conflicts.merge_into(form, f"post-{post}")
    return htmx.show(
        "posts/edit.html",
        fragment="posts/_form.html",
        form=form,
        post=found,
        conflict=conflict,
        action=url_for(".edit", post=post),
    )


@bp.post("/posts/<id:post>/edit")
@needs_login
def edit(post: str) -> Response:
    form = forms.submitted(forms.PostForm)
    command = EditPost(
        post=post,
        version=forms.version(form),
        title=form.title.data,
        body=form.body.data,
        url=form.url.data,
        reason=form.reason.data,
    )
    sent = send(command, forms.command_id(form))
    drafts.delete_at(url_for(".edit", post=post))
    return changed(sent, command)


@bp.post("/preview")
def preview() -> Response:
    """Markdown as it will look. Nothing is stored.

    A refusal, not the login page, where the session has ended: that would take the form that is being filled away.
    """
    if viewer() is None:
        raise Forbidden("Log in to see how your text will look. It is still in the page you came from.")
    return htmx.show(
        "posts/preview.html", fragment="posts/_preview.html", text=request.form.get("body", "")[: text.MAX_BODY_CHARS]
    )


def _draft_id(typed: str) -> str | None:
    """The id of a new post's draft from a hidden field; None where it can't be ours."""
    return typed if is_id(typed) else None


def _changeable(post: str) -> PostView:
    """The post, for those who may change it. Raises Forbidden for others, before they write in vain."""
    found = threads.post(post)
    if not permissions.change(found):
        raise Forbidden("Only its author or a moderator may do that.")
    return found


def _act_form(act: Act, post: str) -> Response:
    found = threads.post(post)
    acts.require(act, found)
    form = forms.for_page(forms.ReasonForm, prefix=f"{act.verb}-")
    return htmx.show("posts/act.html", fragment="posts/_act.html", post=found, act=act, form=form)


def changed(sent: Sent, command: Command) -> Response:
    """The post's page after a command, with the offer to take that back."""
    undo_rules.offer_on_next_page(flash_note(sent), command)
    return _to_post(sent.receipt.subject)


def _to_post(post: str) -> Response:
    return htmx.go(url_for("posts.show", post=post))


acts.add_routes(bp, "post", _act_form, changed)
