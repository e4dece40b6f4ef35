"""The API's own description: OpenAPI 3.1 for programs, a page of it for people, an address for each kind of problem."""

import msgspec
from flask import Blueprint, Response, abort, redirect
from werkzeug.wrappers import Response as Redirect

from webapp.server import htmx

from . import routes
from .operations import ROOT, VERSION
from .schema import docs_view, openapi

ADDRESS = f"{ROOT}/docs"
bp = Blueprint("api", __name__)
"""A page among the pages, since it shows who is logged in."""


@bp.get(ADDRESS, endpoint="docs")
def show() -> Response:
    return htmx.show(
        "api/docs.html",
        description=openapi.DESCRIPTION,
        areas=docs_view.areas(),
        types=docs_view.types(),
        kinds=openapi.kinds(),
    )


@routes.bp.get(f"{VERSION}/openapi.json", endpoint="openapi")
def document() -> Response:
    response = Response(msgspec.json.encode(openapi.document()), mimetype="application/json")
    response.cache_control.max_age = 300
    return response


@routes.bp.get("/problems/<slug>")
def problem(slug: str) -> Redirect:
    """The address that a problem's `type` names."""
    if slug not in {kind.slug for kind in openapi.kinds()}:
        abort(404)
    return redirect(f"{ADDRESS}#problem-{slug}", 303)
