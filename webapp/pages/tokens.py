"""Tokens on the settings page: made, shown once, listed with their last use, and taken back."""

from typing import Any

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from domain import ids
from domain.errors import Invalid, Sentence
from domain.token import SCOPES, RevokeToken
from operational import token_uses
from readmodel.tokens import TokensOf
from webapp.server import htmx
from webapp.site import auth, database, tokens
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from . import forms

bp = Blueprint("tokens", __name__)

LIFETIMES_DAYS = {
    "7": lazy_gettext("a week"),
    "30": lazy_gettext("a month"),
    "90": lazy_gettext("three months"),
    "365": lazy_gettext("a year"),
}
DAY_S = 86_400


class TokenForm(forms.Form):
    label = StringField(lazy_gettext("What it is for"), default="")
    scope_read = BooleanField(lazy_gettext("See what I may see"))
    scope_write = BooleanField(lazy_gettext("Write and like as me"))
    scope_moderate = BooleanField(lazy_gettext("Use my roles"))
    days = SelectField(
        lazy_gettext("It ends in"), choices=[SelectChoice(*day) for day in LIFETIMES_DAYS.items()], default="90"
    )
    current_password = PasswordField(lazy_gettext("Current password"), default="")


@bp.get("/settings/tokens")
@needs_login
def show() -> Response:
    return _page(made=None)


@bp.post("/settings/tokens")
@needs_login
def make() -> Response:
    """The password is asked for: a browser left open shouldn't be enough for a token that lasts."""
    form = forms.submitted(TokenForm)
    account, password = current_user.account, form.current_password.data
    wanted = _requested(form)
    auth.verify_current_password(account, password)
    key = forms.command_id(form) or ids.uuid7()
    id = ids.uuid7()
    secret = tokens.new_secret(id, password, key)
    sent = send(tokens.issue(id, secret, account, **wanted), key)
    made = tokens.made(sent.receipt, secret, password, key)
    response = htmx.whole(_page(made=made.text, note=sent.note))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/settings/tokens/<id:token>/revoke")
@needs_login
def revoke(token: str) -> Response:
    flash_note(send(RevokeToken(token=token), forms.command_id(forms.submitted(forms.Form))))
    flash(gettext("The token is taken back: it is good for nothing now."), "good")
    return htmx.go(url_for(".show"))


def _requested(form: Any) -> dict[str, Any]:
    """scopes, expires_in and label. Raises Invalid."""
    chosen = [scope for scope in SCOPES if form[f"scope_{scope}"].data]
    if not chosen:
        raise Invalid({"scope_read": Sentence("Choose at least one thing that it may do.")})
    if form.days.data not in LIFETIMES_DAYS:
        raise Invalid({"days": Sentence("Choose when it ends.")})
    return {"scopes": chosen, "expires_in": int(form.days.data) * DAY_S, "label": form.label.data}


def _page(made: str | None, note: str = "") -> Response:
    """made is shown this once. A form that comes back keeps its choices."""
    listed = ask(TokensOf(account=current_user.account))
    used = token_uses.last_used_at(database.control(), [token.id for token in listed])
    form = forms.for_page(TokenForm, scope_read=True, scope_write=True)
    return htmx.show(
        "api/tokens.html", tokens=listed, used=used, form=form, scopes=SCOPES, made=made, note=note, now=ids.now()
    )
