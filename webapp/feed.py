"""The front page: every post, sorted and by tag, a page at a time."""

from typing import cast

from flask import Blueprint, Response, make_response, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from readmodel.queries import FindPosts, Sort

from . import cursors, htmx, remembered
from .database import ask

bp = Blueprint("feed", __name__)

SORTS = {"new": "Newest", "top": "Most liked", "discussed": "Most discussed"}
LONGEST_TAG = 100


@bp.get("/")
def index() -> Response:
    sort, tag, after = _sort(), _tag(), request.args.get("after")
    items = remembered.part(("feed", sort, tag, after), lambda: _items(sort, tag, after))
    if htmx.wants_fragment():
        return make_response(items)
    return htmx.show("feed/index.html", items=items, sort=sort, tag=tag, sorts=SORTS)


def _items(sort: Sort, tag: str, after: str | None) -> Markup:
    listing = f"feed:{sort}:{tag}"
    found = ask(FindPosts(sort=sort, tag=tag or None, after=cursors.read(listing, after)))
    following = _next(sort, tag, cursors.write(listing, found.next))
    return Markup(render_template("feed/_items.html", posts=found.items, next=following).strip())


def _sort() -> Sort:
    sort = request.args.get("sort", "new")
    if sort not in SORTS:
        raise BadRequest("Posts can be sorted by new, top or discussed.")
    return cast(Sort, sort)


def _tag() -> str:
    """The tag as stored, "" for all posts."""
    tag = request.args.get("tag", "").removeprefix("#").lower()
    if len(tag) > LONGEST_TAG or not tag.isprintable():
        raise BadRequest("There can't be a tag like that.")
    return tag


def _next(sort: str, tag: str, after: str | None) -> str | None:
    if after is None:
        return None
    return url_for(".index", sort=None if sort == "new" else sort, tag=tag or None, after=after)
