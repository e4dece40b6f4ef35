"""People by the beginning of their handle: a page, and for mentions the options of a list."""

from flask import Blueprint, Response, request

from readmodel.people import PeopleLike
from webapp.server import htmx
from webapp.site.database import ask

bp = Blueprint("people", __name__)

LONGEST = 80
OPTIONS, LISTED = 8, 50


@bp.get("/people")
def index() -> Response:
    typed = request.args.get("q", "")[:LONGEST]
    q = "".join(sign for sign in typed if sign.isprintable()).strip()
    found = ask(PeopleLike(beginning=q, limit=OPTIONS if htmx.wants_fragment() else LISTED))
    return htmx.show("people/index.html", fragment="people/_options.html", q=q, people=found)
