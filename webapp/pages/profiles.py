"""Profiles: an account's bio, posts, comments and avatar, and what moderators and admins may do to it."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from domain.account import GrantRole, RevokeRole
from domain.errors import Forbidden, Invalid, NotFound
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from domain.rights import ROLES
from domain.text import handle_key, is_handle, required_reason
from readmodel.engine.queries import CommentsBy, FindPosts
from webapp.server import cursors, htmx, page_cache
from webapp.site import handles
from webapp.site.auth import needs_login, viewer
from webapp.site.commands import flash_note, send
from webapp.site.database import ask
from webapp.text import avatars

from . import forms

bp = Blueprint("authors", __name__)

ROLE_COMMANDS = {"grant": GrantRole, "revoke": RevokeRole}
AVATAR_MAX_AGE_S = 31_536_000


@bp.get("/@<handle>")
@page_cache.public("show", "after")
def show(handle: str) -> Response:
    key = handle_key(handle)
    if key != handle and is_handle(key):
        return make_response(redirect(url_for(".show", handle=key), 301))
    account = handles.holder(key)
    if account is None:
        return make_response(redirect(url_for(".show", handle=handles.today(key))))
    tab = "comments" if request.args.get("show") == "comments" else "posts"
    fragment = f"profiles/_{tab}.html"
    return htmx.show(
        "profiles/show.html",
        fragment=fragment,
        listing=fragment,
        account=account,
        tab=tab,
        form=forms.for_page(forms.SuspensionForm, prefix="act-"),
        role_form=forms.for_page(forms.RoleForm),
        roles=ROLES,
        **(_comments(key) if tab == "comments" else _posts(key)),
    )


@bp.get("/@<handle>/suspend")
@needs_login
def suspend_form(handle: str) -> Response:
    return show(handle)


@bp.post("/@<handle>/suspend")
@needs_login
def suspend(handle: str) -> Response:
    form = forms.submitted(forms.SuspensionForm)
    if (days := form.days.data or "") not in forms.TERMS_DAYS:
        raise BadRequest("A suspension lasts as long as the form offers, or up to a date.")
    until, reason = _beginning_of(form.until.data), form.reason.data
    command = SuspendAccount(handle=handle, reason=reason, until=until, days=int(days or "0"))
    flash_note(send(command, forms.command_id(form)))
    return _to_profile(handle)


@bp.get("/@<handle>/reinstate")
@needs_login
def reinstate_form(handle: str) -> Response:
    return show(handle)


@bp.post("/@<handle>/reinstate")
@needs_login
def reinstate(handle: str) -> Response:
    form = forms.submitted(forms.ReasonForm)
    flash_note(send(ReinstateAccount(handle=handle, reason=form.reason.data), forms.command_id(form)))
    return _to_profile(handle)


@bp.get("/@<handle>/roles")
@needs_login
def roles_form(handle: str) -> Response:
    return show(handle)


@bp.post("/@<handle>/roles")
@needs_login
def change_roles(handle: str) -> Response:
    """action: grant- or revoke- and the role."""
    verb, _, role = request.form.get("action", "").partition("-")
    command = ROLE_COMMANDS.get(verb)
    if command is None:
        raise BadRequest("A role can be granted or revoked.")
    if not current_user.is_admin:
        raise Forbidden("Only an admin may do that.")
    form = forms.submitted(forms.RoleForm)
    try:
        reason = required_reason(form.role_reason.data)
        flash_note(send(command(handle=handle, role=role, reason=reason), forms.command_id(form)))
    except Invalid as refusal:
        fields = {"role_reason" if name == "reason" else name: why for name, why in refusal.field_messages.items()}
        raise Invalid(fields) from refusal
    return _to_profile(handle)


@bp.get("/avatars/<handle>.svg")
def avatar(handle: str) -> Response:
    """Drawn from the handle alone, so a browser may keep it for good."""
    if not is_handle(handle):
        raise NotFound("Nobody can have this handle.")
    response = make_response(avatars.svg(handle))
    response.mimetype = "image/svg+xml"
    response.cache_control.public = True
    response.cache_control.max_age = AVATAR_MAX_AGE_S
    response.cache_control.immutable = True
    return response


def _posts(key: str) -> dict[str, Any]:
    listing = f"by:{key}"
    after = cursors.read(listing, request.args.get("after"))
    found = ask(FindPosts(author=key, viewer=viewer(), after=after))
    return {"posts": found.items, "next": _next(key, cursors.write(listing, found.next))}


def _comments(key: str) -> dict[str, Any]:
    listing = f"comments-by:{key}"
    after = cursors.read(listing, request.args.get("after"))
    found = ask(CommentsBy(author=key, viewer=viewer(), after=after))
    return {"comments": found.items, "next": _next(key, cursors.write(listing, found.next), show="comments")}


def _next(key: str, after: str | None, show: str | None = None) -> str | None:
    return after and url_for(".show", handle=key, show=show, after=after)


def _beginning_of(day: str) -> str:
    """When a day begins in UTC, as the domain reads it; a browser without calendars may send a moment."""
    typed = day.strip()
    return f"{typed}T00:00:00Z" if typed and "T" not in typed else typed


def _to_profile(handle: str) -> Response:
    return htmx.go(url_for(".show", handle=handle_key(handle)))
