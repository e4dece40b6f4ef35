"""The forms of leaving."""

from flask_babel import lazy_gettext
from wtforms import HiddenField, PasswordField, StringField

from webapp.pages.forms import Form, ReasonForm


class LeaveForm(Form):
    """ticket: by which whoever sends it twice gets the receipt, having no session any more."""

    words = StringField(lazy_gettext("What becomes of your posts and comments"), default="keep")
    password = PasswordField(lazy_gettext("Password"), default="")
    ticket = HiddenField(default="")


class ChoiceForm(Form):
    """One page of posts and comments. words: the choice that those ticked turn round; shown: the streams on the page,
    with blanks between, each of which has a box that is called after it."""

    words = HiddenField(default="keep")
    shown = HiddenField(default="")
    after = HiddenField(default="")


class CloseForm(ReasonForm):
    words = StringField(lazy_gettext("What becomes of their posts and comments"), default="keep")


class ReleaseForm(Form):
    handle = StringField(lazy_gettext("Handle"), default="")
