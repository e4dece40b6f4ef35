"""People's files, for staff alone: what was decided about somebody, notes, and pauses of their reporting."""

from datetime import timedelta

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext

from domain import ids
from domain.errors import NotFound
from domain.moderation.standing import NoteAccount, PauseReporting, ResumeReporting
from domain.text import MAX_NOTE_CHARS, handle_key, whole_number
from readmodel.moderation.queries import AccountFile, FileOf
from webapp.pages import forms
from webapp.server import htmx
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from . import staff, words
from .forms import NoteForm, PauseForm

bp = Blueprint("files", __name__)


@bp.get("/moderation/people/<handle>")
def show(handle: str) -> Response:
    staff.require()
    staff.require_not_own(handle_key(handle))
    now = ids.now()
    found: AccountFile | None = ask(FileOf(account=handle_key(handle), now=now))
    if found is None:
        raise NotFound("Nobody here has this handle.")
    return htmx.show(
        "desk/file.html",
        file=found,
        now=now,
        note_form=forms.for_page(NoteForm, prefix="note-"),
        pause_form=forms.for_page(PauseForm, prefix="pause-"),
        note_limit=MAX_NOTE_CHARS,
        **words.NAMES,
    )


@bp.get("/moderation/people/<handle>/notes")
def note_form(handle: str) -> Response:
    return show(handle)


@bp.post("/moderation/people/<handle>/notes")
def add_note(handle: str) -> Response:
    form = forms.submitted(NoteForm)
    flash_note(send(NoteAccount(handle=handle, text=form.text.data), forms.command_id(form)))
    return htmx.go(url_for(".show", handle=handle, _anchor="notes"))


@bp.get("/moderation/people/<handle>/pause")
def pause_form(handle: str) -> Response:
    return show(handle)


@bp.post("/moderation/people/<handle>/pause")
def pause(handle: str) -> Response:
    """Up to the end of a day, so that a form sent twice says the same."""
    form = forms.submitted(PauseForm)
    days = min(whole_number(form.days.data or "") or 0, 4_000)
    now = ids.now()
    until = f"{ids.from_now(timedelta(days=days))[:10]}T23:59:59.000000Z" if days else now
    command = PauseReporting(handle=handle, until=until, reason=form.reason.data, now=now)
    flash_note(send(command, forms.command_id(form)))
    flash(gettext("What they report isn’t accepted for a while."), "good")
    return htmx.go(url_for(".show", handle=handle))


@bp.post("/moderation/people/<handle>/resume")
def resume(handle: str) -> Response:
    form = forms.submitted(forms.ReasonForm)
    flash_note(send(ResumeReporting(handle=handle, reason=form.reason.data), forms.command_id(form)))
    flash(gettext("They may report again."), "good")
    return htmx.go(url_for(".show", handle=handle))
