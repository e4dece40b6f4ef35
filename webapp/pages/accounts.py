"""Pages of one's own account: register, log in and out, settings, the takeout."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext, ngettext
from flask_login import current_user

from domain import ids, text
from domain.account import ChangePassword, EditProfile, RegisterAccount
from domain.errors import Invalid
from readmodel.engine.queries import AccountByHandle
from webapp import errors
from webapp.server import htmx
from webapp.site import auth, form_recovery, handles, i18n, leaving, passwords, takeouts, webhook_settings
from webapp.site.auth import needs_login
from webapp.site.commands import Sent, flash_note, send
from webapp.site.database import ask

from . import drafts, forms

bp = Blueprint("accounts", __name__)


@bp.get("/register")
def register_form() -> Response:
    form = forms.for_page(forms.RegisterForm)
    return htmx.show("accounts/register.html", fragment="accounts/_register.html", form=form)


@bp.post("/register")
def register() -> Response:
    form = forms.submitted(forms.RegisterForm)
    sent = _register_account(form)
    if sent.receipt.repeated:
        auth.authenticate(form.handle.data, form.password.data)
    auth.log_in(sent.receipt.subject)
    flash_note(sent)
    return htmx.go("/")


@bp.get("/login")
def log_in_form() -> Response:
    form = forms.for_page(forms.LoginForm, next=form_recovery.local_path(request.args.get("next", "/")))
    return htmx.show("accounts/login.html", fragment="accounts/_login.html", form=form)


@bp.post("/login")
def log_in() -> Response:
    """Whoever leaves comes back by it, with everything."""
    form = forms.submitted(forms.LoginForm)
    account = auth.authenticate(form.handle.data, form.password.data)
    returned = leaving.come_back(account, lambda command: send(command, actor=account))
    auth.log_in(account)
    if returned:
        flash(gettext("Welcome back: nothing was erased."), "good")
    return _reopened_form(form) or htmx.go(form_recovery.local_path(form.next.data))


@bp.post("/logout")
def log_out() -> Response:
    auth.log_out()
    return htmx.go("/")


@bp.get("/settings")
@needs_login
def settings() -> Response:
    account = ask(AccountByHandle(handle=current_user.account))
    known = {"name": account.name, "bio": account.bio} if account else {}
    profile = forms.for_page(forms.ProfileForm, **known)
    password = forms.for_page(forms.PasswordForm, prefix="password-")
    return htmx.show(
        "accounts/settings.html", profile=profile, password=password,
        handle=forms.for_page(forms.HandleForm, prefix="handle-"),
        webhooks=webhook_settings.count_ending_with_password(current_user.account),
    )  # fmt: skip


@bp.post("/settings")
@needs_login
def save_settings() -> Response:
    form = forms.submitted(forms.ProfileForm)
    command = EditProfile(handle=current_user.account, name=form.name.data, bio=form.bio.data)
    flash_note(send(command, forms.command_id(form)))
    return htmx.go(url_for(".settings"))


@bp.get("/settings/handle")
@needs_login
def handle_form() -> Response:
    return settings()


@bp.post("/settings/handle")
@needs_login
def change_handle() -> Response:
    form = forms.submitted(forms.HandleForm)
    fields = text.Fields()
    wanted = auth.registrable_handle(fields, form.new_handle.data)
    if "handle" in fields.faults:
        raise Invalid({"new_handle": fields.faults["handle"]})
    command, id = handles.change(current_user.account, wanted), forms.command_id(form)
    flash_note(handles.claiming(wanted, lambda: send(command, id)))
    flash(gettext("You are called @%(handle)s now.", handle=wanted), "good")
    return htmx.go(url_for(".settings"))


@bp.get("/settings/password")
@needs_login
def password_form() -> Response:
    return settings()


@bp.post("/settings/password")
@needs_login
def change_password() -> Response:
    """Ends every session of this person but the one that asks, and the webhooks that they made on pages."""
    form = forms.submitted(forms.PasswordForm)
    account, keeps = current_user.account, bool(form.keep_webhooks.data)
    auth.verify_current_password(account, form.current_password.data)
    number = webhook_settings.count_ending_with_password(account)
    hash = passwords.hashed(form.password.data)
    send(ChangePassword(handle=account, password_hash=hash, keeps_webhooks=keeps), forms.command_id(form))
    webhook_settings.pause_ended(account)
    auth.end_sessions(account)
    auth.log_in(account)
    flash(gettext("Your password is changed, and you are logged out everywhere else."), "good")
    if number:
        flash(_what_became_of_webhooks(number, keeps), "good")
    return htmx.go(url_for(".settings"))


def not_logged_in() -> Response:
    """The login page. It carries the form that was sent without a session, so that its text isn't lost."""
    if request.method != "POST":
        return htmx.go(url_for("accounts.log_in_form", next=form_recovery.local_path(request.full_path.rstrip("?"))))
    form = forms.LoginForm(formdata=None, next=_parent_path(request.path), kept=form_recovery.pack())
    return htmx.show("accounts/login.html", form=form, running_out=bool(form_recovery.typed_texts()))


def _what_became_of_webhooks(number: int, kept: bool) -> str:
    count = i18n.number(number)
    if kept:
        return ngettext("%(count)s webhook goes on.", "%(count)s webhooks go on.", number, count=count)
    return ngettext(
        "%(count)s webhook has ended with the old password. To have it back, save it with the new and resume it.",
        "%(count)s webhooks have ended with the old password. To have one back, save it with the new and resume it.",
        number,
        count=count,
    )


@bp.get("/settings/export")
@needs_login
def takeout() -> Response:
    found = takeouts.find(current_user.account)
    return htmx.show(
        "takeouts/show.html",
        fragment="takeouts/_state.html",
        takeout=found,
        kept=takeouts.kept(),
        now=ids.now(),
        partial=htmx.wants_fragment(),
    )


@bp.post("/settings/export")
@needs_login
def request_takeout() -> Response:
    """Sent twice it has one effect: whoever has one under way is shown that."""
    forms.submitted(forms.Form)
    takeouts.request(current_user.account, i18n.current())
    return htmx.go(url_for(".takeout"))


@bp.get("/settings/export/<id:takeout>/file")
@needs_login
def download_takeout(takeout: str) -> Response:
    return takeouts.download(takeouts.delivery(current_user.account, current_user.handle, takeout))


def _register_account(form: forms.RegisterForm) -> Sent:
    """Checks the handle before the costly hash; the domain checks it again."""
    fields = text.Fields()
    handle = auth.registrable_handle(fields, form.handle.data)
    if wrong := passwords.fault(form.password.data):
        fields.refuse("password", wrong)
    fields.raise_faults()
    command = RegisterAccount(handle=handle, password_hash=passwords.hashed(form.password.data))
    return handles.claiming(handle, lambda: send(command, forms.command_id(form), actor=handle))


def _reopened_form(form: forms.LoginForm) -> Response | None:
    """On to the page of the form that the login page carried, with its text; None where it carried none."""
    recovered = form_recovery.unpack(form.kept.data)
    page = errors.form_page(recovered.path) if recovered else None
    if recovered is None or page is None:
        return None
    if address := drafts.save_recovered(recovered, page):
        return htmx.go(address)
    form_recovery.restore(recovered.fields)
    return htmx.whole(page())


def _parent_path(path: str) -> str:
    """Where to go after logging in when there is no form to come back to: the page that the button was on."""
    return path.rpartition("/")[0] or "/"
