"""People by the beginning of a handle or a name: a page, and for mentions the options of a list."""

from flask import Blueprint, Response, request

from readmodel.people import PeopleLike
from webapp.server import htmx
from webapp.site.database import ask

bp = Blueprint("people", __name__)

MAX_PREFIX_CHARS = 80
MAX_OPTIONS, MAX_LISTED = 8, 50


@bp.get("/people")
def index() -> Response:
    typed = request.args.get("q", "")[:MAX_PREFIX_CHARS]
    q = "".join(sign for sign in typed if sign.isprintable()).strip()
    found = ask(PeopleLike(beginning=q, limit=MAX_OPTIONS if htmx.wants_fragment() else MAX_LISTED))
    return htmx.show("people/index.html", fragment="people/_options.html", q=q, people=found)
