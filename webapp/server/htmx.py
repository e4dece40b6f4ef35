"""The one file that reads and writes HX headers, as htmx 4 sends and takes them (static/vendor/README.md).

htmx-flask parses the request; what it writes wrongly (swaps with modifiers, morphs) is written here.
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, make_response, redirect, render_template
from htmx_flask import Htmx, request
from htmx_flask import make_response as htmx_response

VARY_HEADERS = "HX-Request, HX-Request-Type, HX-Boosted, Accept-Language, Cookie"


def init_app(app: Flask) -> None:
    Htmx(app)
    app.after_request(_add_cache_headers)


def sent() -> bool:
    """Whether htmx sent this request, be it for a fragment or for a page."""
    return bool(request.htmx)


def is_by_htmx(environ: Mapping[str, Any]) -> bool:
    """Whether any of htmx's headers came with a request, so that its answer may be fitted to them."""
    return any(name.startswith("HTTP_HX_") for name in environ)


def wants_fragment() -> bool:
    """Whether htmx asks for a part. A restored history, a boosted link and a plain browser get the page."""
    asked = request.htmx
    return (
        bool(asked)
        and not asked.history_restore_request
        and not asked.boosted
        and request.headers.get("HX-Request-Type", "partial") == "partial"
    )


def show(page: str, status: int = 200, *, fragment: str | None = None, **context: Any) -> Response:
    """The page, or its fragment where htmx asks for one. A page without a fragment takes the whole window."""
    if fragment is not None and wants_fragment():
        return part(fragment, status, **context)
    return whole(part(page, status, **context))


def part(template: str, status: int = 200, **context: Any) -> Response:
    """A response with one rendered template."""
    return make_response(render_template(template, **context), status)


def whole(response: Response) -> Response:
    """A full page that answers a request for a part: it replaces the body."""
    if wants_fragment():
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML show:window:top"
    return response


def matches_etag(version: str) -> bool:
    """Whether the client has this version of the part: by If-None-Match, or by what htmx keeps with the element."""
    return request.headers.get("HX-PTag") == version or version in request.if_none_match


def not_modified(version: str) -> Response:
    return with_etag(version, make_response("", 304))


def with_etag(version: str, response: Response) -> Response:
    """A part with its version as ETag, so that asking for it again costs little where nothing changed."""
    response.set_etag(version)
    response.headers["HX-PTag"] = version
    return response


def retarget(selector: str, response: Response) -> Response:
    """Has htmx swap the fragment into another element than the request named."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def go(url: str) -> Response:
    """On to another page: 303, or for htmx 200 with HX-Redirect, since it doesn't see headers of a redirect."""
    if sent():
        return htmx_response("", redirect=url)
    return make_response(redirect(url, 303))


def _add_cache_headers(response: Response) -> Response:
    """A URL answers in two shapes, so caches must tell them apart; a fragment is never kept."""
    if response.mimetype == "text/html":
        response.headers["Vary"] = VARY_HEADERS
        response.headers.setdefault("Cache-Control", "no-store" if sent() else "private, no-cache")
    return response
