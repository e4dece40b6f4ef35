"""The one file that reads and writes HX headers, as htmx 4 sends and takes them (static/vendor/README.md).

htmx-flask parses the request; what it writes wrongly (swaps with modifiers, morphs) is written here.
"""

from functools import cached_property
from typing import Any

from flask import Flask, Request, Response, make_response, redirect, render_template
from htmx_flask import Htmx, request
from htmx_flask import make_response as htmx_response
from htmx_flask.requests import HtmxHeaders

VARY = "HX-Request, HX-Request-Type, HX-Boosted, Accept-Language, Cookie"


class _Request(Request):
    """htmx-flask's, which reads the headers of every request, also of those that nobody asks about htmx."""

    @cached_property
    def htmx(self) -> HtmxHeaders:
        return HtmxHeaders(self.headers)


def start(app: Flask) -> None:
    Htmx(app)
    app.request_class = _Request
    app.after_request(_caching)


def sent() -> bool:
    """Whether htmx sent this request, for a fragment or for a page."""
    return bool(request.htmx)


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
    """What one template says."""
    return make_response(render_template(template, **context), status)


def whole(response: Response) -> Response:
    """A full page that answers a request for a part: it replaces the body."""
    if wants_fragment():
        response.headers["HX-Retarget"] = "body"
        response.headers["HX-Reswap"] = "innerHTML show:window:top"
    return response


def knows(version: str) -> bool:
    """Whether who asks has this version of the part already: by ETag, or by what htmx keeps with the element."""
    return request.headers.get("HX-PTag") == version or version in request.if_none_match


def unchanged(version: str) -> Response:
    return tagged(version, make_response("", 304))


def tagged(version: str, response: Response) -> Response:
    """A part with its version, so that asking for it again costs little where nothing changed."""
    response.set_etag(version)
    response.headers["HX-PTag"] = version
    return response


def into(selector: str, response: Response) -> Response:
    """A fragment that goes elsewhere than the request said."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def go(url: str) -> Response:
    """On to another page: 303, or for htmx 200 with HX-Redirect, since it doesn't see headers of a redirect."""
    if sent():
        return htmx_response("", redirect=url)
    return make_response(redirect(url, 303))


def _caching(response: Response) -> Response:
    """A URL answers in two shapes, so caches must tell them apart; a fragment is never kept."""
    if response.mimetype == "text/html":
        response.headers["Vary"] = VARY
        response.headers.setdefault("Cache-Control", "no-store" if sent() else "private, no-cache")
    return response
