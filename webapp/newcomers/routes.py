"""/admin/newcomers: the limits for new accounts. Everybody may read what holds; admins change it."""

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from wtforms import HiddenField, StringField

from domain.errors import Forbidden
from domain.site.newcomers import DEFAULT, MAXIMA, SetNewcomerLimits
from domain.text import whole_number
from readmodel.site.newcomers import SetLimits, SetLimitsView
from webapp.pages import forms
from webapp.server import htmx
from webapp.site import newcomers
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

bp = Blueprint("newcomers", __name__)


class LimitsForm(forms.Form):
    """version: the one that its editor saw, 0 where nobody had set any."""

    version = HiddenField(default="")
    days = StringField(lazy_gettext("Days for which an account is new"), default="")
    writings = StringField(lazy_gettext("Posts and comments below which it is new"), default="")
    links = StringField(lazy_gettext("Links in a text"), default="")
    mentions = StringField(lazy_gettext("People mentioned in a text"), default="")
    per_hour = StringField(lazy_gettext("Texts in an hour"), default="")


@bp.get("/admin/newcomers")
def show() -> Response:
    found: SetLimitsView | None = ask(SetLimits())
    shown = found.limits if found else DEFAULT
    initial = {name: str(getattr(shown, name)) for name in MAXIMA}
    return htmx.show(
        "newcomers/show.html",
        found=found,
        limits=newcomers.limits(),
        form=forms.for_page(LimitsForm, version=str(found.version if found else 0), **initial),
        maxima=MAXIMA,
    )


@bp.post("/admin/newcomers")
@needs_login
def change() -> Response:
    if not current_user.is_admin:
        raise Forbidden("Only admins set limits for new accounts.")
    form = forms.submitted(LimitsForm)
    command = SetNewcomerLimits(**{name: _number(form[name].data) for name in MAXIMA})
    flash_note(send(command, forms.command_id(form), seen=(forms.version(form),)))
    flash(gettext("These limits hold from now on."), "good")
    return htmx.go(url_for(".show"))


def _number(typed: str) -> int:
    """-1, which is refused with a sentence, for what is no whole number."""
    found = whole_number(typed.strip())
    return -1 if found is None else found
