"""The front page: every post, sorted, by tag and by author, a page at a time."""

from typing import Any, NamedTuple, cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from domain.errors import Sentence
from domain.text import handle_key, whole_number
from prose.names import is_tag_filter, tag_key
from prose.scripts import JOINERS
from readmodel.engine.queries import FindPosts, PopularTags, Sort
from webapp.live import page_version
from webapp.server import cursors, htmx, page_cache
from webapp.site.auth import viewer
from webapp.site.database import ask

from . import unread

bp = Blueprint("feed", __name__)

SORTS = {
    "new": lazy_gettext("Newest"),
    "top": lazy_gettext("Most liked"),
    "discussed": lazy_gettext("Most discussed"),
}
FILTER_ERRORS = {
    "tag": Sentence("There can't be a tag like that."),
    "author": Sentence("There can't be an author like that."),
}
MAX_FILTER_CHARS = 100
"""Characters of a tag or a handle; nothing longer can be there."""
_JOINERS = str.maketrans("", "", JOINERS)
"""Some of them print nothing, and stand within words."""
MAX_SCROLLED_PAGES = 3
"""Pages that load by scrolling; then a press is needed, so that the footer and, on phones, the tags below can be
reached."""


class Listing(NamedTuple):
    """Sort order and filters of a list of posts. tag and author are normalised, "" for any."""

    sort: Sort
    tag: str
    author: str

    def address(self, **changed: str | int | None) -> str:
        """The URL of this listing, or of one that differs in the given values."""
        values: dict[str, Any] = {"sort": self.sort, "tag": self.tag, "author": self.author} | changed
        if values["sort"] == "new":
            del values["sort"]
        return url_for("feed.index", **{name: value for name, value in values.items() if value})


@bp.get("/")
@page_cache.public("sort", "tag", "author", "after")
def index() -> Response:
    listing, after, scrolled = _listing(), request.args.get("after"), _scrolled()
    fingerprint = page_version.fingerprint()
    items = _items(listing, after, scrolled)
    if htmx.wants_fragment():
        return make_response(items)
    return htmx.show(
        "feed/index.html",
        items=items,
        listing=listing,
        sorts=SORTS,
        live=fingerprint if listing.sort == "new" and not after else "",
        popular=_popular(listing.tag),
    )


@bp.get("/tags/<tag>")
def of_tag(tag: str) -> BaseResponse:
    """The address that people guess; a tag's posts are on the front page, which sorts them too."""
    key = tag_key(tag)
    if not (is_tag_filter(key) and _can_be_listed(key)):
        raise NotFound("There can't be a tag like that.")
    sort, author = request.args.get("sort", "new"), request.args.get("author", "")
    return redirect(Listing(cast(Sort, sort), key, author).address(), 301)


def _items(listing: Listing, after: str | None, scrolled: int) -> Markup:
    name = ":".join(("feed", *listing))
    found = ask(
        FindPosts(
            sort=listing.sort,
            tag=listing.tag or None,
            author=listing.author or None,
            viewer=viewer(),
            after=cursors.read(name, after),
        )
    )
    next = cursors.write(name, found.next)
    return Markup(
        render_template(
            "feed/_items.html",
            posts=found.items,
            new=unread.new_comment_counts(found.items),
            next=next and listing.address(after=next),
            again=next and scrolled < MAX_SCROLLED_PAGES and listing.address(after=next, scrolled=scrolled + 1),
        ).strip()
    )


def _popular(tag: str) -> Markup:
    return Markup(render_template("feed/_popular.html", popular=ask(PopularTags()), tag=tag))


def _listing() -> Listing:
    sort = request.args.get("sort", "new")
    if sort not in SORTS:
        raise BadRequest("Posts can be sorted by new, top or discussed.")
    return Listing(cast(Sort, sort), _filter_key("tag"), _filter_key("author"))


def _filter_key(name: str) -> str:
    """The normalised tag or handle of a query parameter."""
    typed = request.args.get(name, "")
    key = tag_key(typed) if name == "tag" else handle_key(typed)
    if not _can_be_listed(key):
        raise BadRequest(FILTER_ERRORS[name])
    return key


def _can_be_listed(key: str) -> bool:
    return len(key) <= MAX_FILTER_CHARS and key.translate(_JOINERS).isprintable()


def _scrolled() -> int:
    """How many pages came by scrolling; whatever was tampered with counts as all."""
    given = request.args.get("scrolled", "0")
    pages = whole_number(given, digits=2)
    return MAX_SCROLLED_PAGES if pages is None else pages
