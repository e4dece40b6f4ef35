"""Webhooks on the settings pages: added, shown with what was told to them, tried out, paused, replayed, removed."""

import re
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from flask_login import current_user
from werkzeug.exceptions import BadRequest
from wtforms import BooleanField, StringField

from domain import ids
from domain.errors import NotFound
from domain.gaps import UNREADABLE
from domain.webhook import (
    KINDS,
    MAX_WEBHOOKS,
    AddWebhook,
    ChangeWebhook,
    PauseWebhook,
    RemoveWebhook,
    ResumeWebhook,
    RotateWebhookSecret,
)
from operational import webhook_deliveries
from readmodel.webhooks import WebhookById, WebhooksOf, WebhookView
from webapp.server import cursors, htmx
from webapp.site import i18n, webhook_settings
from webapp.site.auth import needs_login
from webapp.site.commands import send, tell
from webapp.site.database import ask
from webapp.site.webhook_settings import control

from . import forms

bp = Blueprint("webhooks", __name__)

TABS = {"": lazy_gettext("All"), "dead": lazy_gettext("Dead letters")}
_NAMES = {
    "PostPublished": lazy_gettext("Post published"),
    "PostEdited": lazy_gettext("Post edited"),
    "PostRemoved": lazy_gettext("Post removed"),
    "PostRestored": lazy_gettext("Post restored"),
    "PostLocked": lazy_gettext("Post locked"),
    "PostUnlocked": lazy_gettext("Post unlocked"),
    "PostErased": lazy_gettext("Post erased"),
    "CommentAdded": lazy_gettext("Comment added"),
    "CommentEdited": lazy_gettext("Comment edited"),
    "CommentRemoved": lazy_gettext("Comment removed"),
    "CommentRestored": lazy_gettext("Comment restored"),
    "CommentErased": lazy_gettext("Comment erased"),
    "Liked": lazy_gettext("Liked"),
    "Unliked": lazy_gettext("Unliked"),
    "AccountRegistered": lazy_gettext("Account registered"),
    "ProfileEdited": lazy_gettext("Profile edited"),
    "ProfileErased": lazy_gettext("Profile erased"),
    "RoleGranted": lazy_gettext("Role granted"),
    "RoleRevoked": lazy_gettext("Role revoked"),
    "AccountSuspended": lazy_gettext("Account suspended"),
    "AccountReinstated": lazy_gettext("Account reinstated"),
    webhook_deliveries.TEST_TYPE: lazy_gettext("Webhook tested"),
    UNREADABLE: lazy_gettext("Something that can’t be read"),
}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def said(kind: str) -> str:
    """The name of an event in words: Post published. One without a name yet is taken apart."""
    return _NAMES.get(kind) or _CAPITAL.sub(" ", kind).capitalize()


class _Fields(forms.Form):
    url = StringField(lazy_gettext("Address"), default="")
    description = StringField(lazy_gettext("What it is for"), default="")


def _box(kind: str) -> str:
    return f"kind_{kind}"


WebhookForm: type[forms.Form] = type(
    "WebhookForm", (_Fields,), {_box(kind): BooleanField(said(kind)) for kind in KINDS}
)


@bp.get("/settings/webhooks")
@needs_login
def index() -> Response:
    return _index()


@bp.post("/settings/webhooks")
@needs_login
def add() -> Response:
    form: Any = forms.sent(WebhookForm)
    id = forms.command_id(form) or ids.uuid7()
    command = AddWebhook(handle=current_user.handle, webhook=id, **_wanted(form))
    note = send(command, id).note
    return _once(_index(made=webhook_settings.secret(id, 0), note=note))


@bp.get("/settings/webhooks/<id:webhook>")
@needs_login
def show(webhook: str) -> Response:
    return _show(webhook)


@bp.post("/settings/webhooks/<id:webhook>")
@needs_login
def change(webhook: str) -> Response:
    form: Any = forms.sent(WebhookForm)
    command = ChangeWebhook(handle=current_user.handle, webhook=webhook, **_wanted(form))
    return _done(command, form, gettext("Saved."), url_for(".show", webhook=webhook))


@bp.post("/settings/webhooks/<id:webhook>/pause")
@needs_login
def pause(webhook: str) -> Response:
    command = PauseWebhook(handle=current_user.handle, webhook=webhook)
    return _done(command, forms.sent(forms.Form), gettext("It is paused."), url_for(".show", webhook=webhook))


