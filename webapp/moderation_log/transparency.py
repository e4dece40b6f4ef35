"""/transparency: what moderation did in each quarter that is over, in numbers, for everybody.

The running quarter isn't told of: on a small site its numbers would tell somebody that they were reported just now.
"""

from datetime import timedelta

from flask import Blueprint, Response, abort

from domain import ids
from domain.errors import Sentence
from readmodel.moderation.quarters import is_over
from readmodel.moderation.transparency import Quarters, TransparencyOf
from webapp.server import htmx, page_cache
from webapp.site import i18n
from webapp.site.database import ask

bp = Blueprint("transparency", __name__)

CATEGORIES = {
    "spam": Sentence("Spam"),
    "illegal": Sentence("Illegal"),
    "rule": Sentence("Against a rule of the site"),
    "other": Sentence("Something else"),
}
ACTS = {
    "none": Sentence("Nothing to be done"),
    "note": Sentence("A note to the author"),
    "edit": Sentence("Text edited"),
    "remove": Sentence("Removed"),
    "lock": Sentence("Thread locked"),
    "warn": Sentence("Author warned"),
    "strike": Sentence("Strike given"),
    "suspend": Sentence("Author suspended"),
}


@bp.get("/transparency")
@page_cache.public()
def index() -> Response:
    return htmx.show("moderation_log/transparency.html", quarters=ask(Quarters(now=ids.now())), found=None)


@bp.get("/transparency/<quarter>")
@page_cache.public()
def quarter(quarter: str) -> Response:
    if not is_over(quarter, ids.now()):
        abort(404)
    found = ask(TransparencyOf(quarter=quarter))
    wait = None if found.median_wait_s is None else i18n.span(timedelta(seconds=_about(found.median_wait_s)))
    return htmx.show(
        "moderation_log/transparency.html", quarters=[], found=found, wait=wait, categories=CATEGORIES, acts=ACTS
    )


def _about(seconds: int) -> int:
    """To whole minutes, hours or days, where there are two of them at least."""
    unit = next((unit for unit in (86_400, 3_600, 60) if seconds >= 2 * unit), 1)
    return round(seconds / unit) * unit
