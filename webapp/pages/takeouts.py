"""The takeout on the settings pages: requested, watched while it is made, downloaded."""

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext
from flask_login import current_user

from domain import ids
from webapp.server import htmx
from webapp.site import i18n, takeouts
from webapp.site.auth import needs_login

from . import forms

bp = Blueprint("takeouts", __name__)


@bp.get("/settings/export")
@needs_login
def show() -> Response:
    found = takeouts.find(current_user.handle)
    return htmx.show(
        "takeouts/show.html",
        fragment="takeouts/_state.html",
        takeout=found,
        now=ids.now(),
        partial=htmx.wants_fragment(),
    )


@bp.post("/settings/export")
@needs_login
def request() -> Response:
    """Sent twice it has one effect: whoever has one under way is shown that."""
    forms.submitted(forms.Form)
    made = takeouts.request(current_user.handle, i18n.current())
    if made.is_open:
        flash(gettext("Your takeout is being made."), "good")
    return htmx.go(url_for(".show"))


@bp.get("/settings/export/<id:takeout>/file")
@needs_login
def download(takeout: str) -> Response:
    return takeouts.download(takeouts.delivery(current_user.handle, takeout))
