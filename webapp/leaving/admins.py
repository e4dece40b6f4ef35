"""What admins do about leaving: close somebody's account, bring somebody back, set a handle free."""

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext
from flask_login import current_user

from domain import ids
from domain.errors import Forbidden, NotFound
from domain.handle import ReleaseHandle, placeholder
from domain.rights import Account, require_account
from domain.text import handle_key
from readmodel.handles import LeavingAccounts
from webapp.pages import forms
from webapp.server import htmx
from webapp.site import leaving, site
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from .forms import CloseForm, ReleaseForm

bp = Blueprint("closing", __name__)


@bp.get("/@<handle>/leave")
@needs_login
def close_form(handle: str) -> Response:
    _require_admin()
    account = _account(handle)
    leaving.require_other(account.id, current_user.account)
    return htmx.show(
        "leaving/close.html",
        form=forms.for_page(CloseForm),
        handle=account.handle,
        name=placeholder(account.id),
        until=ids.from_now(site.current().settings.leave_after),
    )


@bp.post("/@<handle>/leave")
@needs_login
def close(handle: str) -> Response:
    _require_admin()
    form, account = forms.submitted(CloseForm), _account(handle)
    leaving.require_other(account.id, current_user.account)
    id = forms.command_id(form)
    found = leaving.begin(account.id, form.words.data, (), form.reason.data, lambda command: send(command, id))
    flash(gettext("@%(handle)s is being closed.", handle=account.handle), "good")
    return htmx.go(url_for("receipts.show", receipt=found.id))


@bp.get("/moderation/leaving")
@needs_login
def index() -> Response:
    _require_admin()
    return htmx.show("leaving/index.html", accounts=ask(LeavingAccounts()), form=forms.for_page(ReleaseForm))


@bp.post("/moderation/leaving/<id:account>/return")
@needs_login
def bring_back(account: str) -> Response:
    form = forms.submitted(forms.Form)
    flash_note(send(leaving.take_back(account), forms.command_id(form)))
    handle = site.current().bus.aggregates().called(account)
    flash(gettext("@%(handle)s is back.", handle=handle), "good")
    return htmx.go(url_for(".index"))


@bp.post("/moderation/leaving")
@needs_login
def release_handle() -> Response:
    _require_admin()
    form = forms.submitted(ReleaseForm)
    handle = handle_key(form.handle.data)
    flash_note(send(ReleaseHandle(handle=handle, now=ids.now()), forms.command_id(form)))
    flash(gettext("@%(handle)s is free: anybody may claim it.", handle=handle), "good")
    return htmx.go(url_for(".index"))


def _require_admin() -> None:
    if not current_user.is_admin:
        raise Forbidden("Only an admin may do that.")


def _account(handle: str) -> Account:
    """By the store, which knows the handles of those who leave."""
    known = site.current().bus.aggregates()
    found = known.account_named(handle)
    require_account(found, known.account(current_user.account))
    if not found.handle:
        raise NotFound("Nobody here has this handle.")
    return found
