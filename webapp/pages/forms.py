"""Every HTML form: fields, labels, and what was typed when it comes back. The domain validates, not these."""

from typing import Any, TypeVar

from flask import g, request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest
from wtforms import BooleanField, Field, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from domain.errors import Sentence
from domain.ids import is_id, uuid7
from domain.text import whole_number
from operational.drafts import Draft
from webapp.errors import Problem
from webapp.site import i18n

NO_VERSION = Sentence("The form doesn't say which version you edited. Your text is kept; send it again.")
TERMS_DAYS = {
    "1": lazy_gettext("1 day"),
    "7": lazy_gettext("7 days"),
    "30": lazy_gettext("30 days"),
    "90": lazy_gettext("90 days"),
    "365": lazy_gettext("1 year"),
    "": lazy_gettext("without an end"),
}
"""How long a suspension may last that has no date of its own."""
Kind = TypeVar("Kind", bound="Form")


class Form(FlaskForm):  # type: ignore[misc]
    """command_id is made with the page, so that a form sent twice has one effect."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = False  # security.csrf checks every POST; templates write the token

    command_id = HiddenField(default="")

    def wrong(self) -> dict[str, str]:
        """Field id → sentence, for the summary above the form."""
        return {field.id: field.errors[0] for field in self if field.errors}


class DraftedForm(Form):
    """A form with a draft. place: the address that it is sent to; draft: what it is filled with."""

    place = ""
    draft: Draft | None = None


class PostForm(DraftedForm):
    """begun tells the drafts of new posts apart, as many as are written at once."""

    begun = HiddenField(default="")
    title = StringField(lazy_gettext("Title"), default="")
    body = TextAreaField(lazy_gettext("Body"), default="")
    url = StringField(lazy_gettext("Link"), default="")
    version = HiddenField(default="")
    reason = StringField(lazy_gettext("Reason"), default="")


class CommentForm(DraftedForm):
    body = TextAreaField(lazy_gettext("Comment"), default="")
    version = HiddenField(default="")
    reason = StringField(lazy_gettext("Reason"), default="")


class ReasonForm(Form):
    reason = StringField(lazy_gettext("Reason"), default="")


class SuspensionForm(ReasonForm):
    """days: how long it lasts, "" for without an end. until: a day that counts instead."""

    days = SelectField(lazy_gettext("For how long"), choices=[SelectChoice(*term) for term in TERMS_DAYS.items()])
    until = StringField(lazy_gettext("End date"), default="")


class UndoForm(ReasonForm):
    """version is the one that is taken back, or the newest that somebody saw; to is the one to go back to."""

    version = HiddenField(default="")
    to = HiddenField(default="")


class LikeForm(Form):
    """next is the list that the button stands in."""

    next = HiddenField(default="")


class LoginForm(Form):
    """kept is the signed form that was sent without a session; see form_recovery."""

    handle = StringField(lazy_gettext("Handle"), default="")
    password = PasswordField(lazy_gettext("Password"), default="")
    next = HiddenField(default="")
    kept = HiddenField(default="")


class RegisterForm(Form):
    handle = StringField(lazy_gettext("Handle"), default="")
    password = PasswordField(lazy_gettext("Password"), default="")


class ProfileForm(Form):
    name = StringField(lazy_gettext("Name"), default="")
    bio = TextAreaField(lazy_gettext("Bio"), default="")


class HandleForm(Form):
    new_handle = StringField(lazy_gettext("New handle"), default="")


class PasswordForm(Form):
    current_password = PasswordField(lazy_gettext("Current password"), default="")
    password = PasswordField(lazy_gettext("New password"), default="")
    keep_webhooks = BooleanField(lazy_gettext("Keep the webhooks that I made on these pages"))


def new_id() -> str:
    """An id for a form's command. Those of a page count on from its first, so that hundreds compress to little."""
    first, number = g.get("ids") or (uuid7(), 0)
    g.ids = first, number + 1
    return f"{first[:-6]}{int(first[-6:], 16) + number & 0xFFFFFF:06x}"


def submitted(kind: type[Kind]) -> Kind:
    """The form as this request submits it. Raises BadRequest where its hidden fields can't be ours."""
    form = kind(formdata=request.form)
    if form.command_id.data and not is_id(form.command_id.data):
        raise BadRequest("The form's own number is broken. Your text is kept; send it again.")
    return form


def command_id(form: Form) -> str | None:
    return form.command_id.data or None


def version(form: Any) -> int:
    """The version that the editor saw."""
    return parse_number(form.version.data, NO_VERSION)


def parse_number(typed: str, sentence: str) -> int:
    """A whole number out of a hidden field or an address. Raises BadRequest with the sentence for anything else."""
    if (found := whole_number(typed)) is None:
        raise BadRequest(sentence)
    return found


def for_page(kind: type[Kind], prefix: str = "", **initial: Any) -> Kind:
    """The form for a page: empty, with initial values, or with what was typed and what is wrong with it.

    A form that comes back gets a new number: nothing was stored under the old one by what it holds now.
    prefix makes the ids of its fields unique on a page with several forms.
    """
    problem: Problem | None = g.get("problem")
    form = kind(formdata=g.get("recovered"), **initial)
    for name, sentence in (problem.fields if problem else {}).items():
        if name in form:
            form[name].errors = [_with_field_name(form[name], sentence)]
    form.command_id.data = uuid7()
    for field in form:
        field.id = prefix + field.id
    return form


def _with_field_name(field: Field, sentence: str) -> str:
    """The domain's sentence with the field's name as the page shows it: "Url must …" is about the Link."""
    if isinstance(sentence, Sentence) and "field" in sentence.values:
        sentence = Sentence(sentence.template, **{**sentence.values, "field": str(field.label.text)})
    return i18n.translate(sentence)
