"""The keyboard shortcuts as a page: what the sheet says, for those without scripts too."""

from flask import Blueprint, Response

from webapp.server import htmx

bp = Blueprint("keyboard", __name__)


@bp.get("/keyboard")
def sheet() -> Response:
    return htmx.show("shortcuts/show.html")
