"""Webhooks on the settings pages: added, listed with their deliveries, tested, paused, replayed, removed."""

import re
from typing import Any

from flask import Blueprint, Response, flash, g, request, url_for
from flask_babel import gettext, lazy_gettext, ngettext
from flask_login import current_user
from werkzeug.exceptions import BadRequest
from wtforms import BooleanField, PasswordField, StringField

from domain import ids
from domain import webhook as commands
from domain.catalogue import BY_EVENT
from domain.gaps import UNREADABLE
from domain.messages import Command
from domain.webhook import KINDS, MAX_WEBHOOKS
from operational import webhook_deliveries
from webapp.server import cursors, htmx
from webapp.site import auth, database, i18n, webhook_settings
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send

from . import forms

bp = Blueprint("webhooks", __name__)

LIST_RULE, WEBHOOK_RULE = "/settings/webhooks", "/settings/webhooks/<id:webhook>"
TABS = {"": lazy_gettext("All"), "dead": lazy_gettext("Dead letters")}
_NAMES = {type: lazy_gettext(act.name) for type, act in BY_EVENT.items()} | {
    webhook_deliveries.TEST_TYPE: lazy_gettext("Webhook tested"),
    UNREADABLE: lazy_gettext("Something that can’t be read"),
}
ACTS: dict[str, tuple[type[Command], Any]] = {
    "pause": (commands.PauseWebhook, lazy_gettext("It is paused.")),
    "resume": (commands.ResumeWebhook, lazy_gettext("It goes on.")),
    "remove": (commands.RemoveWebhook, lazy_gettext("The webhook and its address are gone.")),
}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def event_name(type: str) -> str:
    """The name of an event type in words; without one, such as a newer release's, the type split at its capitals."""
    return _NAMES.get(type) or _CAPITAL.sub(" ", type).capitalize()


def _checkbox(kind: str) -> str:
    return f"kind_{kind}"


class _Fields(forms.Form):
    url = StringField(lazy_gettext("Address"), default="")
    description = StringField(lazy_gettext("What it is for"), default="")
    current_password = PasswordField(lazy_gettext("Current password"), default="")


class RotateForm(forms.Form):
    """Its field has another name than WebhookForm's, since they stand on one page."""

    password = PasswordField(lazy_gettext("Current password"), default="")


WebhookForm: type[forms.Form] = type(
    "WebhookForm", (_Fields,), {_checkbox(kind): BooleanField(event_name(kind)) for kind in KINDS}
)


@bp.get(LIST_RULE)
@needs_login
def index(made: str = "", note: str = "") -> Response:
    return htmx.show(
        "webhooks/index.html", webhooks=webhook_settings.all_of(current_user.account), made=made, note=note,
        most=MAX_WEBHOOKS, **_form(url="", description="", kinds=()),
    )  # fmt: skip


@bp.post(LIST_RULE)
@needs_login
def add() -> Response:
    """The password is asked for: a browser left open shouldn't be enough to be told for good what happens."""
    form: Any = forms.submitted(WebhookForm)
    auth.verify_current_password(current_user.account, form.current_password.data)
    id = forms.command_id(form) or ids.uuid7()
    note = send(commands.AddWebhook(handle=current_user.account, webhook=id, **_submitted(form)), id).note
    return _uncached(index(made=webhook_settings.secret(id), note=note))


@bp.get(WEBHOOK_RULE)
@needs_login
def show(webhook: str, made: str = "", note: str = "") -> Response:
    found = webhook_settings.find(current_user.account, webhook)
    return htmx.show(
        "webhooks/show.html", fragment="webhooks/_deliveries.html", webhook=found, made=made, note=note, tabs=TABS,
        rotation=forms.for_page(RotateForm, prefix="rotate-"),
        **_deliveries(webhook), **_form(url=found.url, description=found.description, kinds=found.kinds),
    )  # fmt: skip