@bp.post("/settings/webhooks/<id:webhook>/resume")
@needs_login
def resume(webhook: str) -> Response:
    command = ResumeWebhook(handle=current_user.handle, webhook=webhook)
    return _done(command, forms.sent(forms.Form), gettext("It goes on."), url_for(".show", webhook=webhook))


@bp.post("/settings/webhooks/<id:webhook>/remove")
@needs_login
def remove(webhook: str) -> Response:
    command = RemoveWebhook(handle=current_user.handle, webhook=webhook)
    return _done(command, forms.sent(forms.Form), gettext("The webhook and its address are gone."), url_for(".index"))


@bp.post("/settings/webhooks/<id:webhook>/rotate")
@needs_login
def rotate(webhook: str) -> Response:
    handle = current_user.handle
    command = RotateWebhookSecret(handle=handle, webhook=webhook, old_until=webhook_settings.old_until())
    sent = send(command, forms.command_id(forms.sent(forms.Form)))
    return _once(_show(webhook, made=webhook_settings.secret_of(handle, webhook, sent.receipt), note=sent.note))


@bp.post("/settings/webhooks/<id:webhook>/test")
@needs_login
def test(webhook: str) -> Response:
    webhook_settings.tested(current_user.handle, webhook)
    flash(gettext("A test event is on its way. Its line below tells what came of it, after a moment."), "good")
    return htmx.go(url_for(".show", webhook=webhook))


@bp.post("/settings/webhooks/<id:webhook>/replay")
@needs_login
def replay_all(webhook: str) -> Response:
    number = webhook_settings.all_replayed(current_user.handle, webhook)
    again = ngettext(
        "%(count)s tried again, from the start.",
        "%(count)s tried again, from the start.",
        number,
        count=i18n.number(number),
    )
    flash(again if number else gettext("There are no dead letters."), "good")
    return htmx.go(url_for(".show", webhook=webhook))


@bp.post("/settings/webhooks/<id:webhook>/deliveries/<id:delivery>/replay")
@needs_login
def replay(webhook: str, delivery: str) -> Response:
    webhook_settings.replayed(current_user.handle, webhook, delivery)
    flash(gettext("It is tried again, from the start."), "good")
    return htmx.go(url_for(".show", webhook=webhook))


def _wanted(form: Any) -> dict[str, Any]:
    return {
        "url": form.url.data,
        "kinds": tuple(kind for kind in KINDS if form[_box(kind)].data),
        "description": form.description.data,
    }


def _done(command: Any, form: forms.Form, sentence: str, to: str) -> Response:
    tell(send(command, forms.command_id(form)))
    flash(sentence, "good")
    return htmx.go(to)


def _once(response: Response) -> Response:
    """A page with a secret, which nobody keeps."""
    response.headers["Cache-Control"] = "no-store"
    return htmx.whole(response)


def _index(made: str = "", note: str = "") -> Response:
    found: list[WebhookView] = ask(WebhooksOf(handle=current_user.handle))
    counts = webhook_deliveries.counted(control(), [view.id for view in found])
    return htmx.show(
        "webhooks/index.html", webhooks=found, counts=counts, made=made, note=note, most=MAX_WEBHOOKS,
        **_form(url="", description="", kinds=()),
    )  # fmt: skip


def _show(webhook: str, made: str = "", note: str = "") -> Response:
    found: WebhookView | None = ask(WebhookById(handle=current_user.handle, webhook=webhook))
    if found is None:
        raise NotFound("You have no such webhook.")
    return htmx.show(
        "webhooks/show.html", fragment="webhooks/_deliveries.html", webhook=found, made=made, note=note, tabs=TABS,
        counts=webhook_deliveries.counted(control(), [webhook]), now=ids.now(), **_listed(webhook),
        **_form(url=found.url, description=found.description, kinds=found.kinds),
    )  # fmt: skip


def _listed(webhook: str) -> dict[str, Any]:
    state = request.args.get("state", "") if request.method == "GET" else ""
    if state not in TABS:
        raise BadRequest("There is no such list.")
    listing = f"deliveries:{state}:{webhook}"
    after = cursors.read(listing, request.args.get("after"))
    found = webhook_deliveries.listed(control(), webhook, "dead" if state else None, after)
    next = cursors.write(listing, found.next)
    href = next and url_for(".show", webhook=webhook, state=state or None, after=next)
    return {"items": found.items, "next": href, "tab": state}


def _form(*, url: str, description: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    ticked: dict[str, Any] = {_box(kind): True for kind in kinds}
    form: Any = forms.shown(WebhookForm, url=url, description=description, **ticked)
    return {"form": form, "boxes": [form[_box(kind)] for kind in KINDS], "said": said}
