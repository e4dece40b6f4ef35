"""The front page: every post, sorted and by tag, a page at a time."""

from typing import cast

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import BadRequest

from readmodel.queries import FindPosts, PopularTags, Sort

from . import cursors, htmx
from .database import ask

bp = Blueprint("feed", __name__)

SORTS = {"new": "Newest", "top": "Most liked", "discussed": "Most discussed"}
LONGEST_TAG = 100


@bp.get("/")
def index() -> Response:
    sort, tag = _sort(), _tag()
    listing = f"feed:{sort}:{tag}"
    after = cursors.read(listing, request.args.get("after"))
    found = ask(FindPosts(sort=sort, tag=tag or None, after=after))
    following = _next(sort, tag, cursors.write(listing, found.next))
    return htmx.show(
        "feed/index.html",
        fragment="feed/_items.html",
        posts=found.items,
        next=following,
        sort=sort,
        tag=tag,
        sorts=SORTS,
        tags=ask(PopularTags(limit=12)),
    )


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
