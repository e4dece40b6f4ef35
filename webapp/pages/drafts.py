"""What people have begun to write: kept on the server as they type, found again on the form and on their page."""

import re
from typing import TypeVar

from flask import Blueprint, Response, current_app, flash, g, request, url_for
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest

from domain.errors import Invalid, NotFound, Refused, Sentence
from domain.text import whole_number
from operational import drafts
from operational.drafts import Draft
from webapp import errors
from webapp.server import htmx
from webapp.site import database, form_recovery
from webapp.site.auth import needs_login, viewer

from . import forms

Kind = TypeVar("Kind", bound=forms.WritingForm)

bp = Blueprint("drafts", __name__)

LONGEST = 100_000
"""Characters in all fields together. More than any form takes, since a draft may be too long and be cut later."""
TOO_LONG = Sentence("A draft may have %(most)s characters. This text is in the form, but not saved.")
WORDS = ("title", "body", "url", "reason")
FIELDS = (*WORDS, "version")
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NEW = re.compile(rf"/posts/new/{_ID}")
_PLACE = re.compile(rf"{_NEW.pattern}|/posts/{_ID}/(?:edit|comments)|/comments/{_ID}/(?:edit|reply)")


@bp.get("/drafts")
@needs_login
def index() -> Response:
    found = drafts.of(database.control(), str(viewer()))
    return htmx.show("drafts/index.html", drafts=found, page_of=page_of)


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
    overtaken = draft is not None and before != _known()
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


def shown(kind: type[Kind], place: str, prefix: str = "", **initial: str) -> Kind:
    """The form for a page, as forms.shown, filled with what its person had begun to write here."""
    draft = None if "kept" in g else _at(place)
    form = forms.shown(kind, prefix, **(initial | (draft.words if draft else {})))
    form.draft, form.place = draft, place
    return form


def begun() -> list[Draft]:
    """The new posts that somebody has begun, the newest first."""
    try:
        found = drafts.of(database.control(), str(viewer()))
    except SQLAlchemyError:
        current_app.logger.warning("drafts couldn't be read", exc_info=True)
        return []
    return [draft for draft in found if _NEW.fullmatch(draft.place)]


def done(place: str) -> None:
    """What the form at this place held is sent."""
    try:
        drafts.done(database.control(), str(viewer()), place)
    except SQLAlchemyError:
        # It is sent all the same, and the draft can be discarded by hand.
        current_app.logger.warning("a draft couldn't be deleted", exc_info=True)


def page_of(place: str) -> str:
    """Where the form that is sent to a place can be seen."""
    return place.removesuffix("/comments") + "#add" if place.endswith("/comments") else place


def _saved(place: str) -> tuple[Draft | None, int]:
    """The draft, None where nothing is left of it, and the version that it took the place of."""
    words = {name: request.form[name] for name in FIELDS if name in request.form}
    control, handle = database.control(), str(viewer())
    if not any(words.get(name, "").strip() for name in WORDS):
        drafts.done(control, handle, place)
        return None, 0
    if sum(map(len, words.values())) > LONGEST:
        raise Invalid({"body": Sentence(TOO_LONG, most=LONGEST)})
    return drafts.save(control, handle, place, words)


def _refused(place: str, refusal: Refused) -> Response:
    """The form again with its text: the draft's own address has no page that could hold it."""
    problem = errors.problem_of(refusal)
    if htmx.wants_fragment():
        return htmx.part("drafts/_save_refused.html", problem.status, problem=problem)
    page = errors.form_page(place)
    if page is None:
        raise refusal
    form_recovery.put_back(form_recovery.typed())
    g.problem = problem
    response = page()
    response.status_code = problem.status
    return response


def _at(place: str) -> Draft | None:
    handle = viewer()
    if handle is None:
        return None
    try:
        return drafts.at(database.control(), handle, place)
    except SQLAlchemyError:
        current_app.logger.warning("a draft couldn't be read", exc_info=True)
        return None


def _known() -> int:
    """The version that the form knew; 0 where it began with none."""
    return whole_number(request.form.get("draft", "")) or 0
