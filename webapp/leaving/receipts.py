"""/receipts/<id>: how far somebody's leaving is, for whoever has the address. It says nothing of whose it is."""

from flask import Blueprint, Response, request, url_for

from domain.errors import NotFound
from domain.text import whole_number
from webapp.server import htmx
from webapp.site import leaving

bp = Blueprint("receipts", __name__)


@bp.get("/receipts/<id:receipt>")
def show(receipt: str) -> Response:
    found = leaving.receipt(receipt)
    if found is None:
        raise NotFound("There is no such receipt. Whoever came back has none any more.")
    commits, next = leaving.commits(found, whole_number(request.args.get("after", "")) or 0)
    further = url_for(".show", receipt=receipt, after=next) if next else None
    response = htmx.show(
        "leaving/receipt.html", fragment="leaving/_commits.html", receipt=found, commits=commits, next=further
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
