"""The forms of the desk."""

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from webapp.pages.forms import Form, ReasonForm


class ReportForm(Form):
    """category: one of domain.moderation.report.CATEGORIES, or rule- with a rule's number.

    version: of the text seen.
    """

    version = HiddenField(default="")
    rules_version = HiddenField(default="0")
    category = StringField(lazy_gettext("What is wrong with it"), default="")
    text = TextAreaField(lazy_gettext("In your words"), default="")
    law = StringField(lazy_gettext("Which law it breaks, if you know"), default="")


class TargetForm(Form):
    target = HiddenField(default="")


class ClaimForm(Form):
    """take_over: by an admin, though another's claim is live."""

    take_over = HiddenField(default="")


class NoteForm(Form):
    text = TextAreaField(lazy_gettext("Note"), default="")


class DecideForm(ReasonForm):
    """seen: the version of the case that the page showed, seen_at when that was. cases: of a batch, with blanks
    between, each as "version:stream". until: a date, for the term "date"."""

    seen = HiddenField(default="")
    seen_at = HiddenField(default="")
    cases = HiddenField(default="")
    rules_version = HiddenField(default="0")
    act_none = BooleanField(lazy_gettext("Nothing: it may stay"))
    act_note = BooleanField(lazy_gettext("A note to the author"))
    act_edit = BooleanField(lazy_gettext("Edit the text"))
    act_remove = BooleanField(lazy_gettext("Remove it"))
    act_lock = BooleanField(lazy_gettext("Lock the thread"))
    act_warn = BooleanField(lazy_gettext("Warn the author"))
    act_strike = BooleanField(lazy_gettext("A strike"))
    act_suspend = BooleanField(lazy_gettext("Suspend the author"))
    act_escalate = BooleanField(lazy_gettext("Escalate: leave it to an admin"))
    template = StringField(lazy_gettext("A reason from the list"), default="")
    rule = StringField(lazy_gettext("Which rule was broken"), default="0")
    note = TextAreaField(lazy_gettext("Note to the author"), default="")
    points = StringField(lazy_gettext("Points of the strike"), default="1")
    term = StringField(lazy_gettext("Suspend until"), default="7")
    until = StringField(lazy_gettext("The date"), default="")
    title = StringField(lazy_gettext("Title"), default="")
    body = TextAreaField(lazy_gettext("Body"), default="")


class AppealForm(Form):
    text = TextAreaField(lazy_gettext("Why the decision is wrong"), default="")


class ReplyForm(Form):
    text = TextAreaField(lazy_gettext("Your reply"), default="")


class PauseForm(ReasonForm):
    """days: how long from now."""

    days = StringField(lazy_gettext("For how many days"), default="30")
