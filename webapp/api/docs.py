"""The API's own description: OpenAPI 3.1 for programs, one page of it for people, a page for each kind of problem."""

import msgspec
from flask import Blueprint, Response, abort, make_response, redirect

from webapp.server import htmx

from .operations import ROOT
from .schema import docs_view, openapi


def register(bp: Blueprint) -> None:
    bp.add_url_rule(f"{ROOT}/openapi.json", "openapi", _document)
    bp.add_url_rule(f"{ROOT}/docs", "docs", _page)
    bp.add_url_rule("/api/problems/<slug>", "problem", _problem)


def _document() -> Response:
    response = make_response(msgspec.json.encode(openapi.document()))
    response.mimetype = "application/json"
    response.cache_control.max_age = 300
    return response


def _page() -> Response:
    return htmx.show(
        "api/docs.html",
        description=openapi.DESCRIPTION,
        areas=docs_view.areas(),
        types=docs_view.types(),
        kinds=openapi.kinds(),
    )


def _problem(slug: str) -> Response:
    if slug not in {kind.slug for kind in openapi.kinds()}:
        abort(404)
    return make_response(redirect(f"{ROOT}/docs#problem-{slug}", 303))
