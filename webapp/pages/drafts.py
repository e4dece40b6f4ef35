"""Drafts: text saved on the server as one types, found again in its form and on the drafts page."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import Blueprint, Response, current_app, flash, g, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, HTTPException

from domain.errors import Invalid, NotFound, Refused, Sentence
from domain.ids import uuid7
from domain.text import whole_number
from operational import drafts, recovered_forms
from operational.drafts import Draft
from webapp import errors
from webapp.server import htmx
from webapp.site import database, form_recovery, site
from webapp.site.auth import needs_login, viewer
from webapp.site.form_recovery import RecoveredForm

from . import forms

Kind = TypeVar("Kind", bound=forms.DraftedForm)

bp = Blueprint("drafts", __name__)

MAX_DRAFT_CHARS = 100_000
"""Characters in all fields together. More than any form takes, since a draft may be too long and be cut later."""
TOO_LONG = Sentence("A draft may have %(most)s characters. This text is in the form, but not saved.")
TEXT_FIELDS = ("title", "body", "url", "reason")
SAVED_FIELDS = (*TEXT_FIELDS, "version")
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NEW = re.compile(rf"/posts/new/{_ID}")
_PLACE = re.compile(rf"{_NEW.pattern}|/posts/{_ID}/(?:edit|comments)|/comments/{_ID}/(?:edit|reply)")


@bp.before_app_request
def fill_recovered_form() -> None:
    """Fills the page that `save_recovered` leads to where the form has no draft."""
    account = viewer() if request.method == "GET" and "kept" in request.args else None
    if account is None:
        return
    try:
        fields = recovered_forms.find(database.control(), account, request.path)
    except SQLAlchemyError:
        current_app.logger.warning("drafts: a recovered form couldn't be read", exc_info=True)
        return
    if fields is not None:
        form_recovery.restore(fields)


@bp.get("/drafts")
@needs_login
def index() -> Response:
    found = drafts.all_of(database.control(), str(viewer()))
    kept = site.current().settings.retention.drafts
    return htmx.show("drafts/index.html", drafts=found, kept=kept, page_of=page_of)


@bp.post("/drafts/save")
@needs_login
def save() -> Response:
    place = request.form.get("place", "")
    if not _PLACE.fullmatch(place):
        raise BadRequest("There is no such form to keep a draft of.")
    try:
        draft, before = _saved(place)
    except Refused as refusal:
        return _refused(place, refusal)
    overtaken = draft is not None and before != _form_version()
    if htmx.wants_fragment():
        return htmx.part("drafts/_saved.html", draft=draft, overtaken=overtaken)
    saved = gettext("Draft saved.")
    flash(gettext("Draft saved, in place of one that another tab had saved.") if overtaken else saved, "good")
    return htmx.go(page_of(place))


@bp.post("/drafts/<id:draft>/discard")
@needs_login
def discard(draft: str) -> Response:
    if not drafts.discard(database.control(), str(viewer()), draft):
        raise NotFound("There is no such draft.")
    if htmx.wants_fragment():
        return htmx.part("drafts/_saved.html", draft=None, overtaken=False)
    place = request.form.get("back", "")
    return htmx.go(page_of(place) if _PLACE.fullmatch(place) else url_for(".index"))


def form_for_page(kind: type[Kind], place: str, prefix: str = "", **initial: str) -> Kind:
    """The form for a page, as forms.for_page, filled with the viewer's draft of it."""
    draft = None if "recovered" in g else _find(place)
    form = forms.for_page(kind, prefix, **(initial | (draft.words if draft else {})))
    form.draft, form.place = draft, place
    return form


def unfinished_posts() -> list[Draft]:
    """The viewer's drafts of new posts, newest first."""
    try:
        found = drafts.all_of(database.control(), str(viewer()))
    except SQLAlchemyError:
        current_app.logger.warning("drafts: the list couldn't be read", exc_info=True)
        return []
    return [draft for draft in found if _NEW.fullmatch(draft.place)]


def delete_at(place: str) -> None:
    """Deletes the draft of a form that was sent."""
    try:
        drafts.delete_at(database.control(), str(viewer()), place)
    except SQLAlchemyError:
        # It is sent all the same, and the draft can be discarded by hand.
        current_app.logger.warning("drafts: a draft couldn't be deleted", exc_info=True)


def save_recovered(form: RecoveredForm, page: Callable[[], Response]) -> str | None:
    """Saves a form that came through the login page. Returns the address of its page, which shows it filled.

    As a draft where it can be one and the page is still there; page: renders it. None where it can't be saved.
    """
    place = form.path
    if place == url_for("posts.new"):
        place = url_for("posts.new", begun=form.fields.get("begun") or uuid7())
    if _PLACE.fullmatch(place):
        try:
            page()
            _save_words(place, form.fields)
        except (Refused, HTTPException):
            pass
        else:
            return page_of(place)
    saved = recovered_forms.save(database.control(), str(viewer()), form.path, form.fields)
    return f"{form.path}?kept=1" if saved else None


def page_of(place: str) -> str:
    """The address of the page that holds the form which is sent to this place."""
    return place.removesuffix("/comments") + "#add" if place.endswith("/comments") else place


def _saved(place: str) -> tuple[Draft | None, int]:
    """Saves the request's draft. Returns it, None where it is empty, and the version that it replaced."""
    return _save_words(place, request.form)


def _save_words(place: str, fields: Mapping[str, str]) -> tuple[Draft | None, int]:
    words = {name: fields[name] for name in SAVED_FIELDS if name in fields}
    control, account = database.control(), str(viewer())
    if not any(words.get(name, "").strip() for name in TEXT_FIELDS):
        drafts.delete_at(control, account, place)
        return None, 0
    if sum(map(len, words.values())) > MAX_DRAFT_CHARS:
        raise Invalid({"body": Sentence(TOO_LONG, most=MAX_DRAFT_CHARS)})
    return drafts.save(control, account, place, words)


def _refused(place: str, refusal: Refused) -> Response:
    """The page of the form again with its text: /drafts/save has no page of its own."""
    problem = errors.problem_of(refusal)
    if htmx.wants_fragment():
        return htmx.part("drafts/_save_refused.html", problem.status, problem=problem)
    page = errors.form_page(place)
    if page is None:
        raise refusal
    form_recovery.restore(form_recovery.submitted_fields())
    g.problem = problem
    response = page()
    response.status_code = problem.status
    return response


def _find(place: str) -> Draft | None:
    account = viewer()
    if account is None:
        return None
    try:
        return drafts.find(database.control(), account, place)
    except SQLAlchemyError:
        current_app.logger.warning("drafts: a draft couldn't be read", exc_info=True)
        return None


def _form_version() -> int:
    """The draft's version that the form began with; 0 for none."""
    return whole_number(request.form.get("draft", "")) or 0