@bp.post(WEBHOOK_RULE)
@needs_login
def change(webhook: str) -> Response:
    form: Any = forms.submitted(WebhookForm)
    auth.verify_current_password(current_user.account, form.current_password.data)
    command = commands.ChangeWebhook(handle=current_user.account, webhook=webhook, **_submitted(form))
    flash_note(send(command, forms.command_id(form)))
    return _redirect(gettext("Saved."), webhook)


@bp.post(WEBHOOK_RULE + "/<any(pause, resume, remove):act>")
@needs_login
def act(webhook: str, act: str) -> Response:
    command, sentence = ACTS[act]
    form = forms.submitted(forms.Form)
    flash_note(send(command(handle=current_user.account, webhook=webhook), forms.command_id(form)))
    return _redirect(str(sentence), None if act == "remove" else webhook)


@bp.get(WEBHOOK_RULE + "/rotate")
@needs_login
def rotate_form(webhook: str) -> Response:
    g.pop("recovered", None)  # A password doesn't come back, and the page's other form wasn't sent.
    return show(webhook)


@bp.post(WEBHOOK_RULE + "/rotate")
@needs_login
def rotate(webhook: str) -> Response:
    form: Any = forms.submitted(RotateForm)
    account, until = current_user.account, webhook_settings.old_secret_until()
    auth.verify_current_password(account, form.password.data, "password")
    command = commands.RotateWebhookSecret(handle=account, webhook=webhook, old_until=until)
    sent = send(command, forms.command_id(form))
    made = webhook_settings.rotated_secret(account, webhook, sent.receipt)
    return _uncached(show(webhook, made=made, note=sent.note))


@bp.post(WEBHOOK_RULE + "/test")
@needs_login
def test(webhook: str) -> Response:
    webhook_settings.test(current_user.account, webhook)
    sentence = gettext("A test event is on its way. Its line below tells what came of it, after a moment.")
    return _redirect(sentence, webhook)


@bp.post(WEBHOOK_RULE + "/replay")
@needs_login
def replay_all(webhook: str) -> Response:
    number = webhook_settings.replay_all(current_user.account, webhook)
    again = ngettext(
        "%(count)s tried again, from the start.",
        "%(count)s tried again, from the start.",
        number,
        count=i18n.number(number),
    )
    return _redirect(again if number else gettext("There are no dead letters."), webhook)


@bp.post(WEBHOOK_RULE + "/deliveries/<id:delivery>/replay")
@needs_login
def replay(webhook: str, delivery: str) -> Response:
    webhook_settings.replay(current_user.account, webhook, delivery)
    return _redirect(gettext("It is tried again, from the start."), webhook)


def _submitted(form: Any) -> dict[str, Any]:
    kinds = tuple(kind for kind in KINDS if form[_checkbox(kind)].data)
    return {"url": form.url.data, "kinds": kinds, "description": form.description.data}


def _redirect(sentence: str, webhook: str | None) -> Response:
    """To the page of a webhook, or to the list."""
    flash(sentence, "good")
    return htmx.go(url_for(".show", webhook=webhook) if webhook else url_for(".index"))


def _uncached(response: Response) -> Response:
    """A whole page with a secret, which no cache stores."""
    response.headers["Cache-Control"] = "no-store"
    return htmx.whole(response)


def _deliveries(webhook: str) -> dict[str, Any]:
    state = request.args.get("state", "") if request.method == "GET" else ""
    if state not in TABS:
        raise BadRequest("There is no such list.")
    listing = f"deliveries:{state}:{webhook}"
    after = cursors.read(listing, request.args.get("after"))
    found = webhook_deliveries.listed(database.control(), webhook, "dead" if state else None, after)
    next = cursors.write(listing, found.next)
    href = next and url_for(".show", webhook=webhook, state=state or None, after=next)
    return {"items": found.items, "next": href, "tab": state}


def _form(*, url: str, description: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    ticked: dict[str, Any] = {_checkbox(kind): True for kind in kinds}
    form: Any = forms.for_page(WebhookForm, url=url, description=description, **ticked)
    return {"form": form, "boxes": [form[_checkbox(kind)] for kind in KINDS], "event_name": event_name}
