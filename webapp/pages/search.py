"""The search page over posts and comments, with hits marked. A form without JavaScript; with htmx, as one types."""

from functools import partial
from typing import Any

import msgspec
from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from markupsafe import Markup

from domain.text import MAX_URL_CHARS
from readmodel.comments import CommentView
from readmodel.engine.views import Page
from readmodel.posts import PostView
from readmodel.search import SearchComments, SearchPosts, Terms, TitlesOf, terms_of
from webapp.server import cursors, htmx, page_cache
from webapp.site.auth import viewer
from webapp.site.database import ask
from webapp.text.excerpts import excerpt, marked

bp = Blueprint("search", __name__)

MAX_QUERY_CHARS = MAX_URL_CHARS
"""Characters of a query that count: a link that is pasted fits."""
KINDS = {"posts": lazy_gettext("Posts"), "comments": lazy_gettext("Comments")}


class SearchResult(msgspec.Struct, frozen=True):
    """A post or comment that was found. title is a post's own, or that of a comment's post."""

    thing: PostView | CommentView
    title: Markup
    words: Markup


@bp.get("/search")
@page_cache.public("q", "kind", "after")
def show() -> Response:
    q, kind, after = _query(), _kind(), request.args.get("after")
    terms = terms_of(q)
    found = _found(q, kind, after) if terms else Markup()
    if htmx.wants_fragment() and after:
        return make_response(found)
    return htmx.show(
        "search/show.html",
        fragment="search/_live_results.html",
        q=q,
        cut=len(request.args.get("q", "")) > MAX_QUERY_CHARS,
        kind=kind,
        kinds=KINDS,
        nothing_to_find=terms is None,
        found=found,
        count=found.count("<li><article"),
    )


def _query() -> str:
    """The query on one line: characters that can't be printed become blanks."""
    typed = request.args.get("q", "")[:MAX_QUERY_CHARS]
    return " ".join("".join(sign if sign.isprintable() else " " for sign in typed).split())


def _kind() -> str:
    kind = request.args.get("kind", "posts")
    return kind if kind in KINDS else "posts"


def _found(q: str, kind: str, after: str | None) -> Markup:
    """The items of one page, as they are swapped in: list items, with the link to the next at the end."""
    listing = f"search:{kind}:{q}"
    search = SearchPosts if kind == "posts" else SearchComments
    page: Page[Any] = ask(search(q=q, viewer=viewer(), after=cursors.read(listing, after)))
    next = cursors.write(listing, page.next)
    terms = terms_of(q)
    assert terms is not None
    address = partial(url_for, ".show", q=q, kind=None if kind == "posts" else kind)
    return Markup(
        render_template(
            "search/_items.html",
            kind=kind,
            items=_posts(page.items, terms) if kind == "posts" else _comments(page.items, terms),
            next=next and address(after=next),
        ).strip()
    )


def _posts(posts: list[PostView], terms: Terms) -> list[SearchResult]:
    return [SearchResult(post, marked(post.title, terms), excerpt(post.body, terms)) for post in posts]


def _comments(comments: list[CommentView], terms: Terms) -> list[SearchResult]:
    titles = ask(TitlesOf(posts=tuple({comment.post for comment in comments})))
    return [
        SearchResult(comment, Markup.escape(titles.get(comment.post, "")), excerpt(comment.body, terms))
        for comment in comments
    ]
